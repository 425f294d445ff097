import { KERNELS, type KernelName } from "../kernels.generated.ts";

/** Uniform slots start on this many bytes: WebGPU's default dynamic-offset alignment. */
export const SLOT_BYTES = 256;

/** The params of the launches of one submit, a slot each, written to the GPU at once. */
export class UniformRing {
  readonly gpu: GPUBuffer;
  readonly slots: number;
  readonly #bytes: ArrayBuffer;
  readonly #u32: Uint32Array;
  readonly #i32: Int32Array;
  readonly #f32: Float32Array;
  #used = 0;

  constructor(device: GPUDevice, slots = 2048) {
    this.slots = slots;
    this.gpu = device.createBuffer({
      label: "uniforms",
      size: slots * SLOT_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.#bytes = new ArrayBuffer(slots * SLOT_BYTES);
    this.#u32 = new Uint32Array(this.#bytes);
    this.#i32 = new Int32Array(this.#bytes);
    this.#f32 = new Float32Array(this.#bytes);
  }

  get full(): boolean {
    return this.#used === this.slots;
  }

  /** Writes the params of one launch into the next slot; returns its byte offset. */
  push(kernel: KernelName, params: Record<string, unknown>): number {
    const offset = this.#used++ * SLOT_BYTES;
    for (const param of KERNELS[kernel].params) {
      const target = param.type === "f32" ? this.#f32 : param.type === "u32" ? this.#u32 : this.#i32;
      const at = (offset + param.offset) / 4;
      const value = params[param.name] as number | readonly number[];
      if (typeof value === "number") target[at] = value;
      else for (let i = 0; i < param.length; i++) target[at + i] = value[i];
    }
    return offset;
  }

  /** Sends the used slots and starts over; returns the bytes sent. The queue orders it behind earlier submits. */
  flush(queue: GPUQueue): number {
    const bytes = this.#used * SLOT_BYTES;
    if (bytes > 0) queue.writeBuffer(this.gpu, 0, this.#bytes, 0, bytes);
    this.#used = 0;
    return bytes;
  }
}
