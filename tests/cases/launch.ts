import type { Backend, Binding, TypedArray } from "../../src/backend/backend.ts";
import { TWINS } from "../../src/backend/cpu/twins.ts";
import { KERNELS, type KernelName, type KernelParams } from "../../src/backend/kernels.generated.ts";
import { TOLERANCES } from "../../src/backend/tolerances.ts";
import { assert, type DeviceCase } from "./case.ts";

/** A buffer of a launch: its contents, or for an output only its length (it is then filled with NaN first). */
export type LaunchBuffer = ArrayLike<number> | { length: number; output: true; integer: boolean };

/** Words behind each output that the kernel must leave alone. */
const GUARD = 64;

/**
 * A case that launches one kernel on the device and compares every output with the twin in double precision, on
 * the same inputs. Outputs start as NaN (f32) or −1, so that an element the kernel forgets shows; guard words behind
 * them show writes past the end.
 */
export function launchCase<K extends KernelName>(
  kernel: K,
  name: string,
  params: KernelParams[K],
  buffers: Record<string, LaunchBuffer>,
): DeviceCase {
  return {
    name: `kernel ${kernel}: ${name}`,
    async run(device) {
      const { backend } = device;
      const bindings: Record<string, Binding> = {};
      const views: Record<string, TypedArray> = {};
      for (const { name, type } of KERNELS[kernel].bindings) {
        const content = buffers[name];
        if (!content) continue;
        const isOutput = "output" in content;
        const integer = isOutput ? content.integer : content instanceof Int32Array;
        const words = type === "words" ? (integer ? "i32" : "f32") : type;
        const start = new Float64Array(content.length + GUARD).fill(words === "f32" ? Number.NaN : -1);
        if (!isOutput) start.set(Array.from(content), 0);
        if (!isOutput) start.fill(-7, content.length);
        const buffer = backend.alloc(words, start.length);
        const data =
          words === "f32"
            ? Float32Array.from(start)
            : words === "i32"
              ? Int32Array.from(start)
              : Uint32Array.from(start);
        backend.write(buffer, data);
        bindings[name] = { buffer, offset: 0, length: start.length };
        views[name] = words === "f32" ? Float64Array.from(data) : data.slice();
      }
      runAsNamed(backend, () => backend.run(kernel, params, bindings as never));
      (TWINS[kernel] as (p: unknown, v: unknown) => void)(params, views);
      for (const { name, access } of KERNELS[kernel].bindings) {
        const content = buffers[name];
        if (!content || access !== "read_write") continue;
        const got = await backend.read(bindings[name].buffer);
        const expected = views[name];
        let scale = 1e-3;
        for (let i = 0; i < content.length; i++)
          if (Math.abs(expected[i]) < 1e30) scale = Math.max(scale, Math.abs(expected[i]));
        const tolerance = TOLERANCES[kernel](params as never) * scale;
        for (let i = 0; i < got.length; i++) {
          const guard = i >= content.length ? " (guard word behind the output)" : "";
          const same = Object.is(got[i], expected[i]) || Math.abs(got[i] - expected[i]) <= tolerance;
          assert(
            same,
            `${name}[${i}]${guard} is ${got[i]}, the twin has ${expected[i]} (allowed ${tolerance})`,
          );
        }
        backend.free(bindings[name].buffer);
      }
    },
  };
}

/** Runs this kernel itself and not its variant for software adapters, which has cases of its own. */
function runAsNamed(backend: Backend & { variants?: boolean }, run: () => void): void {
  backend.variants = false;
  try {
    run();
  } finally {
    backend.variants = true;
  }
}

/** An output buffer of this many elements; `integer` tells what a buffer of words holds. */
export function output(length: number, integer = false): LaunchBuffer {
  return { length, output: true, integer };
}
