interface Slot {
  readonly gpu: GPUBuffer;
  readonly bytes: number;
}

/** Mappable buffers that results are copied into. A slot still being mapped is never waited for: one is added. */
export class ReadbackRing {
  readonly #device: GPUDevice;
  readonly #free: Slot[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  take(bytes: number): Slot {
    const index = this.#free.findIndex((slot) => slot.bytes >= bytes && slot.bytes <= 4 * bytes + 4096);
    if (index >= 0) return this.#free.splice(index, 1)[0];
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(bytes)));
    return {
      bytes: size,
      gpu: this.#device.createBuffer({
        label: "readback",
        size,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      }),
    };
  }

  /** Maps the slot once its copy has been submitted; the bytes are the caller's. */
  async read(slot: Slot, bytes: number): Promise<ArrayBuffer> {
    await slot.gpu.mapAsync(GPUMapMode.READ, 0, Math.ceil(bytes / 4) * 4);
    const copy = slot.gpu.getMappedRange(0, Math.ceil(bytes / 4) * 4).slice(0);
    slot.gpu.unmap();
    this.#free.push(slot);
    return copy;
  }

  destroy(): void {
    for (const slot of this.#free) slot.gpu.destroy();
  }
}

export type { Slot as ReadbackSlot };
