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
import { KERNELS } from "../kernels.generated.ts";
import { type AdapterChoice, requestAdapter } from "./adapter.ts";
import { DISPATCH, SOFTWARE_VARIANT, WORK } from "./dispatch.ts";
import { PipelineCache } from "./pipelines.ts";
import { BufferPool, type WebGpuBuffer } from "./pool.ts";
import { Profiler } from "./profiler.ts";
import { ReadbackRing, type ReadbackSlot } from "./readback.ts";
import { UniformRing } from "./uniforms.ts";

interface Launch {
  readonly kernel: KernelName;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly uniforms: number;
  readonly groups: readonly [number, number, number];
}

interface ReadCopy {
  readonly source: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  readonly slot: ReadbackSlot;
}

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
  readonly #groups = new Map<string, GPUBindGroup>();
  readonly #empty: WebGpuBuffer;
  readonly #steps: Promise<unknown>[] = [];
  #profiler: Profiler | null = null;
  #recorded: (Launch | ReadCopy)[] = [];
  #work = 0;
  #batch = 0;
  #stepEnded = false;
  #flushScheduled = false;
  #failure: DeviceError | null = null;
  #disposed = false;

  /** Opens the adapter of this machine with all its limits; throws a DeviceError when there is none. */
  static async open(choice?: AdapterChoice): Promise<WebGpuBackend> {
    const { adapter, description, software } = choice ?? (await requestAdapter());
    const { limits } = adapter;
    const device = await adapter.requestDevice({
      requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      },
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
    this.#pool = new BufferPool(device, this.#stats);
    this.#pipelines = new PipelineCache(device, this.#stats);
    this.#uniforms = new UniformRing(device);
    this.#readback = new ReadbackRing(device);
    this.#empty = this.#pool.alloc("u32", 64);
    device.lost.then((info) => {
      if (!this.#disposed)
        this.#fail(`the GPU device was lost (${info.reason}): ${info.message}; reload, or use the CPU`);
    });
  }

  alloc(type: ElementType, length: number, forWriting = false): DeviceBuffer {
    return this.#pool.alloc(type, length, forWriting ? this.#batch : -1);
  }

  write(buffer: DeviceBuffer, data: ArrayLike<number>, offset = 0): void {
    if (data.length === 0) return; // Deno's writeBuffer panics
    const target = own(buffer);
    // queue.writeBuffer overtakes launches that are recorded but not submitted.
    if (this.#pool.lastBatch(target) === this.#batch && this.#recorded.length > 0) this.flush();
    const words = toWords(target.type, data);
    this.device.queue.writeBuffer(target.gpu, offset * 4, words.buffer, words.byteOffset, words.byteLength);
    this.#stats.bytesWritten += words.byteLength;
  }

  free(buffer: DeviceBuffer): void {
    this.#pool.free(own(buffer));
  }

  async read(buffer: DeviceBuffer, offset = 0, length = buffer.length - offset): Promise<TypedArray> {
    const source = own(buffer);
    const bytes = Math.max(4, length * 4);
    const slot = this.#readback.take(bytes);
    this.#recorded.push({ source: source.gpu, offset: offset * 4, bytes, slot });
    this.#pool.touch(source, this.#batch);
    this.#stats.bytesRead += bytes;
    const submitted = this.#batch;
    this.#scheduleFlush();
    await Promise.resolve();
    if (this.#batch === submitted) this.flush();
    let data: ArrayBuffer;
    try {
      data = await this.#readback.read(slot, bytes);
    } catch (error) {
      await this.#settle();
      throw new DeviceError(`webgpu: a read failed: ${(error as Error).message}`);
    }
    await this.#settle();
    const array =
      buffer.type === "f32"
        ? new Float32Array(data)
        : buffer.type === "i32"
          ? new Int32Array(data)
          : new Uint32Array(data);
    return array.subarray(0, length);
  }

  run<K extends KernelName>(name: K, params: Params<K>, buffers: Buffers<K>): void {
    if (this.#stepEnded || this.#uniforms.full) this.flush();
    const kernel = ((this.software && this.variants && SOFTWARE_VARIANT[name]) || name) as K;
    const groups = DISPATCH[kernel](params);
    if (groups[0] === 0 || groups[1] === 0 || groups[2] === 0) return;
    const work = WORK[kernel]?.(params) ?? groups[0] * groups[1] * groups[2] * 64;
    const limit = this.software ? WORK_PER_SUBMIT.software : WORK_PER_SUBMIT.hardware;
    if (this.#work + work > limit && this.#recorded.length > 0) this.flush();
    this.#work += work;
    const values = params as unknown as Record<string, unknown>;
    const pipeline = this.#pipelines.get(kernel, values);
    this.#recorded.push({
      kernel,
      pipeline: pipeline.gpu,
      group: this.#group(kernel, pipeline.layout, buffers as Record<string, Binding | undefined>),
      uniforms: this.#uniforms.push(kernel, values),
      groups,
    });
    this.#stats.dispatches++;
  }

  #group(
    kernel: KernelName,
    layout: GPUBindGroupLayout,
    buffers: Record<string, Binding | undefined>,
  ): GPUBindGroup {
    const { bindings } = KERNELS[kernel];
    let key: string = kernel;
    for (const { name } of bindings) {
      const binding = buffers[name];
      if (!binding) {
        key += ",";
        continue;
      }
      const buffer = own(binding.buffer);
      this.#pool.touch(buffer, this.#batch);
      key += `,${buffer.id}`;
      if (binding.offset > 0 || binding.length < binding.buffer.length)
        key += `+${binding.offset}-${binding.length}`;
    }
    const cached = this.#groups.get(key);
    if (cached) return cached;
    const group = this.device.createBindGroup({
      label: kernel,
      layout,
      entries: [
        { binding: 0, resource: { buffer: this.#uniforms.gpu, size: KERNELS[kernel].paramsSize } },
        ...bindings.map(({ name }, i) => {
          const binding = buffers[name] ?? { buffer: this.#empty, offset: 0, length: this.#empty.length };
          const part = binding.offset > 0 || binding.length < binding.buffer.length;
          return {
            binding: i + 1,
            resource: part
              ? { buffer: own(binding.buffer).gpu, offset: binding.offset * 4, size: binding.length * 4 }
              : { buffer: own(binding.buffer).gpu },
          };
        }),
      ],
    });
    this.#stats.bindGroups++;
    this.#groups.set(key, group);
    return group;
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
    device.pushErrorScope("validation");
    device.queue.submit([this.#encode(recorded)]);
    this.#stats.submits++;
    device.popErrorScope().then(
      (error) => error && this.#diagnose(recorded, error.message),
      () => undefined,
    );
  }

  #encode(recorded: readonly (Launch | ReadCopy)[]): GPUCommandBuffer {
    const encoder = this.device.createCommandEncoder();
    const profiler = this.#profiler;
    let pass: GPUComputePassEncoder | null = null;
    for (const item of recorded) {
      if ("slot" in item) {
        pass?.end();
        pass = null;
        encoder.copyBufferToBuffer(item.source, item.offset, item.slot.gpu, 0, item.bytes);
        continue;
      }
      // Timestamps are per pass, so a profiled launch has a pass of its own.
      if (profiler) {
        pass?.end();
        pass = encoder.beginComputePass(profiler.time(item.kernel));
      } else pass ??= encoder.beginComputePass();
      encodeLaunch(pass, item);
    }
    pass?.end();
    profiler?.resolve(encoder);
    return encoder.finish();
  }

  /** Encodes the launches of a refused submit one by one, to name the kernel. */
  async #diagnose(recorded: readonly (Launch | ReadCopy)[], message: string): Promise<void> {
    let kernel = "";
    for (const item of recorded) {
      if ("slot" in item) continue;
      this.device.pushErrorScope("validation");
      const encoder = this.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      encodeLaunch(pass, item);
      pass.end();
      encoder.finish();
      const error = await this.device.popErrorScope();
      if (!error) continue;
      kernel = ` in kernel ${item.kernel}`;
      message = error.message;
      break;
    }
    this.#fail(`webgpu: the device refused a launch${kernel}: ${message.trim()}`);
  }

  #fail(message: string): void {
    this.#failure ??= new DeviceError(message);
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Lets error scopes that are already answered be heard, then throws what failed. */
  async #settle(): Promise<void> {
    await Promise.resolve();
    this.#check();
  }

  async endStep(): Promise<void> {
    this.#stepEnded = true;
    this.#scheduleFlush();
    await Promise.resolve();
    this.flush();
    this.#steps.push(this.device.queue.onSubmittedWorkDone());
    if (this.#steps.length > STEPS_IN_FLIGHT) await this.#steps.shift();
    await this.#settle();
  }

  async finish(): Promise<void> {
    this.flush();
    await this.device.queue.onSubmittedWorkDone();
    this.#steps.length = 0;
    // The scope of the last submit answers after the work, in its own turn.
    this.device.pushErrorScope("validation");
    await this.device.popErrorScope();
    await this.#settle();
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
    this.#disposed = true;
    this.#readback.destroy();
    this.device.destroy();
  }
}

function encodeLaunch(pass: GPUComputePassEncoder, launch: Launch): void {
  pass.setPipeline(launch.pipeline);
  pass.setBindGroup(0, launch.group, [launch.uniforms]);
  pass.dispatchWorkgroups(launch.groups[0], launch.groups[1], launch.groups[2]);
}

function own(buffer: DeviceBuffer): WebGpuBuffer {
  const mine = buffer as WebGpuBuffer;
  if (mine.freed) throw new DeviceError(`webgpu: buffer ${buffer.id} was freed and is still used`);
  return mine;
}

function toWords(
  type: ElementType,
  data: ArrayLike<number>,
): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  if (type === "f32")
    return data instanceof Float32Array && data.buffer instanceof ArrayBuffer
      ? (data as Float32Array<ArrayBuffer>)
      : Float32Array.from(data);
  if (type === "i32")
    return data instanceof Int32Array && data.buffer instanceof ArrayBuffer
      ? (data as Int32Array<ArrayBuffer>)
      : Int32Array.from(data);
  return data instanceof Uint32Array && data.buffer instanceof ArrayBuffer
    ? (data as Uint32Array<ArrayBuffer>)
    : Uint32Array.from(data);
}
