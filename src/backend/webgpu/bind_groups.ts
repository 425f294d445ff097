import { type BackendStats, type Binding, type KernelName, whole } from "../backend.ts";
import { KERNELS } from "../kernels.generated.ts";
import type { Faults } from "./faults.ts";
import { ownBuffer, type WebGpuBuffer } from "./pool.ts";

/** Bind groups by kernel and buffers: a step that gets the same buffers from the pool makes no new ones. */
export class BindGroupCache {
  readonly #device: GPUDevice;
  readonly #stats: BackendStats;
  readonly #faults: Faults;
  readonly #uniforms: GPUBuffer;
  /** Stand in for optional buffers that a launch leaves out: one may not be bound both to read and to write. */
  readonly #empty: { read: WebGpuBuffer; read_write: WebGpuBuffer };
  readonly #groups = new Map<string, GPUBindGroup>();

  constructor(
    device: GPUDevice,
    stats: BackendStats,
    faults: Faults,
    uniforms: GPUBuffer,
    empty: { read: WebGpuBuffer; read_write: WebGpuBuffer },
  ) {
    this.#device = device;
    this.#stats = stats;
    this.#faults = faults;
    this.#uniforms = uniforms;
    this.#empty = empty;
  }

  /** The bind group of a launch; `touch` is told of every buffer in it. */
  get(
    kernel: KernelName,
    layout: GPUBindGroupLayout,
    buffers: Record<string, Binding | undefined>,
    touch: (buffer: WebGpuBuffer) => void,
  ): GPUBindGroup {
    const { bindings } = KERNELS[kernel];
    let key: string = kernel;
    for (const { name } of bindings) {
      const binding = buffers[name];
      if (!binding) {
        key += ",";
        continue;
      }
      const buffer = ownBuffer(binding.buffer);
      touch(buffer);
      key += `,${buffer.id}`;
      if (isPart(binding)) key += `+${binding.offset}-${binding.length}`;
    }
    const cached = this.#groups.get(key);
    if (cached) return cached;
    const entries: GPUBindGroupEntry[] = [
      { binding: 0, resource: { buffer: this.#uniforms, size: KERNELS[kernel].paramsSize } },
      ...bindings.map(({ name, access }, i) => ({
        binding: i + 1,
        resource: this.#resource(buffers[name] ?? whole(this.#empty[access])),
      })),
    ];
    const group = this.#faults.guard(kernel, () =>
      this.#device.createBindGroup({ label: kernel, layout, entries }),
    );
    this.#stats.bindGroups++;
    this.#groups.set(key, group);
    return group;
  }

  #resource(binding: Binding): GPUBufferBinding {
    const buffer = ownBuffer(binding.buffer).gpu;
    if (!isPart(binding)) return { buffer };
    // Kernels that load four elements at once see whole vectors only; the memory behind a part belongs to it.
    return { buffer, offset: binding.offset * 4, size: Math.ceil(binding.length / 4) * 16 };
  }
}

function isPart({ buffer, offset, length }: Binding): boolean {
  return offset > 0 || length < buffer.length;
}
