/**
 * Unpacks SwiftShader (a software Vulkan driver) and headless Chromium from the npm package
 * `@sparticuz/chromium`, so that WebGPU runs on a machine without a GPU, a driver or a browser.
 *
 * The package itself can unpack too, but into fixed names in the temporary folder, where two processes
 * race and where a half written file is taken for a whole one. Here each thing is unpacked into a folder of
 * its own and renamed into place, so that a folder that exists is complete.
 */

import { createReadStream, createWriteStream, existsSync } from "node:fs";
import {
  access,
  constants,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliDecompress, createBrotliDecompress } from "node:zlib";

/** The project's own folder (the one that holds package.json). */
export const projectFolder = fileURLToPath(new URL("..", import.meta.url));

export interface SwiftShader {
  directory: string;
  /** Must be in a process's environment before it starts: the loader reads it once. */
  environment: Record<string, string>;
}

export interface Chromium {
  executable: string;
  environment: Record<string, string>;
  args: string[];
}

/** Files of swiftshader.tar.br that a Vulkan program needs. The GL libraries beside them are left out: a
 *  process that finds those on LD_LIBRARY_PATH may take them for the system's. */
const VULKAN_FILES = ["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"];

/** What tells a whole Chromium folder from one that somebody has thinned out. */
const CHROMIUM_FILES = [
  "chromium",
  "libEGL.so",
  "libGLESv2.so",
  ...VULKAN_FILES,
  "lib/libnss3.so",
  "fonts.conf",
];

/** The packaged binaries are for this platform only. */
const packagedPlatform = process.platform === "linux" && process.arch === "x64";

/** Makes SwiftShader available, unpacking it the first time (about 0.2 s). */
export async function ensureSwiftShader(): Promise<SwiftShader> {
  if (!packagedPlatform) {
    throw new Error(
      `SwiftShader comes packaged for linux-x64 only and this is ${process.platform}-${process.arch}. ` +
        "Use the machine's own graphics driver, or run with --device cpu.",
    );
  }
  const { folder, version } = await packagedBinaries();
  const directory = await unpackOnce(`swiftshader-${version}`, VULKAN_FILES, async (target) => {
    await extractTar(path.join(folder, "swiftshader.tar.br"), target, (name) => VULKAN_FILES.includes(name));
  });
  const driver = path.join(directory, "vk_swiftshader_icd.json");
  return {
    directory,
    // VK_DRIVER_FILES is the newer name and wins where both are set, so both are.
    environment: {
      VK_ICD_FILENAMES: driver,
      VK_DRIVER_FILES: driver,
      LD_LIBRARY_PATH: prependLibraryPath(directory),
    },
  };
}

/**
 * Makes a Chromium with WebGPU available: the one that CHROME_PATH names, else the packaged one (unpacked the
 * first time, about 4 s and 215 MB), else, where the packaged one can't run, an installed Chrome or Chromium.
 */
export async function ensureChromium(): Promise<Chromium> {
  const chosen = process.env.CHROME_PATH;
  if (chosen !== undefined && chosen !== "") {
    if (!existsSync(chosen)) {
      throw new Error(`CHROME_PATH names ${chosen}, which does not exist. Correct it or unset it.`);
    }
    return { executable: chosen, environment: {}, args: chromiumArgs() };
  }
  if (!packagedPlatform) {
    const installed = await findInstalledChrome();
    if (installed === null) {
      throw new Error(
        `No Chrome or Chromium found, and the packaged one is for linux-x64 only (this is ${process.platform}-` +
          `${process.arch}). Install Chrome, or set CHROME_PATH to its executable.`,
      );
    }
    return { executable: installed, environment: {}, args: chromiumArgs() };
  }
  const { folder, version } = await packagedBinaries();
  const directory = await unpackOnce(`chromium-${version}`, CHROMIUM_FILES, async (target) => {
    process.stderr.write("wgrad: unpacking headless Chromium (first time only)\n");
    const everything = () => true;
    await Promise.all([
      inflateFile(path.join(folder, "chromium.br"), path.join(target, "chromium")),
      // Chromium looks for SwiftShader beside its executable.
      extractTar(path.join(folder, "swiftshader.tar.br"), target, everything),
      extractTar(path.join(folder, "al2023.tar.br"), target, everything),
      extractTar(path.join(folder, "fonts.tar.br"), target, (name) => name.startsWith("fonts/")),
    ]);
    await writeFile(path.join(target, "fonts.conf"), FONTS_CONFIGURATION);
  });
  return {
    executable: path.join(directory, "chromium"),
    environment: {
      LD_LIBRARY_PATH: prependLibraryPath(path.join(directory, "lib")),
      FONTCONFIG_PATH: directory,
      FONTCONFIG_FILE: path.join(directory, "fonts.conf"),
    },
    args: chromiumArgs(),
  };
}

