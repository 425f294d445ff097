/**
 * Serves the page on this machine, or writes it into a folder.
 *
 *   npm run web                      http://127.0.0.1:8080, or the next free port
 *   npm run web -- --port 3000       this port
 *   npm run web -- --build dist/web  a folder that any web server can offer
 */
import { stat } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { writeFileSafely } from "../support/files.ts";
import { bundlePage, CONTENT_TYPES } from "./bundle.ts";

const HELP = `npm run web -- [--port N] [--build DIR]

  Le laboratoire : les carnets dans Chrome, à régler, entraîner et interroger.

  --port N     the port on 127.0.0.1 (8080, or the next one that is free)
  --build DIR  write the page into a folder instead of serving it
  --help       show this`;

const FIRST_PORT = 8080;
const PORTS_TRIED = 20;

/** The newest change of any of these files; a file that is gone counts as changed now. */
async function newestChange(sources: readonly string[]): Promise<number> {
  const times = sources.map((source) => stat(source).then(({ mtimeMs }) => mtimeMs, Date.now));
  return (await Promise.all(times)).reduce((newest, time) => Math.max(newest, time), 0);
}

/** Bundles anew at a visit after a source has changed, so that a reload shows it. */
function pages(): RequestListener {
  const bundle = () => ({ at: Date.now(), page: bundlePage() });
  let newest = bundle();
  // Unanswered until the first visit, which tells about a failure.
  newest.page.catch(() => {});
  return async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    try {
      if (name === "index.html") {
        const { at, page } = newest;
        const changed = await page.then(
          async ({ sources }) => (await newestChange(sources)) > at,
          () => true,
        );
        if (changed && at === newest.at) newest = bundle();
      }
      const content = (await newest.page).files.get(name);
      if (content === undefined) return response.writeHead(404).end();
      const type = CONTENT_TYPES[path.extname(name)];
      response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(content);
    } catch (error) {
      response.writeHead(500, { "content-type": "text/plain; charset=utf-8" }).end((error as Error).message);
    }
  };
}

/** Listens on a port of 127.0.0.1; without one, on the first free one from 8080. */
export async function servePage(port?: number): Promise<{ server: Server; address: string }> {
  const listener = pages();
  const ports = port !== undefined ? [port] : Array.from({ length: PORTS_TRIED }, (_, i) => FIRST_PORT + i);
  for (const candidate of ports) {
    const server = createServer(listener);
    const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once("error", resolve);
      server.listen(candidate, "127.0.0.1", () => resolve(undefined));
    });
    if (!failure) {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      return { server, address };
    }
    if (failure.code !== "EADDRINUSE" || port !== undefined)
      throw new Error(`cannot listen on 127.0.0.1:${candidate} (${failure.code}); choose another --port`);
  }
  throw new Error(`the ports ${ports[0]} to ${ports.at(-1)} are all taken; choose one with --port`);
}

async function main(args: string[]): Promise<number> {
  let flags: { port?: string; build?: string; help?: boolean };
  try {
    const text = { type: "string" } as const;
    flags = parseArgs({
      args,
      options: { port: text, build: text, help: { type: "boolean", short: "h" } },
    }).values;
  } catch (error) {
    console.error(`erreur : ${(error as Error).message.split(". ")[0]}; see --help`);
    return 2;
  }
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  const port = flags.port === undefined ? undefined : Number(flags.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    console.error(`erreur : --port expects a whole number from 0 to 65535, got "${flags.port}"`);
    return 2;
  }
  if (flags.build !== undefined) {
    const { files } = await bundlePage();
    for (const [name, content] of files) writeFileSafely(path.join(flags.build, name), content);
    console.log(`Page écrite : ${path.join(flags.build, "index.html")}, à servir par http ou https`);
    return 0;
  }
  const { server, address } = await servePage(port);
  console.log(`Page : ${address}   (Ctrl-C pour arrêter)`);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  return 0;
}

if (import.meta.filename === path.resolve(process.argv[1] ?? "")) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(`erreur : ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
