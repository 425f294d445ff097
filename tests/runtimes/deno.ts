/** Runs the device cases in Deno: `deno run -A tests/runtimes/deno.ts`. */

import process from "node:process";
import { runNatively } from "./native.ts";

await runNatively(`Deno ${process.versions.deno}`);
