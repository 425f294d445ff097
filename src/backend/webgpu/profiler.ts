import type { KernelName, KernelTime } from "../backend.ts";

const QUERIES = 4096;

/** Timestamps around every launch of a profile: two queries each, read when the profile ends. */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #sets: { set: GPUQuerySet; resolved: GPUBuffer; kernels: KernelName[]; done: boolean }[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The pass descriptor that times one launch. */
  time(kernel: KernelName): GPUComputePassDescriptor {
    let current = this.#sets.at(-1);
    if (!current || current.done || current.kernels.length * 2 === QUERIES) {
      current = {
        set: this.#device.createQuerySet({ type: "timestamp", count: QUERIES }),
        resolved: this.#device.createBuffer({
          size: QUERIES * 8,
          usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
        }),
        kernels: [],
        done: false,
      };
      this.#sets.push(current);
    }
    const first = current.kernels.length * 2;
    current.kernels.push(kernel);
    return {
      timestampWrites: {
        querySet: current.set,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    };
  }

  /** Adds the commands that turn this submit's queries into numbers. */
  resolve(encoder: GPUCommandEncoder): void {
    for (const item of this.#sets) {
      if (item.done || item.kernels.length === 0) continue;
      encoder.resolveQuerySet(item.set, 0, item.kernels.length * 2, item.resolved, 0);
      item.done = true;
    }
  }

  async times(): Promise<KernelTime[]> {
    const times = new Map<KernelName, KernelTime>();
    for (const { resolved, kernels } of this.#sets) {
      const bytes = kernels.length * 16;
      if (bytes === 0) continue;
      const staging = this.#device.createBuffer({
        size: bytes,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
      this.#device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const stamps = new BigUint64Array(staging.getMappedRange());
      kernels.forEach((kernel, i) => {
        const time = times.get(kernel) ?? { kernel, launches: 0, milliseconds: 0 };
        time.launches++;
        time.milliseconds += Number(stamps[2 * i + 1] - stamps[2 * i]) / 1e6;
        times.set(kernel, time);
      });
      staging.unmap();
      staging.destroy();
    }
    return [...times.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  }

  destroy(): void {
    for (const { set, resolved } of this.#sets) {
      set.destroy();
      resolved.destroy();
    }
  }
}
