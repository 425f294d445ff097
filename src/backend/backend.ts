/**
 * The backend interface: memory, plus "run kernel K". It is kernel-level, not op-level, so that a new op never
 * edits it. `cpu/` runs the TypeScript twins, `webgpu/` the WGSL kernels.
 */
import type { KernelBuffers, KernelName, KernelParams } from "./kernels.generated.ts";

export type { KernelBuffers, KernelName, KernelParams } from "./kernels.generated.ts";

/** Element types of device memory; u32 is internal (counters, sorted positions). */
export type ElementType = "f32" | "i32" | "u32";

export type FloatArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
export type TypedArray = FloatArray | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A piece of device memory. Backends add their own fields; everyone else treats it as a token. */
export interface DeviceBuffer {
  readonly id: number;
  readonly type: ElementType;
  /** In elements; the memory behind it may be larger, since pools round up. */
  readonly length: number;
}

/** Bindings that start inside a buffer must start on this many elements (256 bytes). */
export const BINDING_ALIGNMENT = 64;

/** A whole buffer, or a range of it that starts on a multiple of BINDING_ALIGNMENT elements. */
export interface Binding {
  readonly buffer: DeviceBuffer;
  readonly offset: number;
  readonly length: number;
}

/** The params of kernel K: uniforms and override constants, told apart by the generated description. */
export type Params<K extends KernelName> = KernelParams[K];

/** The buffers of kernel K, as a launch names them. */
export type Buffers<K extends KernelName> = { [N in keyof KernelBuffers[K]]: Binding };

interface ViewTypes {
  f32: FloatArray;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  words: TypedArray;
}

type ViewOf<T> = T extends keyof ViewTypes ? ViewTypes[T] : never;

/** The buffers of kernel K as typed arrays, as a CPU twin sees them. */
export type Views<K extends KernelName> = { [N in keyof KernelBuffers[K]]: ViewOf<KernelBuffers[K][N]> };

/** Counts since the device was opened, except the `live` and `pooled` figures, which are of now. */
export interface BackendStats {
  dispatches: number;
  submits: number;
  pipelines: number;
  bindGroups: number;
  /** GPU buffers ever created (typed arrays on the CPU). */
  buffers: number;
  bytesWritten: number;
  bytesRead: number;
  liveBytes: number;
  /** Freed and kept for the next allocation of the same size. */
  pooledBytes: number;
  peakLiveBytes: number;
}

/** Time of one kernel within a profile. */
export interface KernelTime {
  kernel: KernelName;
  launches: number;
  milliseconds: number;
}

export interface Backend {
  readonly name: "cpu" | "webgpu";
  /** One line for people: adapter and driver, or the CPU backend's precision. */
  readonly description: string;
  /** 32 everywhere but on a CPU backend opened for gradient checks. */
  readonly precision: 32 | 64;
  /** Largest binding in bytes; larger operands are launched in windows. */
  readonly maxBindingBytes: number;

  /** `forWriting` asks for memory that no recorded launch still reads, so that a write needs no extra submit. */
  alloc(type: ElementType, length: number, forWriting?: boolean): DeviceBuffer;
  write(buffer: DeviceBuffer, data: ArrayLike<number>, offset?: number): void;
  free(buffer: DeviceBuffer): void;
  /** The elements as they are when called, even if the promise is awaited later. */
  read(buffer: DeviceBuffer, offset?: number, length?: number): Promise<TypedArray>;
  run<K extends KernelName>(kernel: K, params: Params<K>, buffers: Buffers<K>): void;
  /** Hands everything recorded so far to the device. */
  flush(): void;
  /** Ends a step: submits soon, and resolves when at most two steps are in flight. Rejects if the device failed. */
  endStep(): Promise<void>;
  /** Resolves when all work is done; rejects if the device failed. */
  finish(): Promise<void>;
  stats(): BackendStats;
  /** Runs `fn` and gives the time of each kernel that it launched, longest first. */
  profile(fn: () => void | Promise<void>): Promise<KernelTime[]>;
  dispose(): void;
}

/** A binding of the whole buffer. */
export function whole(buffer: DeviceBuffer): Binding {
  return { buffer, offset: 0, length: buffer.length };
}
