/** ONNX Runtime as a peer: its Node package on the CPU, its web package on WebGPU. It runs models, without gradients. */
import { versionOf } from "./version.ts";

export interface OnnxTensor {
  readonly data: ArrayLike<number>;
  getData(): Promise<ArrayLike<number>>;
  dispose(): void;
}

export interface OnnxSession {
  run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

interface OnnxLibrary {
  env: { logLevel: string; wasm: { numThreads?: number } };
  Tensor: new (type: string, data: ArrayLike<number>, dims: readonly number[]) => OnnxTensor;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<OnnxSession> };
}

export interface OnnxPeer {
  readonly label: string;
  readonly version: string;
  tensor(data: Float32Array | Int32Array, dims: readonly number[]): OnnxTensor;
  /** Loads a model; its inputs and outputs lie on the host. */
  session(model: Uint8Array): Promise<OnnxSession>;
}

export async function openOnnx(backend: string): Promise<OnnxPeer> {
  const name = backend === "webgpu" ? "onnxruntime-web" : "onnxruntime-node";
  const entry: string = backend === "webgpu" ? `${name}/webgpu` : name;
  const loaded = (await import(entry)) as OnnxLibrary & { default?: OnnxLibrary };
  const ort = loaded.InferenceSession ? loaded : loaded.default!;
  ort.env.logLevel = "error";
  const options =
    backend === "webgpu"
      ? { executionProviders: ["webgpu"] }
      : { executionProviders: ["cpu"], intraOpNumThreads: 2, interOpNumThreads: 1 };
  return {
    label: `ONNX Runtime ${backend === "webgpu" ? "WebGPU" : "CPU"}`,
    version: versionOf(name),
    tensor: (data, dims) => new ort.Tensor(data instanceof Int32Array ? "int32" : "float32", data, dims),
    session: (model) => ort.InferenceSession.create(model, options),
  };
}
