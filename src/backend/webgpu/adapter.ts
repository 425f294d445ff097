import { DeviceError } from "../../errors.ts";

/** What answers when a WebGPU adapter is asked for. */
export interface AdapterChoice {
  readonly adapter: GPUAdapter;
  /** A driver that runs on the processor: SwiftShader, lavapipe, WARP. */
  readonly software: boolean;
  readonly swiftShader: boolean;
  /** One line for people. */
  readonly description: string;
}

/** Node's `webgpu` instance; kept for the life of the process, since collecting it ends its devices. */
let nodeGpu: GPU | undefined;

/** "Node 20.1.0", "Deno 2.9.6" or "browser". */
export function runtimeName(): string {
  const { Deno, process } = globalThis as {
    Deno?: { version: { deno: string } };
    process?: { versions?: { node?: string } };
  };
  if (Deno) return `Deno ${Deno.version.deno}`;
  if (process?.versions?.node) return `Node ${process.versions.node}`;
  return "browser";
}

/** `navigator.gpu`, or in Node the optional peer `webgpu`; undefined with the reason when there is neither. */
async function findGpu(): Promise<{ gpu?: GPU; reason?: string }> {
  const fromNavigator = (globalThis as { navigator?: Navigator }).navigator?.gpu;
  if (fromNavigator) return { gpu: fromNavigator };
  if (nodeGpu) return { gpu: nodeGpu };
  if (!runtimeName().startsWith("Node")) return { reason: "this browser has no navigator.gpu" };
  // A variable name keeps bundlers from resolving the package.
  const packageName = "webgpu";
  try {
    const dawn = (await import(/* @vite-ignore */ packageName)) as {
      create(options: string[]): GPU;
      globals: Record<string, unknown>;
    };
    for (const [name, value] of Object.entries(dawn.globals))
      if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
    nodeGpu = dawn.create([]);
    return { gpu: nodeGpu };
  } catch (error) {
    return {
      reason: `npm package "webgpu" is not usable (${(error as Error).message}); run \`npm i webgpu\``,
    };
  }
}

function describe(info: GPUAdapterInfo): string {
  const parts = [info.description, info.device, info.architecture, info.vendor].filter(
    (part) => part && !/^\d+$/.test(part),
  );
  return parts[0] ? parts.slice(0, 2).join(", ") : "unnamed adapter";
}

/** The adapter of this machine; throws a DeviceError that says why there is none and what to do. */
export async function requestAdapter(): Promise<AdapterChoice> {
  const { gpu, reason } = await findGpu();
  if (!gpu) throw new DeviceError(`no WebGPU in ${runtimeName()}: ${reason}`);
  let adapter: GPUAdapter | null = null;
  let cause = "no driver answered";
  try {
    adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (error) {
    cause = (error as Error).message;
  }
  if (!adapter)
    throw new DeviceError(
      `no WebGPU adapter in ${runtimeName()} (${cause}); use the device "cpu", install a Vulkan driver, or start ` +
        "through `npm start -- --device webgpu`, which brings the software driver SwiftShader",
    );
  const info = adapter.info;
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  const swiftShader = /swiftshader/i.test(text);
  const software =
    swiftShader ||
    /llvmpipe|lavapipe|basic render/i.test(text) ||
    (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  return { adapter, software, swiftShader, description: `${describe(info)} (WebGPU, ${runtimeName()})` };
}
