/** TensorFlow.js as a peer, on one of its backends. */

export type Tf = typeof import("@tensorflow/tfjs-core");
export type TfLayers = typeof import("@tensorflow/tfjs-layers");
export type TfTensor = import("@tensorflow/tfjs-core").Tensor;

export type TfModel = import("@tensorflow/tfjs-layers").LayersModel;
export type TfVariable = import("@tensorflow/tfjs-core").Variable;
export type TfIds = import("@tensorflow/tfjs-core").Tensor1D;

export interface TfjsPeer {
  readonly label: string;
  readonly version: string;
  readonly backend: string;
  readonly tf: Tf;
  readonly layers: TfLayers;
  /** Makes its backend the current one. */
  enter(): Promise<void>;
  /** Resolves when everything that it was asked for is done. */
  finish(): Promise<void>;
}

/** What its WebGPU backend does itself before it reads a result back. */
interface WebGpuEngine {
  readonly queue: GPUQueue;
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

const LABELS: Record<string, string> = { webgpu: "WebGPU", wasm: "WASM", cpu: "CPU" };

/** Takes one of its backends, which is registered, into use. */
export async function tfjsPeer(
  tf: Tf,
  layers: TfLayers,
  backend: string,
  version: string,
): Promise<TfjsPeer> {
  const { log, warn } = console;
  // It advertises its Node package, once.
  console.log = console.warn = () => {};
  try {
    const enter = async (): Promise<void> => {
      if (tf.getBackend() === backend) return;
      if (!(await tf.setBackend(backend))) throw new Error(`its backend ${backend} does not start`);
    };
    await enter();
    const two = tf.tidy(() => tf.add(1, 1));
    await two.data();
    two.dispose();
    return {
      label: `TF.js ${LABELS[backend]}`,
      version,
      backend,
      tf,
      layers,
      enter,
      async finish() {
        if (backend !== "webgpu") return;
        const engine = tf.backend() as unknown as WebGpuEngine;
        engine.endComputePassEncoder();
        if (engine.commandEncoder) engine.submitQueue();
        await engine.queue.onSubmittedWorkDone();
      },
    };
  } finally {
    Object.assign(console, { log, warn });
  }
}
