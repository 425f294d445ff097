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
  /** Resolves when the error scopes of every submit so far have answered, and a refused launch has been named. */
  #checked: Promise<unknown> = Promise.resolve();
  #profiler: Profiler | null = null;
  #recorded: (Launch | ReadCopy)[] = [];
  #work = 0;
  #batch = 0;
  #stepEnded = false;
  #flushScheduled = false;
  #failure: DeviceError | null = null;

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
    this.#pipelines = new PipelineCache(device, this.#stats, (kernel, make) => this.#guard(kernel, make));
    this.#uniforms = new UniformRing(device);
    this.#readback = new ReadbackRing(device);
    this.#empty = this.#pool.alloc("u32", 64);
    device.lost.then(({ reason, message }) =>
      this.#fail(
        `webgpu: the GPU device was lost (${reason || "unknown"}): ${message}; open it again, or use the CPU`,
      ),
    );
    // Whatever no scope caught, such as memory that the driver could not give.
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#fail(`webgpu: ${event.error.message.trim()}`);
    });
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
    const data = await this.#outcome(this.#readback.read(slot, bytes), this.#checked);
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
    const entries: GPUBindGroupEntry[] = [
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
    ];
    const group = this.#guard(kernel, () => this.device.createBindGroup({ label: kernel, layout, entries }));
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
    this.#answer((message) => this.#diagnose(recorded, message));
  }

  /** Makes a pipeline or a bind group; what the device has against it is reported with the kernel's name. */
  #guard<T>(kernel: KernelName, make: () => T): T {
    this.device.pushErrorScope("validation");
    const made = make();
    this.#answer((message) => this.#fail(`webgpu: the device refused kernel ${kernel}: ${message.trim()}`));
    return made;
  }

  /** Closes an error scope; what it caught goes to `fail` before anything that is awaited from now on resolves. */
  #answer(fail: (message: string) => void | Promise<void>): void {
    const answer = this.device.popErrorScope().then(
      (error) => (error ? fail(error.message) : undefined),
      () => undefined, // a lost device has a message of its own
    );
    this.#checked = Promise.all([this.#checked, answer]);
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

  /** What `work` gives, unless the device failed: then throws why, once the error scopes have `checked`. */
  async #outcome<T>(work: Promise<T>, checked: Promise<unknown>): Promise<T> {
    try {
      const result = await work;
      await checked;
      if (!this.#failure) return result;
    } catch (error) {
      await checked;
      // A lost device says so soon after its promises reject.
      if (!this.#failure) await Promise.race([this.device.lost, new Promise((r) => setTimeout(r, 100))]);
      this.#fail(`webgpu: the device gave no result: ${(error as Error).message}`);
    }
    throw this.#failure;
  }

  async endStep(): Promise<void> {
    this.#stepEnded = true;
    this.#scheduleFlush();
    await Promise.resolve();
    this.flush();
    const step = this.#outcome(this.device.queue.onSubmittedWorkDone(), this.#checked);
    // It is awaited two steps later, if at all.
    step.catch(() => undefined);
    this.#steps.push(step);
    if (this.#steps.length > STEPS_IN_FLIGHT) await this.#steps.shift();
    if (this.#failure) throw this.#failure;
  }

  async finish(): Promise<void> {
    this.flush();
    this.#steps.length = 0;
    await this.#outcome(this.device.queue.onSubmittedWorkDone(), this.#checked);
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
    this.#fail("webgpu: this device was disposed of; open another one with openDevice");
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
