/** The page as files, made by esbuild. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const folder = import.meta.dirname;

/** What a browser is told that a file is. */
export const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

/** The page, ready to be served. */
export interface BundledPage {
  /** By their names; they refer to each other by relative addresses. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The paths of everything that it was made from. */
  readonly sources: readonly string[];
}

/** Makes every file of the page. */
export async function bundlePage(): Promise<BundledPage> {
  const [scripts, ...copied] = await Promise.all([
    build({
      entryPoints: ["page.ts", "worker.ts", "style.css"].map((name) => path.join(folder, name)),
      bundle: true,
      minify: true,
      format: "esm",
      // Notebooks are loaded when they are picked.
      splitting: true,
      chunkNames: "part-[hash]",
      platform: "browser",
      target: "chrome120",
      // Packages of Node's that the engine loads only in Node.
      external: ["webgpu", "node:*"],
      // The whole of ECharts loads fast in Node; a page had better load what it uses.
      alias: { "echarts/dist/echarts.esm.min.mjs": path.join(folder, "echarts.ts") },
      outdir: folder,
      write: false,
      metafile: true,
      logLevel: "silent",
    }),
    ...["index.html"].map(async (name) => ({
      name,
      bytes: await readFile(path.join(folder, name)),
    })),
  ]);
  const files = new Map([
    ...copied.map(({ name, bytes }): [string, Uint8Array] => [name, bytes]),
    ...scripts.outputFiles.map((file): [string, Uint8Array] => [path.basename(file.path), file.contents]),
  ]);
  const bundled = Object.keys(scripts.metafile.inputs).map((name) => path.resolve(name));
  return { files, sources: [...bundled, ...copied.map(({ name }) => path.join(folder, name))] };
}
