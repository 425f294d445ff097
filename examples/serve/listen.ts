/** A port for an application, in Node by @hono/node-server and in Deno by its own server. */

/** A server that listens. */
export interface Listening {
  /** Such as http://127.0.0.1:5000 */
  readonly address: string;
  /** Takes no new connection. */
  refuse(): void;
  /** Closes what is left, idle connections first; resolves when the port is free. */
  close(): Promise<void>;
}

type Handler = (request: Request) => Response | Promise<Response>;

/** The part of Deno that is used here. */
interface DenoServe {
  serve(
    options: { port: number; hostname: string; onListen(): void; signal: AbortSignal },
    handler: Handler,
  ): {
    readonly addr: { readonly port: number };
    readonly finished: Promise<void>;
    shutdown(): Promise<void>;
  };
}

/** Listens. Port 0 takes any that is free. Throws an Error of one line when the port cannot be had. */
export function listen(handler: Handler, port: number, host: string): Promise<Listening> {
  const deno = (globalThis as { Deno?: DenoServe }).Deno;
  return deno ? listenInDeno(deno, handler, port, host) : listenInNode(handler, port, host);
}

async function listenInNode(handler: Handler, port: number, host: string): Promise<Listening> {
  const { createServer } = await import("node:http");
  const { getRequestListener } = await import("@hono/node-server");
  const listener = getRequestListener(handler, { overrideGlobalObjects: false, hostname: host });
  // Node's five seconds for an idle connection are short: a client may send just when it is closed.
  const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 10_000 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: Error & { code?: string }) => reject(refusal(error.code, port, host)));
    server.listen(port, host, resolve);
  });
  const { port: given } = server.address() as { port: number };
  let closed: Promise<void> | undefined;
  const refuse = (): Promise<void> => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    return closed;
  };
  return {
    address: addressOf(host, given),
    refuse: () => void refuse(),
    async close() {
      const end = refuse();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), 500);
      await end;
      clearTimeout(timer);
    },
  };
}

async function listenInDeno(
  deno: DenoServe,
  handler: Handler,
  port: number,
  host: string,
): Promise<Listening> {
  const controller = new AbortController();
  let server: ReturnType<DenoServe["serve"]>;
  try {
    server = deno.serve({ port, hostname: host, onListen() {}, signal: controller.signal }, handler);
  } catch (error) {
    const codes: Record<string, string> = { AddrInUse: "EADDRINUSE", AddrNotAvailable: "EADDRNOTAVAIL" };
    const { name, code } = error as Error & { code?: string };
    throw refusal(code ?? codes[name] ?? name, port, host);
  }
  let closed: Promise<void> | undefined;
  const refuse = (): Promise<void> => (closed ??= server.shutdown());
  return {
    address: addressOf(host, server.addr.port),
    refuse: () => void refuse(),
    async close() {
      const timer = setTimeout(() => controller.abort(), 500);
      await Promise.all([refuse(), server.finished]);
      clearTimeout(timer);
    },
  };
}

function addressOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function refusal(code: string | undefined, port: number, host: string): Error {
  if (code === "EADDRINUSE")
    return new Error(
      `le port ${port} de ${host} est déjà pris (sur macOS, AirPlay tient le 5000) ; choisissez-en un autre : --port ${port + 1}`,
    );
  if (code === "EACCES" || code === "PermissionDenied")
    return new Error(`le port ${port} est réservé au système ; choisissez-en un autre : --port 5000`);
  return new Error(`impossible d'écouter à ${host}:${port} (${code}) ; vérifiez --host et --port`);
}