/** The Chromium that `ensureChromium` would give, in a line, without unpacking it; null when there is none. */
export async function describeChromium(): Promise<string | null> {
  const chosen = process.env.CHROME_PATH;
  if (chosen !== undefined && chosen !== "") return existsSync(chosen) ? `${chosen} (CHROME_PATH)` : null;
  if (!packagedPlatform) return await findInstalledChrome();
  try {
    const { version } = await packagedBinaries();
    const unpacked = cacheFolders().some((cache) =>
      CHROMIUM_FILES.every((file) => existsSync(path.join(cache, `chromium-${version}`, file))),
    );
    return `${version}, packaged (${unpacked ? "unpacked" : "not unpacked yet"})`;
  } catch {
    return null;
  }
}

/** The packaged fonts.conf looks in /tmp/fonts and Lambda's folders; this one looks beside itself. */
const FONTS_CONFIGURATION = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

function chromiumArgs(): string[] {
  return [
    "--headless",
    // Chromium's sandbox needs user namespaces or a setuid helper, which containers and root do not give. Only
    // pages that this project serves are opened.
    "--no-sandbox",
    // Its children would outlive it as zombies in a container whose first process collects none.
    "--no-zygote",
    "--enable-unsafe-webgpu",
    // Linux machines that run tests rarely have a driver that headless Chromium takes; elsewhere a GPU is there.
    ...(process.platform === "linux" ? ["--use-webgpu-adapter=swiftshader"] : []),
    // A long dispatch on a software device is slow, not hung.
    "--disable-gpu-watchdog",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-domain-reliability",
    "--no-pings",
    "--no-first-run",
    "--no-default-browser-check",
    // Nothing outside this machine is ever asked for.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
  ];
}

/** The folder of `@sparticuz/chromium`'s compressed files and the version they belong to. */
async function packagedBinaries(): Promise<{ folder: string; version: string }> {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  } catch (cause) {
    throw new Error(
      "The npm package @sparticuz/chromium is not installed. Run npm install (with dev packages).",
      {
        cause,
      },
    );
  }
  const root = path.resolve(path.dirname(entry), "..", "..");
  const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as {
    version: string;
  };
  return { folder: path.join(root, "bin"), version };
}

/** Where unpacked folders may live, best first. */
function cacheFolders(): string[] {
  const user = process.getuid?.() ?? os.userInfo().username;
  return [
    path.join(projectFolder, "node_modules", ".cache", "wgrad"),
    // The user is part of the name, so that one user's folder is never in another's way.
    path.join(os.tmpdir(), `wgrad-${user}`),
  ];
}

/**
 * The folder `name` of the cache, filled by `fill` if it is not there. Any number of processes may ask at once:
 * each fills a folder of its own and the first to rename it into place wins.
 */
