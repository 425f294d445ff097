/**
 * The benchmark in headless Chromium: `node --import tsx bench/browser.ts matmul lstm`. The questions that compare
 * engines, with TensorFlow.js and jax-js where `npm --prefix bench ci` has installed them.
 */
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import os from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { writeFileSafely } from "../examples/support/files.ts";
import { ensureChromium } from "../scripts/swiftshader.ts";
import { PAGE_QUESTIONS, type PageCommand, type PageReport } from "./page.ts";
import { INSTALL } from "./peers/peers.ts";
import { versionOf } from "./peers/version.ts";

const PAGE_MILLISECONDS = 60 * 60_000;
const HTML = `<!doctype html><meta charset="utf-8"><title>wgrad bench</title><script type="module" src="/page.js"></script>`;

const installed = (name: string): boolean => {
  try {
    return createRequire(import.meta.url).resolve(name) !== "";
  } catch {
    return false;
  }
};

/** The page's script: it imports what is installed, so that the project is built and checked without the rest. */
function entryScript(command: PageCommand): string {
  const lines = ['import { runPage } from "./page.ts";'];
  const libraries: string[] = [];
  const missing: { name: string; reason: string }[] = [];
  const core = "@tensorflow/tfjs-core";
  if (["@tensorflow/tfjs-backend-webgpu", core, "@tensorflow/tfjs-layers"].every(installed)) {
    lines.push(`import * as core from "${core}"; import * as layers from "@tensorflow/tfjs-layers";`);
    lines.push('import "@tensorflow/tfjs-backend-webgpu";');
    libraries.push(`tfjs: { core, layers, version: "${versionOf(core)}" }`);
  } else missing.push({ name: "tfjs-webgpu", reason: `not installed; ${INSTALL} installs it` });
  const jax = "@jax-js/jax";
  if (installed(jax)) {
    lines.push(`import * as library from "${jax}";`);
    libraries.push(`jax: { library, version: "${versionOf(jax)}" }`);
  } else missing.push({ name: "jax-webgpu", reason: `not installed; ${INSTALL} installs it` });
  libraries.push(`missing: ${JSON.stringify(missing)}`);
  lines.push(
    `globalThis.benchReport(await runPage(${JSON.stringify(command)}, { ${libraries.join(", ")} }));`,
  );
  return lines.join("\n");
}

async function bundle(command: PageCommand): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: entryScript(command), resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "chrome120",
    external: ["webgpu", "node:*"],
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].text;
}

async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const type = request.url === "/page.js" ? "text/javascript; charset=utf-8" : "text/html";
    if (request.url === "/favicon.ico") response.writeHead(204).end();
    else response.writeHead(200, { "content-type": type }).end(request.url === "/page.js" ? script : HTML);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function main(argv: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      device: { type: "string", default: "webgpu" },
      peers: { type: "string", default: "auto" },
      quick: { type: "boolean", default: false },
      steps: { type: "string" },
      json: { type: "string" },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(PAGE_QUESTIONS);
  const unknown = names.find((name) => !(name in PAGE_QUESTIONS));
  if (unknown)
    throw new Error(`unknown question "${unknown}"; known: ${Object.keys(PAGE_QUESTIONS).join(", ")}`);
  const command: PageCommand = {
    names,
    device: values.device === "cpu" ? "cpu" : "webgpu",
    peers: values.peers !== "none",
    quick: values.quick,
    ...(values.steps ? { steps: Number(values.steps) } : {}),
  };
  const server = await serve(await bundle(command));
  const { executable, environment, args } = await ensureChromium();
  const browser = await chromium.launch({
    executablePath: executable,
    args,
    env: { ...process.env, ...environment } as Record<string, string>,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const about = {
      runtime: `Chromium ${browser.version()}`,
      machine: `${os.cpus()[0]?.model.trim() ?? "unknown processor"}, ${os.cpus().length} threads`,
      load: os.loadavg()[0].toFixed(1),
      command: ["node --import tsx bench/browser.ts", ...argv].join(" "),
    };
    for (const [name, text] of Object.entries(about)) console.log(`${name}  ${text}`);
    const page = await browser.newPage();
    page.on("console", (message) => {
      if (message.type() === "log") console.log(message.text());
      else if (message.type() === "error") console.error(`page: ${message.text()}`);
    });
    const report = await new Promise<PageReport>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("the page does not end")), PAGE_MILLISECONDS);
      page.on("pageerror", (error) => reject(error));
      page.on("crash", () => reject(new Error("the page crashed")));
      const open = async (): Promise<void> => {
        await page.exposeFunction("benchReport", resolve);
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      };
      open().catch(reject);
    });
    console.log(`load  ${os.loadavg()[0].toFixed(1)} at the end`);
    if (values.json) writeFileSafely(values.json, `${JSON.stringify({ ...about, ...report }, null, 2)}\n`);
  } finally {
    clearTimeout(timer);
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
