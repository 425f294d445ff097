import { DeviceError } from "../../errors.ts";
import type {
  Backend,
  BackendStats,
  Binding,
  Buffers,
  DeviceBuffer,
  ElementType,
  KernelName,
  KernelTime,
  Params,
  TypedArray,
  Views,
} from "../backend.ts";
import { TWINS } from "./twins.ts";

interface CpuBuffer extends DeviceBuffer {
  data: TypedArray | null;
}

/** Milliseconds of work after which a step lets timers, signals and the page have their turn. */
const YIELD_AFTER = 30;

/** Runs the TypeScript twins. `precision: 64` stores f32 tensors as doubles, for gradient checks. */
export class CpuBackend implements Backend {
  readonly name = "cpu";
  readonly precision: 32 | 64;
  readonly description: string;
  readonly maxBindingBytes = 2 ** 31;
  #nextId = 1;
  #lastYield = performance.now();
  #disposed = false;
  #times: Map<KernelName, KernelTime> | null = null;
  readonly #stats: BackendStats = {
    dispatches: 0,
    submits: 0,
    pipelines: 0,
    bindGroups: 0,
    buffers: 0,
    bytesWritten: 0,
    bytesRead: 0,
    liveBytes: 0,
    pooledBytes: 0,
    peakLiveBytes: 0,
  };

  constructor(options: { precision?: 32 | 64 } = {}) {
    this.precision = options.precision ?? 32;
    this.description = `CPU (TypeScript twins, ${this.precision}-bit)`;
  }

  alloc(type: ElementType, length: number): DeviceBuffer {
    this.#check();
    const Words =
      type === "f32"
        ? this.precision === 64
          ? Float64Array
          : Float32Array
        : type === "i32"
          ? Int32Array
          : Uint32Array;
    let data: TypedArray;
    try {
      data = new Words(length);
    } catch (error) {
      throw new DeviceError(
        `cpu: ${length} elements need ${length * Words.BYTES_PER_ELEMENT} bytes: ${(error as Error).message}`,
      );
    }
    const stats = this.#stats;
    stats.buffers++;
    stats.liveBytes += data.byteLength;
    stats.peakLiveBytes = Math.max(stats.peakLiveBytes, stats.liveBytes);
    return { id: this.#nextId++, type, length, data } as CpuBuffer;
  }

  write(buffer: DeviceBuffer, data: ArrayLike<number>, offset = 0): void {
    const target = memory(buffer);
    target.set(data, offset);
    this.#stats.bytesWritten += data.length * target.BYTES_PER_ELEMENT;
  }

  free(buffer: DeviceBuffer): void {
    this.#stats.liveBytes -= memory(buffer).byteLength;
    (buffer as CpuBuffer).data = null;
  }

  async read(buffer: DeviceBuffer, offset = 0, length = buffer.length - offset): Promise<TypedArray> {
    this.#check();
    const copy = memory(buffer).slice(offset, offset + length);
    this.#stats.bytesRead += copy.byteLength;
    return copy;
  }

  run<K extends KernelName>(kernel: K, params: Params<K>, buffers: Buffers<K>): void {
    this.#check();
    const views: Record<string, TypedArray> = {};
    for (const [name, binding] of Object.entries(buffers) as [string, Binding | undefined][])
      if (binding)
        views[name] = memory(binding.buffer).subarray(binding.offset, binding.offset + binding.length);
    this.#stats.dispatches++;
    const start = this.#times ? performance.now() : 0;
    TWINS[kernel](params, views as Views<K>);
    if (this.#times) {
      const time = this.#times.get(kernel) ?? { kernel, launches: 0, milliseconds: 0 };
      time.launches++;
      time.milliseconds += performance.now() - start;
      this.#times.set(kernel, time);
    }
  }

  flush(): void {}

  async endStep(): Promise<void> {
    this.#check();
    if (performance.now() - this.#lastYield < YIELD_AFTER) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#lastYield = performance.now();
  }

  async finish(): Promise<void> {
    this.#check();
  }

  stats(): BackendStats {
    return { ...this.#stats };
  }

  async profile(fn: () => void | Promise<void>): Promise<KernelTime[]> {
    this.#times = new Map();
    try {
      await fn();
      return [...this.#times.values()].sort((a, b) => b.milliseconds - a.milliseconds);
    } finally {
      this.#times = null;
    }
  }

  dispose(): void {
    this.#disposed = true;
  }

  #check(): void {
    if (this.#disposed)
      throw new DeviceError("cpu: this device was disposed of; open another one with openDevice");
  }
}

function memory(buffer: DeviceBuffer): TypedArray {
  const data = (buffer as CpuBuffer).data;
  if (!data) throw new DeviceError(`cpu: buffer ${buffer.id} was freed and is still used`);
  return data;
}
