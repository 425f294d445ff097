import type { Backend, BackendStats, DeviceBuffer, KernelTime } from "./backend/backend.ts";
import { CpuBackend } from "./backend/cpu/cpu_backend.ts";
import { VerifyBackend } from "./backend/verify.ts";
import { requestAdapter } from "./backend/webgpu/adapter.ts";
import { WebGpuBackend } from "./backend/webgpu/webgpu_backend.ts";
import { checkOptions, DeviceError, nearestName, ValueError } from "./errors.ts";
import { DeviceMemory } from "./memory.ts";
import { Generator } from "./random.ts";

/** `auto`: a real GPU, then a fast software driver, then the CPU. */
export type DeviceKind = "auto" | "webgpu" | "cpu";

/** `asked`: by name. Otherwise what `auto` found: a GPU, a fast software driver, only SwiftShader, or no adapter. */
export type DeviceChoice = "asked" | "gpu" | "software" | "only-swiftshader" | "no-adapter";

/** What `openDevice` and `useDevice` take beside the kind. */
export interface DeviceOptions {
  /**
   * Check every launch against the CPU twin; slow. Stops at the first kernel that differs, or that makes a NaN out of
   * numbers (on the CPU only that).
   */
  verify?: boolean;
  /** 64 stores f32 tensors as doubles; CPU only, for gradient checks. */
  precision?: 32 | 64;
}

/** The random state of a device, as checkpoints store it. */
export interface DeviceRandomState {
  seed: number;
  step: number;
}

let defaultDevice: Device | undefined;
let globalSeed = 0;
let hostRandom = new Generator(0);
const devices = new Set<Device>();

/** Where tensors live and kernels run. Open one with `useDevice` or `openDevice`. */
export class Device {
  readonly backend: Backend;
  readonly memory: DeviceMemory;
  /** How this device was chosen, for programs. */
  readonly choice: DeviceChoice;
  /** Why this device was chosen, for people. */
  readonly reason: string;
  /** Set by `backward()`: the next `optimizer.step()` ends a step. */
  backwardRan = false;
  #seed = globalSeed;
  #step = 0;
  #operation = 0;
  #counter: DeviceBuffer | null = null;
  #counterStep = -1;

  constructor(backend: Backend, choice: DeviceChoice, reason: string) {
    this.choice = choice;
    this.backend = backend;
    this.memory = new DeviceMemory(backend);
    this.reason = reason;
    devices.add(this);
  }

  get kind(): "cpu" | "webgpu" {
    return this.backend.name;
  }

  /** Adapter and driver, or the CPU backend's precision. */
  get description(): string {
    return this.backend.description;
  }

  /** Counts of dispatches, submits, pipelines, buffers and bytes since the device was opened. */
  stats(): BackendStats {
    return this.backend.stats();
  }

  /** Time per kernel of everything that `fn` launches, longest first; needs timestamp queries on WebGPU. */
  profile(fn: () => void | Promise<void>): Promise<KernelTime[]> {
    return this.backend.profile(fn);
  }

  /** Resolves when everything launched so far is done; rejects when the device failed. */
  finish(): Promise<void> {
    return this.backend.finish();
  }

  /** The random number stream of the next random op: its index in the step, and the [seed, step] buffer. */
  nextRandom(): { operation: number; counter: DeviceBuffer } {
    this.#counter ??= this.backend.alloc("u32", 2);
    if (this.#counterStep !== this.#step) {
      this.backend.write(this.#counter, Uint32Array.of(this.#seed, this.#step));
      this.#counterStep = this.#step;
    }
    return { operation: this.#operation++, counter: this.#counter };
  }

  get randomState(): DeviceRandomState {
    return { seed: this.#seed, step: this.#step };
  }

  set randomState(state: DeviceRandomState) {
    this.#seed = state.seed >>> 0;
    this.#step = state.step;
    this.#operation = 0;
    this.#counterStep = -1;
  }

  /**
   * Ends a training step if a backward pass ran since the last one: frees what the step before left, advances the
   * random counter, submits. Optimizers call it; resolves when at most two steps are in flight.
   */
  endStep(): Promise<void> {
    if (!this.backwardRan) return Promise.resolve();
    this.backwardRan = false;
    this.memory.closeStep();
    this.#step++;
    this.#operation = 0;
    return this.backend.endStep();
  }

  /** Gives the device back; its tensors can no longer be used. */
  dispose(): void {
    devices.delete(this);
    if (defaultDevice === this) defaultDevice = undefined;
    this.backend.dispose();
  }
}

const KINDS: readonly DeviceKind[] = ["auto", "webgpu", "cpu"];

/**
 * Opens a device without making it the default.
 * Throws a DeviceError when `webgpu` is asked for and no adapter answers, a ValueError for an unknown kind.
 */
export async function openDevice(kind: DeviceKind = "auto", options: DeviceOptions = {}): Promise<Device> {
  if (!KINDS.includes(kind)) {
    const near = nearestName(String(kind), KINDS);
    throw new ValueError(
      `openDevice: unknown device "${kind}"${near ? `; did you mean "${near}"?` : ""}; known: ${KINDS.join(", ")}`,
    );
  }
  checkOptions("openDevice", options, ["verify", "precision"]);
  const device = (backend: Backend, choice: DeviceChoice, reason: string): Device =>
    new Device(options.verify ? new VerifyBackend(backend) : backend, choice, reason);
  if (kind === "cpu") return device(new CpuBackend(options), "asked", "asked for");
  if (options.precision === 64) throw new ValueError('openDevice: precision 64 needs the device "cpu"');
  if (kind === "webgpu") return device(await WebGpuBackend.open(), "asked", "asked for");
  try {
    const adapter = await requestAdapter();
    if (adapter.swiftShader)
      return device(
        new CpuBackend(),
        "only-swiftshader",
        "the only WebGPU adapter is SwiftShader, which the CPU twins outrun",
      );
    const backend = await WebGpuBackend.open(adapter);
    return adapter.software
      ? device(backend, "software", "a software driver that is faster than the CPU twins")
      : device(backend, "gpu", "a GPU");
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return device(new CpuBackend(), "no-adapter", error.message.split(";")[0]);
  }
}

/** Opens a device and makes it the default of this realm; modules and tensors without `{ device }` go there. */
export async function useDevice(
  kind: DeviceKind | Device = "auto",
  options: DeviceOptions = {},
): Promise<Device> {
  defaultDevice = kind instanceof Device ? kind : await openDevice(kind, options);
  return defaultDevice;
}

/** The default device; throws when `useDevice` was not awaited yet. */
export function getDevice(): Device {
  if (!defaultDevice)
    throw new DeviceError('no default device: `await useDevice("auto")` first, or pass { device }');
  return defaultDevice;
}

/** Seeds everything: initial weights, shuffles drawn from the host generator, dropout on every open device. */
export function manualSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new ValueError(`manualSeed: expected a whole number from 0 to 4294967295, got ${seed}`);
  globalSeed = seed;
  hostRandom = new Generator(seed);
  for (const device of devices) device.randomState = { seed, step: 0 };
}

/** The host generator that `manualSeed` seeds. */
export function hostGenerator(): Generator {
  return hostRandom;
}
