// Files from the network, kept in a cache: fetched once, then only checked against the SHA-256 recorded beside them.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { writeFileSafely } from "./files.ts";

/** A cached copy that is no longer what was downloaded. The message is one line: what, expected and got, the way out. */
export class CacheError extends Error {
  override name = "CacheError";
}

/** What `download` is asked for. */
export interface DownloadRequest {
  readonly address: string;
  /** Where the copy is kept; its SHA-256 goes into the same path + `.sha256`. */
  readonly path: string;
  /** Whether a body is the file meant: the page of a hotel's network must not end up in the cache. */
  readonly accepts: (body: Uint8Array) => boolean;
  /** How long the server may be silent. */
  readonly timeoutSeconds?: number;
}

/**
 * Makes sure that `path` holds what `address` serves. Returns, in French, why it failed when there is no copy and
 * none can be fetched; throws `CacheError` when the copy has changed since.
 */
export async function download(request: DownloadRequest): Promise<string | undefined> {
  const { address, path, accepts, timeoutSeconds = 5 } = request;
  const sidecar = `${path}.sha256`;
  const [recorded, cached] = [tryRead(sidecar), tryRead(path)];
  if (recorded !== undefined && cached !== undefined) {
    const expected = recorded.toString().trim().split(/\s/)[0];
    const got = sha256(cached);
    if (got === expected) return undefined;
    throw new CacheError(
      `${path} has changed since it was downloaded: expected SHA-256 ${expected}, got ${got}; delete it and try again`,
    );
  }
  let body: Uint8Array;
  try {
    body = await fetchBytes(address, timeoutSeconds);
  } catch (error) {
    // The runtimes word a failed connection each in its own way; what this file throws is French already.
    const { name, message } = error as Error;
    return name === "TypeError" ? `${new URL(address).host} est injoignable` : message;
  }
  if (!accepts(body)) return "la réponse n'est pas le fichier attendu";
  writeFileSafely(path, body);
  writeFileSafely(sidecar, `${sha256(body)}  ${basename(path)}\n`);
  return undefined;
}

/** The body of a page; gives up when the server is silent for `timeoutSeconds`. */
async function fetchBytes(address: string, timeoutSeconds: number): Promise<Uint8Array> {
  const controller = new AbortController();
  const giveUp = () => controller.abort(new Error(`pas de réponse en ${timeoutSeconds} s`));
  let timer = setTimeout(giveUp, timeoutSeconds * 1000);
  try {
    const response = await fetch(address, { signal: controller.signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, timeoutSeconds * 1000);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(timer);
  }
}

/** The SHA-256 of some bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function tryRead(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