async function unpackOnce(
  name: string,
  needed: string[],
  fill: (target: string) => Promise<void>,
): Promise<string> {
  const complete = (directory: string) => needed.every((file) => existsSync(path.join(directory, file)));
  for (const cache of cacheFolders()) {
    const directory = path.join(cache, name);
    if (complete(directory) && (await isOurs(cache))) return directory;
  }

  const cache = await writableCache();
  const directory = path.join(cache, name);
  await removeLeftovers(cache);
  const target = path.join(cache, `${name}.tmp-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    await mkdir(target);
    await fill(target);
    // A folder that is there but thinned out would make the rename fail for ever.
    if (existsSync(directory) && !complete(directory)) {
      const broken = `${target}-broken`;
      await rename(directory, broken).catch(() => {});
      await rm(broken, { recursive: true, force: true });
    }
    await rename(target, directory).catch((error: unknown) => {
      if (!complete(directory)) throw error;
    });
  } catch (cause) {
    throw new Error(
      `Could not unpack ${name} into ${cache}: ${messageOf(cause)}. ` +
        "It needs about 250 MB there; free some space, or run npm install again if the package is damaged.",
      { cause },
    );
  } finally {
    await rm(target, { recursive: true, force: true });
  }
  return directory;
}

/** The first cache folder that can be written to. */
async function writableCache(): Promise<string> {
  const refused: string[] = [];
  for (const folder of cacheFolders()) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      await access(folder, constants.W_OK | constants.X_OK);
      if (await isOurs(folder)) return folder;
      refused.push(`${folder} (belongs to another user)`);
    } catch (error) {
      refused.push(`${folder} (${messageOf(error)})`);
    }
  }
  throw new Error(
    `No folder to unpack into: ${refused.join("; ")}. Make one of them writable or set TMPDIR to a folder that is.`,
  );
}

/** Whether what lies in a shared temporary folder was put there by this user: it is going to be executed. */
async function isOurs(folder: string): Promise<boolean> {
  if (!folder.startsWith(os.tmpdir()) || process.getuid === undefined) return true;
  const found = await lstat(folder);
  return found.isDirectory() && found.uid === process.getuid();
}

/** Removes what processes that were killed while unpacking left behind over an hour ago. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (!entry.includes(".tmp-")) continue;
    const leftover = path.join(cache, entry);
    const age = await stat(leftover).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > 3_600_000) await rm(leftover, { recursive: true, force: true });
  }
}

function prependLibraryPath(directory: string): string {
  const already = process.env.LD_LIBRARY_PATH?.split(":").filter(
    (entry) => entry !== "" && entry !== directory,
  );
  return [directory, ...(already ?? [])].join(":");
}

/** Decompresses one brotli file into an executable, as a stream: Chromium is 200 MB. */
async function inflateFile(source: string, target: string): Promise<void> {
  const chunkSize = 1 << 21;
  await pipeline(
    createReadStream(source, { highWaterMark: chunkSize }),
    createBrotliDecompress({ chunkSize }),
    createWriteStream(target, { mode: 0o755, highWaterMark: chunkSize }),
  );
}

const BLOCK = 512;

/** Unpacks the wanted files of a brotli-compressed tar archive (ustar; no links, no long names). */
async function extractTar(source: string, target: string, wanted: (name: string) => boolean): Promise<void> {
  const archive = await promisify(brotliDecompress)(await readFile(source));
  const text = (from: number, length: number) => {
    const field = archive.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.toString("utf8", 0, end === -1 ? length : end);
  };
  let position = 0;
  // An archive ends in blocks of zeros, so a header whose name is empty is its end.
  while (position + BLOCK <= archive.length && archive[position] !== 0) {
    const prefix = text(position + 345, 155);
    const name = (prefix === "" ? "" : `${prefix}/`) + text(position, 100);
    const mode = Number.parseInt(text(position + 100, 8), 8);
    const size = Number.parseInt(text(position + 124, 12), 8);
    const type = text(position + 156, 1);
    const start = position + BLOCK;
    if (!(size >= 0) || start + size > archive.length)
      throw new Error(`${source}: damaged at byte ${position}`);
    position = start + Math.ceil(size / BLOCK) * BLOCK;

    const relative = path.normalize(name);
    if (path.isAbsolute(relative) || relative.split(path.sep).includes("..")) {
      throw new Error(`${source}: refuses to write outside of its folder (${name})`);
    }
    if (type === "5" || type === "x" || type === "g") continue; // folders come with their files; pax only dates
    if (type !== "0" && type !== "")
      throw new Error(`${source}: ${name} is of tar type ${type}, which is not read`);
    if (!wanted(relative)) continue;
    const file = path.join(target, relative);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, archive.subarray(start, start + size), { mode: mode & 0o111 ? 0o755 : 0o644 });
  }
}

/** An installed Chrome, Chromium or Edge, from the usual places of each system. */
async function findInstalledChrome(): Promise<string | null> {
  const candidates: string[] = [];
  if (process.platform === "darwin") {
    for (const base of ["/Applications", path.join(os.homedir(), "Applications")]) {
      for (const name of ["Google Chrome", "Google Chrome Canary", "Chromium", "Microsoft Edge"]) {
        candidates.push(path.join(base, `${name}.app`, "Contents", "MacOS", name));
      }
    }
  } else if (process.platform === "win32") {
    for (const variable of ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]) {
      const base = process.env[variable];
      if (base === undefined) continue;
      candidates.push(path.join(base, "Google", "Chrome", "Application", "chrome.exe"));
      candidates.push(path.join(base, "Chromium", "Application", "chrome.exe"));
      candidates.push(path.join(base, "Microsoft", "Edge", "Application", "msedge.exe"));
    }
  } else {
    const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
    for (const name of ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser"]) {
      for (const folder of [...folders, "/usr/bin", "/snap/bin"]) candidates.push(path.join(folder, name));
    }
    candidates.push("/opt/google/chrome/chrome");
  }
  for (const candidate of candidates) {
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  return null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
