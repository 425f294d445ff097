/** Runs the device cases in Node: `node --import tsx tests/runtimes/node.ts --kind cpu|webgpu`. */

import process from "node:process";
import { runNatively } from "./native.ts";

await runNatively(`Node ${process.versions.node}`);
