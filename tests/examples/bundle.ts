import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Writes examples/NAME.ts as one file, which starts in a tenth of the time that tsx takes. */
export async function bundleExample(name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(fileURLToPath(new URL("../../examples/", import.meta.url)), `${name}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    external: ["webgpu"],
    format: "esm",
    target: "node20",
    logLevel: "error",
    // echarts and its parts are CommonJS that may call require.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
  });
}
