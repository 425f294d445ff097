/** Runs the device cases in headless Chromium: `node --import tsx tests/runtimes/browser.ts`. */

import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { ensureChromium } from "../../scripts/swiftshader.ts";
import type { RuntimeReport } from "./run_cases.ts";

/** A page whose script never gives way can only be ended from outside. */
const PAGE_MILLISECONDS = 10 * 60_000;

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>wgrad device cases</title>
<script type="module" src="/page.js"></script>
`;

/** One script for the page. Packages of Node's that the engine loads only in Node stay out of it. */
async function bundlePage(): Promise<string> {
  const result = await build({
    entryPoints: [path.join(import.meta.dirname, "browser_page.ts")],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "chrome120",
    external: ["webgpu", "node:*"],
    sourcemap: "inline",
    write: false,
    logLevel: "warning",
  });
  return result.outputFiles[0].text;
}

async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const route = new URL(request.url ?? "/", "http://localhost").pathname;
    if (route === "/") response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    else if (route === "/page.js") {
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(script);
    } else response.writeHead(route === "/favicon.ico" ? 204 : 404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

async function launchChromium(): Promise<Browser> {
  const { executable, environment, args } = await ensureChromium();
  try {
    return await chromium.launch({
      executablePath: executable,
      args,
      env: { ...process.env, ...environment } as Record<string, string>,
      // Playwright's own handlers end the process before its temporary profile is removed.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (cause) {
    throw new Error(
      `Chromium does not start from ${executable}: ${cause instanceof Error ? cause.message : String(cause)}\n` +
        "Set CHROME_PATH to an installed Chrome or Chromium to use that one.",
      { cause },
    );
  }
}

/** Opens the page and waits for its report. */
async function runPage(browser: Browser, address: string): Promise<RuntimeReport> {
  const page = await browser.newPage();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<RuntimeReport>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the page has not reported after ${PAGE_MILLISECONDS / 60_000} minutes`));
      }, PAGE_MILLISECONDS);
      page.on("console", (message) => {
        const stream = message.type() === "log" ? process.stdout : process.stderr;
        stream.write(`${message.type() === "log" ? "" : `console ${message.type()}: `}${message.text()}\n`);
      });
      let begun = false;
      page.on("pageerror", (error) => {
        process.stderr.write(`page error: ${error.stack ?? error.message}\n`);
        if (!begun) reject(new Error(`the page's script does not load: ${error.message}`));
      });
      page.on("crash", () => reject(new Error("the page crashed")));
      browser.on("disconnected", () => reject(new Error("Chromium ended before the page reported")));
      const open = async () => {
        await page.exposeFunction("wgradReport", resolve);
        await page.exposeFunction("wgradBegun", () => {
          begun = true;
        });
        await page.goto(address);
      };
      open().catch(reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

const { values } = parseArgs({
  options: {
    kind: { type: "string", default: "webgpu" },
    json: { type: "string" },
    filter: { type: "string" },
  },
});
const launching = launchChromium();
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    interrupted = true;
    process.exitCode = 128 + os.constants.signals[signal];
    // Closing it makes whatever is waiting for the page fail, which leads to the end below.
    launching.then((browser) => browser.close()).catch(() => {});
  });
}
let server: Server | undefined;
try {
  const [script, browser] = await Promise.all([bundlePage(), launching]);
  server = await serve(script);
  const { port } = server.address() as AddressInfo;
  const query = new URLSearchParams({ kind: values.kind, runtime: `Chromium ${browser.version()}` });
  if (values.filter !== undefined) query.set("filter", values.filter);
  const report = await runPage(browser, `http://127.0.0.1:${port}/?${query}`);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report, null, 2));
  process.exitCode = report.failed.length > 0 ? 1 : 0;
} catch (error) {
  if (!interrupted) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
} finally {
  await launching.then((browser) => browser.close()).catch(() => {});
  server?.close();
  server?.closeAllConnections();
}
