import { DeviceError } from "../../errors.ts";
import type { BackendStats, DeviceBuffer, ElementType } from "../backend.ts";

export interface WebGpuBuffer extends DeviceBuffer {
  readonly gpu: GPUBuffer;
  readonly bytes: number;
  /** The memory behind it. */
  readonly slab: Slab;
  freed: boolean;
}

/** A buffer of this backend; throws a DeviceError when it was freed. */
export function ownBuffer(buffer: DeviceBuffer): WebGpuBuffer {
  const mine = buffer as WebGpuBuffer;
  if (mine.freed) throw new DeviceError(`webgpu: buffer ${buffer.id} was freed and is still used`);
  return mine;
}

/** A GPU buffer that serves one allocation after the other. */
export interface Slab {
  readonly id: number;
  readonly gpu: GPUBuffer;
  readonly bytes: number;
  /** Number of the recorded batch that last used it. */
  lastBatch: number;
}

/**
 * GPU buffers by size. A freed buffer serves the next allocation of its size, the lowest number first: from the
 * same free set, a training step then gets the same buffers each time, and its cached bind groups fit.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #stats: BackendStats;
  readonly #free = new Map<number, Slab[]>();
  #nextSlab = 1;

  constructor(device: GPUDevice, stats: BackendStats) {
    this.#device = device;
    this.#stats = stats;
  }

  alloc(type: ElementType, length: number, notUsedInBatch = -1): WebGpuBuffer {
    const bytes = Math.max(256, Math.ceil((length * 4) / 256) * 256);
    const free = this.#free.get(bytes);
    let slab: Slab | undefined;
    if (free) {
      const index = notUsedInBatch < 0 ? 0 : free.findIndex((s) => s.lastBatch !== notUsedInBatch);
      if (index >= 0 && index < free.length) {
        slab = free.splice(index, 1)[0];
        this.#stats.pooledBytes -= bytes;
      }
    }
    slab ??= this.#create(bytes);
    const stats = this.#stats;
    stats.liveBytes += bytes;
    stats.peakLiveBytes = Math.max(stats.peakLiveBytes, stats.liveBytes);
    return { id: slab.id, type, length, gpu: slab.gpu, bytes, slab, freed: false };
  }

  #create(bytes: number): Slab {
    const gpu = this.#device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    const slab = { id: this.#nextSlab++, gpu, bytes, lastBatch: -1 };
    this.#stats.buffers++;
    return slab;
  }

  free(buffer: WebGpuBuffer): void {
    if (buffer.freed) return;
    buffer.freed = true;
    this.#stats.liveBytes -= buffer.bytes;
    this.#stats.pooledBytes += buffer.bytes;
    const { slab } = buffer;
    const list = this.#free.get(buffer.bytes);
    if (!list) {
      this.#free.set(buffer.bytes, [slab]);
      return;
    }
    let at = list.length;
    while (at > 0 && list[at - 1].id > slab.id) at--;
    list.splice(at, 0, slab);
  }

  /** Notes that a batch uses the buffer. */
  touch(buffer: WebGpuBuffer, batch: number): void {
    buffer.slab.lastBatch = batch;
  }

  lastBatch(buffer: WebGpuBuffer): number {
    return buffer.slab.lastBatch;
  }

  /** Gives pooled memory back to the system. */
  trim(): void {
    for (const list of this.#free.values()) for (const slab of list) slab.gpu.destroy();
    this.#free.clear();
    this.#stats.pooledBytes = 0;
  }
}
