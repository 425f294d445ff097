// Writing results so that a full disk or an interruption never costs what was there before.

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { figuresOf, type Report, reportHtml } from "./report.ts";
import { distinct, slug } from "./report_blocks.ts";

/** A file that could not be written. The message is one line: what, where, why, and the way out. */
export class OutputError extends Error {
  override name = "OutputError";
}

/**
 * Writes a file whole or not at all: to `path` + `.part`, flushed to the disk, then renamed over `path`.
 * Creates missing folders. When it fails, it throws `OutputError`, and an older file at `path` is untouched.
 */
export function writeFileSafely(path: string, data: string | Uint8Array): void {
  let part: string | undefined;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    // A pipe or a device such as /dev/stdout takes the bytes; renaming over it would replace it.
    if (there !== undefined && !there.isFile()) {
      writeFileSync(path, data);
      return;
    }
    makeDirectory(dirname(path));
    const target = there === undefined ? path : realpathSync(path);
    part = `${target}.part`;
    const file = openSync(part, "w");
    try {
      writeFileSync(file, data);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, target);
  } catch (error) {
    if (part !== undefined) tryTo(() => rmSync(part!, { force: true }));
    throw outputError(path, error);
  }
}

/** Creates a folder if need be and checks that files can be written in it: call it before a long run. */
export function ensureDirectory(directory: string): void {
  const probe = join(directory, ".probe.part");
  try {
    makeDirectory(directory);
    writeFileSync(probe, "");
    rmSync(probe, { force: true }); // another run may probe the same folder
  } catch (error) {
    throw outputError(directory, error);
  }
}

/** Checks that a file can be written at `path`, creating its folder if need be: call it before a long run. */
export function ensureWritable(path: string): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    // A pipe or a device such as /dev/stdout is written to as it is.
    if (there !== undefined && !there.isFile()) return;
  } catch (error) {
    throw outputError(path, error);
  }
  ensureDirectory(dirname(path));
}

/** Writes a report into a folder (created when missing) and returns the file's path. */
export function writeReport(directory: string, report: Report, fileName = "report.html"): string {
  const path = join(directory, fileName);
  writeFileSafely(path, reportHtml(report));
  return path;
}

/**
 * Writes each chart of a report (in its wide form) as an SVG file into a folder, created when missing, under a
 * name that says what it shows, such as `matrice-de-confusion.svg`. Returns the paths.
 */
export function writeFigures(directory: string, report: Report): string[] {
  const figures = figuresOf(report);
  const names = distinct(figures.map(({ title, caption }) => slug(title ?? caption)));
  return figures.map(({ svg }, i) => {
    const path = join(directory, `${names[i]}.svg`);
    writeFileSafely(path, `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`);
    return path;
  });
}

/** Creates a folder and those above it. Node's own `recursive` never returns where a folder is refused as missing (/proc). */
function makeDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process may have been quicker.
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function tryTo(action: () => void): void {
  try {
    action();
  } catch {
    // The error that led here says more.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space or choose another folder",
  EDQUOT: "the disk quota is used up; free some space or choose another folder",
  EFBIG: "the file is larger than the system allows; choose another disk",
  EACCES: "permission denied; choose a folder that you may write to",
  EPERM: "permission denied; choose a folder that you may write to",
  EROFS: "the disk is read-only; choose another folder",
  EISDIR: "a folder has that name; choose another name",
  ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
  EEXIST: "a part of the path is a file, not a folder; choose another folder",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  ENOENT: "the folder cannot be created; choose another one",
};

function outputError(path: string, error: unknown): OutputError {
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  const why = REASONS[code] === undefined ? message : `${REASONS[code]} (${code})`;
  return new OutputError(`cannot write ${path}: ${why}`, { cause: error });
}
