/** jax-js as a peer, on one of its backends. Its functions consume their arguments; `.ref` keeps one. */

export interface JaxArray {
  readonly ref: JaxArray;
  dispose(): void;
  data(): Promise<ArrayLike<number>>;
  blockUntilReady(): Promise<JaxArray>;
  gpuBufferSync(): unknown;
  reshape(shape: number[]): JaxArray;
  transpose(): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
}

type Tree = JaxArray | JaxArray[] | Record<string, JaxArray>;

export interface JaxLibrary {
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<F extends (...args: never[]) => unknown>(fn: F): F;
  valueAndGrad<F extends (...args: never[]) => JaxArray>(
    fn: F,
  ): (...args: Parameters<F>) => [value: JaxArray, gradient: JaxArray];
  grad<F extends (...args: never[]) => JaxArray>(fn: F): (...args: Parameters<F>) => JaxArray;
  numpy: {
    array(data: ArrayLike<number>, options?: { shape?: number[]; dtype?: string }): JaxArray;
    zeros(shape: number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    transpose(a: JaxArray): JaxArray;
    sum(a: JaxArray, axis?: number): JaxArray;
    mean(a: JaxArray): JaxArray;
    sqrt(a: JaxArray): JaxArray;
    square(a: JaxArray): JaxArray;
    take(a: JaxArray, indices: JaxArray, axis?: number): JaxArray;
  };
  nn: { logSoftmax(x: JaxArray, axis?: number): JaxArray; oneHot(ids: JaxArray, classes: number): JaxArray };
  tree: { dispose(tree: Tree): void };
}

export interface JaxPeer {
  readonly label: string;
  readonly version: string;
  readonly backend: string;
  readonly jax: JaxLibrary;
  enter(): Promise<void>;
  /** Starts the computation of every array and waits for the last: they run in order. */
  finish(arrays: readonly JaxArray[]): Promise<void>;
}

/** Takes one of its backends into use. */
export async function jaxPeer(jax: JaxLibrary, backend: string, version: string): Promise<JaxPeer> {
  const answered = await jax.init(backend);
  if (!answered.includes(backend)) throw new Error(`its backend ${backend} does not start`);
  return {
    label: `jax-js ${backend === "webgpu" ? "WebGPU" : "WASM"}`,
    version,
    backend,
    jax,
    async enter() {
      jax.defaultDevice(backend);
    },
    async finish(arrays) {
      for (const array of arrays.slice(0, -1))
        if (backend === "webgpu") array.ref.gpuBufferSync();
        else await array.blockUntilReady();
      await arrays.at(-1)?.blockUntilReady();
    },
  };
}
