/** The other engines that the benchmark runs beside wgrad: which there are, and which of them answer here. */
import process from "node:process";
import { runtimeName } from "../../src/backend/webgpu/adapter.ts";
import { type JaxLibrary, type JaxPeer, jaxPeer } from "./jax.ts";
import { type OnnxPeer, openOnnx } from "./onnx.ts";
import { type Tf, type TfjsPeer, tfjsPeer, type TfLayers } from "./tfjs.ts";
import { openTorch, type TorchPeer } from "./torch.ts";
import { versionOf } from "./version.ts";

/** What installs all of them but PyTorch. */
export const INSTALL = "npm --prefix bench ci";

export const PEER_NAMES = [
  "tfjs-webgpu",
  "tfjs-wasm",
  "tfjs-cpu",
  "jax-webgpu",
  "jax-wasm",
  "onnx-webgpu",
  "onnx-cpu",
  "torch",
] as const;
export type PeerName = (typeof PEER_NAMES)[number];

/** Those that share wgrad's kind of device; PyTorch runs beside either, as what two threads can do. */
export function peersOf(kind: "webgpu" | "cpu"): PeerName[] {
  return PEER_NAMES.filter((name) => name === "torch" || name.endsWith("-webgpu") === (kind === "webgpu"));
}

/** The engines that answered, by library, and those that did not. */
export interface Peers {
  tfjs: TfjsPeer[];
  jax: JaxPeer[];
  onnx: OnnxPeer[];
  torch: TorchPeer | null;
  missing: { name: string; reason: string }[];
  /** Library and version of each that answered. */
  versions: Record<string, string>;
}

export const NO_PEERS: Peers = { tfjs: [], jax: [], onnx: [], torch: null, missing: [], versions: {} };

/**
 * Gives libraries that look for a page's `navigator` one, with the very instance of WebGPU that wgrad uses. Call it
 * before any device is opened.
 */
export async function shareWebGpu(): Promise<void> {
  const scope = globalThis as Record<string, unknown>;
  // They take a missing window for a sign that there is no WebGPU.
  scope.window ??= globalThis;
  if (!runtimeName().startsWith("Node")) return;
  const packageName = "webgpu";
  const dawn = (await import(packageName).catch(() => null)) as null | {
    create(options: string[]): GPU;
    globals: Record<string, unknown>;
  };
  if (!dawn) return;
  for (const [name, value] of Object.entries(dawn.globals)) scope[name] ??= value;
  const navigator = { userAgent: `Node.js/${process.versions.node}`, gpu: dawn.create([]) };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}

/** Names that are not literals: the project builds and is checked without the packages. */
const TFJS_CORE: string = "@tensorflow/tfjs-core";
const TFJS_LAYERS: string = "@tensorflow/tfjs-layers";
const JAX: string = "@jax-js/jax";

async function openTfjs(backend: string): Promise<TfjsPeer> {
  const tf = (await import(TFJS_CORE)) as Tf;
  const layers = (await import(TFJS_LAYERS)) as TfLayers;
  const registration: string = `@tensorflow/tfjs-backend-${backend}`;
  await import(registration);
  const version = `${versionOf(TFJS_CORE)} (layers ${versionOf(TFJS_LAYERS)})`;
  return tfjsPeer(tf, layers, backend, version);
}

async function openJax(backend: string): Promise<JaxPeer> {
  return jaxPeer((await import(JAX)) as JaxLibrary, backend, versionOf(JAX));
}

/** Opens the named engines; one that does not answer is listed with its reason and the way to get it. */
export async function openPeers(names: readonly PeerName[]): Promise<Peers> {
  const peers: Peers = { ...NO_PEERS, tfjs: [], jax: [], onnx: [], missing: [], versions: {} };
  for (const name of names)
    try {
      const [library, backend] = name.split("-");
      if (library === "tfjs") peers.tfjs.push(await openTfjs(backend));
      else if (library === "jax") peers.jax.push(await openJax(backend));
      else if (library === "onnx") peers.onnx.push(await openOnnx(backend));
      else peers.torch = await openTorch();
    } catch (error) {
      const message = String((error as Error).message ?? error).split("\n")[0];
      const absent = /Cannot find (package|module)|Could not resolve|not found in node_modules/i.test(
        message,
      );
      peers.missing.push({ name, reason: absent ? `not installed; ${INSTALL} installs it` : message });
    }
  for (const peer of [...peers.tfjs, ...peers.jax, ...peers.onnx, ...(peers.torch ? [peers.torch] : [])])
    peers.versions[peer.label] = peer.version;
  return peers;
}

/** Ends what runs in a process of its own. */
export function closePeers(peers: Peers): void {
  peers.torch?.close();
}
