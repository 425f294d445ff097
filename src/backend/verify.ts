import { DeviceError, VerifyError } from "../errors.ts";
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
} from "./backend.ts";
import { TWINS } from "./cpu/twins.ts";
import { KERNELS } from "./kernels.generated.ts";
import { SCALED_BY_INPUTS, TOLERANCES } from "./tolerances.ts";

interface Snapshot {
  binding: Binding;
  before: Promise<TypedArray>;
  after: Promise<TypedArray> | null;
}

interface Check {
  kernel: KernelName;
  launch: number;
  params: Params<KernelName>;
  snapshots: Map<string, Snapshot>;
}

/** Launches after which the checks run even if nobody awaits anything. */
const LAUNCHES_PER_CHECK = 64;

/**
 * Runs every launch on the GPU and its twin on the CPU, on the GPU's own inputs, so that errors never add up.
 * Stops at the first kernel that differs, or whose output has a NaN while its inputs had none: the error is thrown
 * at the next await. It is what someone who edits a kernel needs.
 */
export class VerifyBackend implements Backend {
  readonly name: "cpu" | "webgpu";
  readonly precision: 32 | 64;
  readonly description: string;
  readonly maxBindingBytes: number;
  readonly #inner: Backend;
  #pending: Check[] = [];
  #running: Promise<void> = Promise.resolve();
  #launches = 0;
  #failure: Error | null = null;

  constructor(inner: Backend) {
    this.#inner = inner;
    this.name = inner.name;
    this.precision = inner.precision;
    this.description = `${inner.description}, every launch verified`;
    this.maxBindingBytes = inner.maxBindingBytes;
  }

  run<K extends KernelName>(kernel: K, params: Params<K>, buffers: Buffers<K>): void {
    if (this.#failure) return;
    const snapshots = new Map<string, Snapshot>();
    const bound = buffers as Record<string, Binding | undefined>;
    for (const { name } of KERNELS[kernel].bindings) {
      const binding = bound[name];
      if (binding) snapshots.set(name, { binding, before: this.#copy(binding), after: null });
    }
    this.#inner.run(kernel, params, buffers);
    for (const { name, access } of KERNELS[kernel].bindings) {
      const snapshot = snapshots.get(name);
      if (snapshot && access === "read_write") snapshot.after = this.#copy(snapshot.binding);
    }
    const check = { kernel, launch: ++this.#launches, params: { ...params }, snapshots };
    this.#pending.push(check as Check);
    if (this.#pending.length >= LAUNCHES_PER_CHECK) this.#checkSoon();
  }

  #copy({ buffer, offset, length }: Binding): Promise<TypedArray> {
    const promise = this.#inner.read(buffer, offset, length);
    // A failure is reported by the check that awaits it; here it must only not count as unhandled.
    promise.catch(() => undefined);
    return promise;
  }

  #checkSoon(): void {
    const checks = this.#pending;
    this.#pending = [];
    this.#running = this.#running.then(async () => {
      for (const check of checks) {
        if (this.#failure) return;
        try {
          await verify(check);
        } catch (error) {
          this.#failure = error as Error;
        }
      }
    });
  }

  async #settle(): Promise<void> {
    this.#checkSoon();
    await this.#running;
    if (this.#failure) throw this.#failure;
  }

  alloc(type: ElementType, length: number, forWriting?: boolean): DeviceBuffer {
    return this.#inner.alloc(type, length, forWriting);
  }

  write(buffer: DeviceBuffer, data: ArrayLike<number>, offset?: number): void {
    this.#inner.write(buffer, data, offset);
  }

  free(buffer: DeviceBuffer): void {
    this.#inner.free(buffer);
  }

  async read(buffer: DeviceBuffer, offset?: number, length?: number): Promise<TypedArray> {
    const data = await this.#inner.read(buffer, offset, length);
    await this.#settle();
    return data;
  }

  flush(): void {
    this.#inner.flush();
  }

  async endStep(): Promise<void> {
    await this.#inner.endStep();
    await this.#settle();
  }

  async finish(): Promise<void> {
    await this.#inner.finish();
    await this.#settle();
  }

  stats(): BackendStats {
    return this.#inner.stats();
  }

  async profile(): Promise<KernelTime[]> {
    throw new DeviceError(
      "profile: verified launches cannot be timed; open the device without { verify: true }",
    );
  }

  dispose(): void {
    this.#inner.dispose();
  }
}

async function verify({ kernel, launch, params, snapshots }: Check): Promise<void> {
  const views: Record<string, TypedArray> = {};
  let inputsHaveNaN = false;
  let inputScale = 1e-3;
  for (const { name, access } of KERNELS[kernel].bindings) {
    const snapshot = snapshots.get(name);
    if (!snapshot) continue;
    views[name] = (await snapshot.before).slice();
    // What a recycled output held before is no input.
    if (access !== "read") continue;
    inputsHaveNaN ||= views[name].some((v) => Number.isNaN(v));
    if (SCALED_BY_INPUTS.has(kernel)) inputScale = Math.max(inputScale, largest(views[name]));
  }
  const before = new Map(Object.entries(views).map(([name, view]) => [name, view.slice()]));
  (TWINS[kernel] as (p: Params<KernelName>, v: Views<KernelName>) => void)(
    params,
    views as Views<KernelName>,
  );
  const where = `verify: launch ${launch}, kernel ${kernel}`;
  for (const [name, snapshot] of snapshots) {
    if (!snapshot.after) continue;
    const gpu = await snapshot.after;
    const cpu = views[name];
    const tolerance = TOLERANCES[kernel](params as never) * Math.max(inputScale, largest(cpu));
    for (let i = 0; i < gpu.length; i++) {
      // Memory that the launch leaves alone may hold anything, NaN included.
      if (Object.is(gpu[i], before.get(name)![i]) && Object.is(cpu[i], before.get(name)![i])) continue;
      const nan = Number.isNaN(gpu[i]);
      if (nan && Number.isNaN(cpu[i])) {
        if (inputsHaveNaN) continue;
        throw new VerifyError(`${where}: ${name}[${i}] is NaN while its inputs have none, in its twin too`);
      }
      if (nan || Number.isNaN(cpu[i]) || Math.abs(gpu[i] - cpu[i]) > tolerance)
        throw new VerifyError(
          `${where}: ${name}[${i}] is ${gpu[i]} on the device and ${cpu[i]} in its twin (allowed difference ${tolerance.toPrecision(2)}); ` +
            `compare kernels/${kernel}.wgsl with src/backend/cpu/${kernel}.ts`,
        );
    }
  }
}

/** The largest magnitude, masks of −3e38 and the like left out. */
function largest(values: TypedArray): number {
  let scale = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > scale && magnitude < 1e30) scale = magnitude;
  }
  return scale;
}
