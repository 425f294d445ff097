/** PyTorch as a peer: a Python process beside this one, which does what it is asked and says when it is done. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface TorchPeer {
  readonly label: string;
  readonly version: string;
  /** Asks torch_peer.py for something and waits for its answer. */
  ask(request: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): void;
}

const SCRIPT = fileURLToPath(new URL("torch_peer.py", import.meta.url));
/** The first word of its output, when it has PyTorch. */
const READY_MILLISECONDS = 60_000;

/** Pythons that may have PyTorch, in turn: the one in WGRAD_PYTHON, the one on the path, the system's. */
function pythons(): string[] {
  const chosen = process.env.WGRAD_PYTHON;
  return chosen ? [chosen] : ["python3", "/usr/bin/python3"];
}

export async function openTorch(): Promise<TorchPeer> {
  const reasons: string[] = [];
  for (const python of pythons())
    try {
      return await start(python);
    } catch (error) {
      reasons.push(`${python}: ${(error as Error).message}`);
    }
  throw new Error(
    `no Python with PyTorch (${reasons.join("; ")}); set WGRAD_PYTHON to one, or apt install python3-torch`,
  );
}

async function start(python: string): Promise<TorchPeer> {
  const child: ChildProcessWithoutNullStreams = spawn(python, [SCRIPT], {
    env: { ...process.env, OMP_NUM_THREADS: "2", MKL_NUM_THREADS: "2" },
  });
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  child.stdin.on("error", () => {}); // its end is what counts, and that is heard below
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(line));
  const fail = (message: string): void => {
    for (const { reject } of waiting.splice(0)) reject(new Error(message));
  };
  child.on("error", (error) => fail(error.message));
  child.on("close", (code) => fail(complaint.trim().split("\n").at(-1) || `ended with ${code}`));
  const next = (): Promise<string> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
    });
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_MILLISECONDS);
  let hello: { version: string; threads: number };
  try {
    hello = JSON.parse(await next());
  } finally {
    clearTimeout(timer);
  }
  return {
    label: "PyTorch CPU",
    version: `${hello.version}, ${hello.threads} threads`,
    async ask(request) {
      const answer = next();
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const got = JSON.parse(await answer) as Record<string, unknown>;
      if (got.error !== undefined) throw new Error(String(got.error));
      return got;
    },
    close: () => child.stdin.end(),
  };
}
