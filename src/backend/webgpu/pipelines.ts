import type { BackendStats, KernelName } from "../backend.ts";
import { KERNELS, type KernelSpec } from "../kernels.generated.ts";
import type { Faults } from "./faults.ts";

/** A compiled kernel with its bind-group layout. */
export interface Pipeline {
  readonly id: number;
  readonly kernel: KernelName;
  readonly gpu: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

interface Shader {
  module: GPUShaderModule;
  bindLayout: GPUBindGroupLayout;
  pipelineLayout: GPUPipelineLayout;
}

/** Compiles each kernel once per set of override constants. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #stats: BackendStats;
  readonly #faults: Faults;
  readonly #shaders = new Map<KernelName, Shader>();
  readonly #pipelines = new Map<string, Pipeline>();

  constructor(device: GPUDevice, stats: BackendStats, faults: Faults) {
    this.#device = device;
    this.#stats = stats;
    this.#faults = faults;
  }

  get(kernel: KernelName, params: Record<string, unknown>): Pipeline {
    const { overrides } = KERNELS[kernel];
    let key: string = kernel;
    for (const { name } of overrides) key += `:${Number(params[name])}`;
    const cached = this.#pipelines.get(key);
    if (cached) return cached;
    const pipeline = this.#faults.guard(kernel, () => this.#compile(kernel, key, params));
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }

  #compile(kernel: KernelName, key: string, params: Record<string, unknown>): Pipeline {
    const shader = this.#shader(KERNELS[kernel]);
    const constants: Record<string, number> = {};
    for (const { name } of KERNELS[kernel].overrides) constants[name] = Number(params[name]);
    this.#stats.pipelines++;
    return {
      id: this.#pipelines.size,
      kernel,
      layout: shader.bindLayout,
      gpu: this.#device.createComputePipeline({
        label: key,
        layout: shader.pipelineLayout,
        compute: { module: shader.module, entryPoint: kernel, constants },
      }),
    };
  }

  #shader(spec: KernelSpec): Shader {
    const cached = this.#shaders.get(spec.name);
    if (cached) return cached;
    const device = this.#device;
    const bindLayout = device.createBindGroupLayout({
      label: spec.name,
      entries: [
        {
          binding: 0,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: spec.paramsSize },
        },
        ...spec.bindings.map((binding, i) => ({
          binding: i + 1,
          visibility: GPUShaderStage.COMPUTE,
          buffer: {
            type: binding.access === "read" ? "read-only-storage" : "storage",
          } as GPUBufferBindingLayout,
        })),
      ],
    });
    const shader = {
      module: device.createShaderModule({ label: spec.name, code: spec.source }),
      bindLayout,
      pipelineLayout: device.createPipelineLayout({ label: spec.name, bindGroupLayouts: [bindLayout] }),
    };
    this.#shaders.set(spec.name, shader);
    return shader;
  }
}
