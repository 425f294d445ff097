/**
 * What an engine asks of WebGPU, seen from the API itself, so that it is counted the same way for every engine:
 * the methods of GPUDevice, GPUQueue, the encoders and GPUBuffer are wrapped.
 */

/** Calls and bytes of one piece of work. */
export interface ApiCounts {
  dispatches: number;
  submits: number;
  passes: number;
  buffers: number;
  bindGroups: number;
  pipelines: number;
  /** Through writeBuffer, and through buffers that are mapped for writing. */
  bytesWritten: number;
  /** Buffers mapped to read them on the host. */
  readbacks: number;
}

/** Bytes in buffers that were made and neither destroyed nor collected, of one device. */
export interface DeviceMemory {
  live: number;
  peak: number;
}

type Method = (this: object, ...args: never[]) => unknown;
type Methods = Record<string, Method>;

function none(): ApiCounts {
  return {
    dispatches: 0,
    submits: 0,
    passes: 0,
    buffers: 0,
    bindGroups: 0,
    pipelines: 0,
    bytesWritten: 0,
    readbacks: 0,
  };
}

/** Replaces a method of a WebGPU class; gives the way back. A runtime without the class has nothing to count. */
function wrap(className: string, method: string, around: (original: Method) => Method): () => void {
  const prototype = (globalThis as Record<string, unknown>)[className] as { prototype: Methods } | undefined;
  const original = prototype?.prototype[method];
  if (!prototype || !original) return () => {};
  prototype.prototype[method] = around(original);
  return () => {
    prototype.prototype[method] = original;
  };
}

const memories = new WeakMap<object, DeviceMemory>();
const owners = new WeakMap<object, { device: object; bytes: number }>();
let seen: Set<object> | undefined;
let watching = false;

const collected = new FinalizationRegistry<{ memory: DeviceMemory; bytes: number }>(({ memory, bytes }) => {
  memory.live -= bytes;
});

/** Follows the buffers of all devices from now on; call it before any engine opens one. */
export function watchMemory(): void {
  if (watching) return;
  watching = true;
  wrap(
    "GPUDevice",
    "createBuffer",
    (original) =>
      function (this: object, ...args: never[]) {
        const buffer = original.apply(this, args) as object;
        const { size } = args[0] as { size: number };
        const memory = memories.get(this) ?? { live: 0, peak: 0 };
        memories.set(this, memory);
        memory.live += size;
        memory.peak = Math.max(memory.peak, memory.live);
        owners.set(buffer, { device: this, bytes: size });
        collected.register(buffer, { memory, bytes: size }, buffer);
        return buffer;
      },
  );
  wrap(
    "GPUBuffer",
    "destroy",
    (original) =>
      function (this: object, ...args: never[]) {
        const owner = owners.get(this);
        if (owner) {
          memories.get(owner.device)!.live -= owner.bytes;
          owners.delete(this);
          collected.unregister(this);
        }
        return original.apply(this, args);
      },
  );
  wrap(
    "GPUDevice",
    "createCommandEncoder",
    (original) =>
      function (this: object, ...args: never[]) {
        seen?.add(this);
        return original.apply(this, args);
      },
  );
}

/** What WebGPU was asked for while `work` ran, and by which devices. */
export async function counting(
  work: () => Promise<unknown>,
): Promise<{ counts: ApiCounts; devices: object[] }> {
  const counts = none();
  const devices = new Set<object>();
  const count = (className: string, method: string, add: (args: unknown[]) => void): (() => void) =>
    wrap(
      className,
      method,
      (original) =>
        function (this: object, ...args: never[]) {
          add(args);
          return original.apply(this, args);
        },
    );
  const one = (className: string, method: string, name: keyof ApiCounts): (() => void) =>
    count(className, method, () => {
      counts[name]++;
    });
  const restore = [
    one("GPUComputePassEncoder", "dispatchWorkgroups", "dispatches"),
    one("GPUComputePassEncoder", "dispatchWorkgroupsIndirect", "dispatches"),
    one("GPUCommandEncoder", "beginComputePass", "passes"),
    one("GPUQueue", "submit", "submits"),
    one("GPUDevice", "createBindGroup", "bindGroups"),
    one("GPUDevice", "createComputePipeline", "pipelines"),
    one("GPUDevice", "createComputePipelineAsync", "pipelines"),
    count("GPUDevice", "createBuffer", ([descriptor]) => {
      const { size, mappedAtCreation } = descriptor as { size: number; mappedAtCreation?: boolean };
      counts.buffers++;
      if (mappedAtCreation) counts.bytesWritten += size;
    }),
    count("GPUBuffer", "mapAsync", ([mode]) => {
      if (mode === 1) counts.readbacks++;
    }),
    count("GPUQueue", "writeBuffer", ([, , data, start, size]) => {
      const view = data as ArrayBuffer & { BYTES_PER_ELEMENT?: number };
      // Start and size count elements of a typed array, bytes of a plain buffer.
      const unit = view.BYTES_PER_ELEMENT ?? 1;
      counts.bytesWritten +=
        size === undefined
          ? view.byteLength - ((start as number | undefined) ?? 0) * unit
          : (size as number) * unit;
    }),
  ];
  seen = devices;
  try {
    await work();
  } finally {
    seen = undefined;
    for (const undo of restore) undo();
  }
  return { counts, devices: [...devices] };
}

/** The memory of a device, once `watchMemory` follows it. */
export function memoryOf(devices: readonly object[]): DeviceMemory {
  const total = { live: 0, peak: 0 };
  for (const device of devices) {
    const memory = memories.get(device);
    total.live += memory?.live ?? 0;
    total.peak += memory?.peak ?? 0;
  }
  return total;
}

/** Lets the peak of these devices start again from what they hold now. */
export function resetPeak(devices: readonly object[]): void {
  for (const device of devices) {
    const memory = memories.get(device);
    if (memory) memory.peak = memory.live;
  }
}
