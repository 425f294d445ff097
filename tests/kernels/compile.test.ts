/** Every kernel under Chrome's own WGSL compiler, which the npm package `webgpu` brings along; no GPU is needed. */
import { beforeAll, describe, expect, it } from "vitest";
import { create, globals } from "webgpu";
import type { BackendStats } from "../../src/backend/backend.ts";
import { KERNELS, type KernelName, type KernelSpec } from "../../src/backend/kernels.generated.ts";
import {
  ACTIVATION,
  BINARY,
  BINARY_INTEGER,
  COMPARE,
  MASKED,
  REDUCE,
  TARGETS,
  UNARY,
  VECTORS,
} from "../../src/backend/operations.ts";
import { Faults } from "../../src/backend/webgpu/faults.ts";
import { PipelineCache } from "../../src/backend/webgpu/pipelines.ts";

/** The codes that each numeric override may hold. */
const CODES: { readonly [K in KernelName]?: Record<string, Record<string, number>> } = {
  activation_dropout: { activation: ACTIVATION },
  activation_dropout_backward: { activation: ACTIVATION },
  binary: { operation: BINARY },
  binary_integer: { operation: BINARY_INTEGER },
  binary_cross_entropy: { targets_kind: TARGETS },
  binary_cross_entropy_backward: { targets_kind: TARGETS },
  compare: { operation: COMPARE },
  matmul: { activation: ACTIVATION },
  matmul_direct: { a_vectors: VECTORS, b_vectors: VECTORS, activation: ACTIVATION },
  matmul_masked: { masked: MASKED },
  matmul_masked_direct: { masked: MASKED, a_vectors: VECTORS, b_vectors: VECTORS },
  metric_counts: { targets_kind: TARGETS },
  reduce: { operation: REDUCE },
  unary: { operation: UNARY },
  unary_backward: { operation: UNARY },
};

/** Every combination of a kernel's override constants. */
function overrideSets({ name: kernel, overrides }: KernelSpec): Record<string, number>[] {
  let sets: Record<string, number>[] = [{}];
  for (const { name, type } of overrides) {
    const codes = type === "bool" ? { no: 0, yes: 1 } : CODES[kernel]?.[name];
    if (!codes) throw new Error(`${kernel}: add the codes of its override ${name} to CODES`);
    sets = sets.flatMap((set) => Object.values(codes).map((code) => ({ ...set, [name]: code })));
  }
  return sets;
}

let gpu: GPU;

beforeAll(() => {
  Object.assign(globalThis, globals);
  gpu = create(["backend=null"]);
});

/** No limits are asked for, so kernels must do with the defaults that every WebGPU device has. */
async function openNull(): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter();
  return adapter!.requestDevice();
}

/** What the compiler has against a source with these constants; null when nothing. */
async function compile(spec: KernelSpec, sets: Record<string, number>[]): Promise<string | null> {
  const device = await openNull();
  const faults = new Faults(device);
  const cache = new PipelineCache(device, { pipelines: 0 } as BackendStats, faults);
  for (const set of sets) cache.get(spec.name, set);
  return faults.outcome(Promise.resolve(null)).catch((error: Error) => error.message);
}

describe("kernels compile under Tint within the default limits", () => {
  for (const spec of Object.values(KERNELS)) {
    const sets = overrideSets(spec);
    it(`${spec.name}, ${sets.length === 1 ? "one variant" : `${sets.length} variants`}`, async () => {
      expect(await compile(spec, sets)).toBeNull();
      const device = await openNull();
      const { messages } = await device.createShaderModule({ code: spec.source }).getCompilationInfo();
      expect(messages.map(({ type, lineNum, message }) => `${type} in line ${lineNum}: ${message}`)).toEqual(
        [],
      );
    });
  }
});

describe("the compiler refuses", () => {
  /** The compiler's answer to softmax with a piece of its source replaced. */
  async function refusal(from: string, to: string): Promise<string | null> {
    const spec = KERNELS.softmax;
    expect(spec.source).toContain(from);
    const changed: { softmax: KernelSpec } = KERNELS as { softmax: KernelSpec };
    changed.softmax = { ...spec, source: spec.source.replace(from, to) };
    try {
      return await compile(changed.softmax, [{}]);
    } finally {
      changed.softmax = spec;
    }
  }

  it("a name that does not exist", async () => {
    expect(await refusal("params.lanes", "params.lane")).toContain("lane");
  });
  it("a write to an input", async () => {
    expect(await refusal("out[row", "x[row")).toContain("cannot store");
  });
  it("a barrier that some threads may miss", async () => {
    expect(await refusal("if (lanes > 1u)", "if (lane > 1u)")).toContain("uniform control flow");
  });
  it("a binding that is read only in the layout and not in the kernel", async () => {
    expect(await refusal("<storage, read> x", "<storage, read_write> x")).toContain("softmax");
  });
});
