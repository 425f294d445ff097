/** The page that runs the device cases in a browser; browser.ts bundles, serves and opens it. */

import { type RuntimeReport, runCases } from "./run_cases.ts";

declare global {
  /** Both are put into the page by the driver. From `begun` on, errors are the cases' own. */
  function wgradBegun(): Promise<void>;
  function wgradReport(report: RuntimeReport): Promise<void>;
}

const parameters = new URLSearchParams(location.search);

await globalThis.wgradBegun();
await globalThis.wgradReport(
  await runCases({
    kind: parameters.get("kind") === "cpu" ? "cpu" : "webgpu",
    runtime: parameters.get("runtime") ?? "browser",
    log: (line) => console.log(line),
    filter: parameters.get("filter") ?? undefined,
    onStrayError: (listener) => {
      addEventListener("unhandledrejection", (event) => listener(event.reason));
      addEventListener("error", (event) => listener(event.error ?? event.message));
    },
  }),
);
