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
} from "../backend.ts";
import { type AdapterChoice, requestAdapter } from "./adapter.ts";
import { BindGroupCache } from "./bind_groups.ts";
import { type Command, encode } from "./commands.ts";
import { DISPATCH, softwareVariant, WORK } from "./dispatch.ts";
import { Faults } from "./faults.ts";
import { PipelineCache } from "./pipelines.ts";
import { BufferPool, ownBuffer } from "./pool.ts";
import { Profiler } from "./profiler.ts";
import { ReadbackRing } from "./readback.ts";
import { UniformRing } from "./uniforms.ts";
import { fromBytes, toWords } from "./words.ts";

/** A submit's work is split above this many operations, so that no driver takes it for a hang. */
const WORK_PER_SUBMIT = { hardware: 4e12, software: 3e10 };

/** Steps that may be queued before `endStep` waits; more of them slow the queue down. */
const STEPS_IN_FLIGHT = 2;

/** Runs the WGSL kernels; see src/backend/backend.ts for the meaning of each method. */
export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  readonly precision = 32;
  readonly description: string;
  readonly maxBindingBytes: number;
  readonly software: boolean;
  /** False runs every kernel as it is named, so that a software adapter can test both of two variants. */
  variants = true;
  readonly device: GPUDevice;
  readonly #stats: BackendStats;
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #uniforms: UniformRing;
  readonly #readback: ReadbackRing;
  readonly #groups: BindGroupCache;
  readonly #faults: Faults;
  readonly #steps: Promise<unknown>[] = [];
  #profiler: Profiler | null = null;
  #recorded: Command[] = [];
  #work = 0;
  #batch = 0;
  #stepEnded = false;
  #flushScheduled = false;

  /** Opens the adapter of this machine with all its limits; throws a DeviceError when there is none. */
  static async open(choice?: AdapterChoice): Promise<WebGpuBackend> {
    const { adapter, description, software } = choice ?? (await requestAdapter());
    const { limits } = adapter;
    const wanted: GPUDeviceDescriptor = {
      requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      },
    };
    const device = await adapter.requestDevice(wanted).catch((error: Error) => {
      throw new DeviceError(
        `the adapter ${description} gave no device (${error.message}); use the device "cpu"`,
      );
    });
    return new WebGpuBackend(device, description, software);
  }

  private constructor(device: GPUDevice, description: string, software: boolean) {
    this.device = device;
    this.description = description;
    this.software = software;
    this.maxBindingBytes = device.limits.maxStorageBufferBindingSize;
    this.#stats = {
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
    const stats = this.#stats;
    this.#faults = new Faults(device);
    this.#pool = new BufferPool(device, stats);
    this.#pipelines = new PipelineCache(device, stats, this.#faults);
    this.#uniforms = new UniformRing(device);
    const empty = { read: this.#pool.alloc("u32", 64), read_write: this.#pool.alloc("u32", 64) };
    this.#groups = new BindGroupCache(device, stats, this.#faults, this.#uniforms.gpu, empty);
    this.#readback = new ReadbackRing(device);
  }

  alloc(type: ElementType, length: number, forWriting = false): DeviceBuffer {
    const { maxBufferSize } = this.device.limits;
    if (length * 4 > maxBufferSize)
      throw new DeviceError(
        `webgpu: ${length} elements need ${length * 4} bytes; this device's buffers hold at most ${maxBufferSize}`,
      );
    return this.#pool.alloc(type, length, forWriting ? this.#batch : -1);
  }

  write(buffer: DeviceBuffer, data: ArrayLike<number>, offset = 0): void {
    if (data.length === 0) return; // Deno's writeBuffer panics
    const target = ownBuffer(buffer);
    // queue.writeBuffer overtakes launches that are recorded but not submitted.
    if (this.#pool.lastBatch(target) === this.#batch && this.#recorded.length > 0) this.flush();
    const words = toWords(target.type, data);
    this.device.queue.writeBuffer(target.gpu, offset * 4, words.buffer, words.byteOffset, words.byteLength);
    this.#stats.bytesWritten += words.byteLength;
  }

  free(buffer: DeviceBuffer): void {
    this.#pool.free(ownBuffer(buffer));
  }

  async read(buffer: DeviceBuffer, offset = 0, length = buffer.length - offset): Promise<TypedArray> {
    const source = ownBuffer(buffer);
    const bytes = Math.max(4, length * 4);
    const slot = this.#readback.take(bytes);
    this.#recorded.push({ source: source.gpu, offset: offset * 4, bytes, slot });
    this.#pool.touch(source, this.#batch);
    this.#stats.bytesRead += bytes;
    const submitted = this.#batch;
    this.#scheduleFlush();
    await Promise.resolve();
    if (this.#batch === submitted) this.flush();
    const data = await this.#faults.outcome(this.#readback.read(slot, bytes));
    return fromBytes(buffer.type, data).subarray(0, length);
  }

  run<K extends KernelName>(name: K, params: Params<K>, buffers: Buffers<K>): void {
    if (this.#stepEnded || this.#uniforms.full) this.flush();
    const launch = this.software && this.variants ? softwareVariant(name, params) : { kernel: name, params };
    const kernel = launch.kernel as K;
    const groups = DISPATCH[kernel](params);
    if (groups[0] === 0 || groups[1] === 0 || groups[2] === 0) return;
    const work = WORK[kernel]?.(params) ?? groups[0] * groups[1] * groups[2] * 64;
    const limit = this.software ? WORK_PER_SUBMIT.software : WORK_PER_SUBMIT.hardware;
    if (this.#work + work > limit && this.#recorded.length > 0) this.flush();
    this.#work += work;
    const values = launch.params as Record<string, unknown>;
    const bindings = buffers as Record<string, Binding | undefined>;
    const pipeline = this.#pipelines.get(kernel, values);
    this.#recorded.push({
      kernel,
      pipeline: pipeline.gpu,
      group: this.#groups.get(kernel, pipeline.layout, bindings, (b) => this.#pool.touch(b, this.#batch)),
      uniforms: this.#uniforms.push(kernel, values),
      groups,
    });
    this.#stats.dispatches++;
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.flush();
    });
  }

  flush(): void {
    this.#stepEnded = false;
    this.#work = 0;
    if (this.#recorded.length === 0) return;
    const recorded = this.#recorded;
    this.#recorded = [];
    this.#batch++;
    const { device } = this;
    this.#stats.bytesWritten += this.#uniforms.flush(device.queue);
    this.#faults.submit(recorded, () => encode(device, recorded, this.#profiler));
    this.#stats.submits++;
  }

  async endStep(): Promise<void> {
    this.#stepEnded = true;
    this.#scheduleFlush();
    await Promise.resolve();
    this.flush();
    const step = this.#faults.outcome(this.device.queue.onSubmittedWorkDone());
    // It is awaited two steps later, if at all.
    step.catch(() => undefined);
    this.#steps.push(step);
    if (this.#steps.length > STEPS_IN_FLIGHT) await this.#steps.shift();
    this.#faults.check();
  }

  async finish(): Promise<void> {
    this.flush();
    this.#steps.length = 0;
    await this.#faults.outcome(this.device.queue.onSubmittedWorkDone());
  }

  stats(): BackendStats {
    return { ...this.#stats };
  }

  async profile(fn: () => void | Promise<void>): Promise<KernelTime[]> {
    if (!this.device.features.has("timestamp-query"))
      throw new DeviceError(`profile: ${this.description} has no timestamp queries`);
    this.flush();
    const profiler = new Profiler(this.device);
    this.#profiler = profiler;
    try {
      await fn();
      this.flush();
      await this.finish();
      return await profiler.times();
    } finally {
      this.#profiler = null;
      profiler.destroy();
    }
  }

  dispose(): void {
    this.#faults.note("this device was disposed of; open another one with openDevice");
    this.#readback.destroy();
    this.device.destroy();
  }
}
