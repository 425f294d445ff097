import type { TypedArray } from "./backend/backend.ts";
import { UNARY } from "./backend/operations.ts";
import { type GraphNode, runBackward } from "./autograd.ts";
import type { Device } from "./device.ts";
import { ShapeError, WgradError } from "./errors.ts";
import { type Claim, Storage } from "./memory.ts";
import {
  collapseAxes,
  contiguousStrides,
  formatShape,
  isContiguous,
  type Shape,
  sameShape,
  sizeOf,
} from "./shape.ts";

/** f32 numbers, or i32 for ids and masks (0 or 1). */
export type Dtype = "f32" | "i32";

/** What a Tensor is made of; ops use it through `emptyTensor`, `leafTensor` and `viewOf`. */
export interface TensorParts {
  device: Device;
  storage: Storage;
  shape: Shape;
  strides: Shape;
  offset: number;
  dtype: Dtype;
  /** Leaves and parameters outlive the step in which they were made. */
  permanent: boolean;
  /** Shares the memory of another tensor. */
  isView?: boolean;
  requiresGrad?: boolean;
}

/**
 * An array of numbers on a device: a small record over shared memory. Functions own the mathematics
 * (`add(a, b)`, `matmul(x, w)`); the methods are about the tensor itself.
 */
export class Tensor {
  readonly shape: Shape;
  /** Elements to move in memory for one step along each axis. */
  readonly strides: Shape;
  /** First element, counted from the start of the storage. */
  readonly offset: number;
  readonly dtype: Dtype;
  readonly device: Device;
  readonly storage: Storage;
  requiresGrad: boolean;
  /** The op that made this tensor, when a gradient can flow through it. */
  node: GraphNode | null = null;
  readonly #claim: Claim | null;
  #grad: Tensor | null = null;
  #gradWritten = false;

  constructor(parts: TensorParts, claimed = true) {
    this.shape = parts.shape;
    this.strides = parts.strides;
    this.offset = parts.offset;
    this.dtype = parts.dtype;
    this.device = parts.device;
    this.storage = parts.storage;
    this.requiresGrad = parts.requiresGrad ?? false;
    this.#claim = claimed
      ? parts.device.memory.claim(this, parts.storage, parts.permanent, parts.isView)
      : null;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  get isContiguous(): boolean {
    return isContiguous(this.shape, this.strides);
  }

  /** True when no other element lies in the same memory. */
  get ownsWholeStorage(): boolean {
    return this.offset === 0 && this.size === this.storage.length;
  }

  /** The gradient that `backward()` left on this leaf; null before, and after `zeroGrad`. */
  get grad(): Tensor | null {
    return this.#gradWritten ? this.#grad : null;
  }

  /** Internal: the memory that this leaf's gradient is written to, made on first use. */
  gradTensor(): Tensor {
    this.#grad ??= emptyTensor(this.device, this.shape, "f32", true);
    return this.#grad;
  }

  /** Internal: lets a gradient kernel write this leaf's gradient, or add to it. */
  writeGrad(write: (out: Tensor, accumulate: boolean) => void): void {
    write(this.gradTensor(), this.#gradWritten);
    this.#gradWritten = true;
  }

  /** Forgets the gradient; its memory stays, and the next backward pass overwrites it. */
  zeroGrad(): void {
    this.#gradWritten = false;
  }

  /** Internal: makes this tensor an output of a recorded op. */
  attach(node: GraphNode): void {
    this.node = node;
    this.requiresGrad = true;
  }

  /** Internal: the claim that a scope holds for this tensor. */
  get claim(): Claim | null {
    return this.#claim;
  }

  /** Internal: new memory of the same shape that the caller holds the only reference to. */
  emptyLike(): Tensor {
    return scratchTensor(this.device, this.shape, this.dtype);
  }

  /** Internal: overwrites this contiguous tensor with the elements of another of the same shape. */
  copyFrom(source: Tensor): void {
    copyElements(source, this);
  }

  /** Internal: adds the elements of another tensor of the same shape to this contiguous one. */
  addFrom(source: Tensor): void {
    const from = source.collapsedTo4();
    if (!from) {
      this.addFrom(contiguousCopy(source));
      return;
    }
    this.device.backend.run(
      "unary",
      {
        operation: UNARY.identity,
        count: this.size,
        x_offset: source.offset,
        shape: from.shape,
        x_strides: from.strides,
        accumulate: 1,
      },
      { x: source.storage.bind(), out: this.storage.bind() },
    );
  }

  /** Internal: shape and strides over four axes, or null when the layout needs more. */
  collapsedTo4(): { shape: number[]; strides: number[] } | null {
    const { shape, strides } = collapseAxes(this.shape, [this.strides]);
    if (shape.length > 4) return null;
    return { shape: padTo4(shape, 1), strides: padTo4(strides[0], 0) };
  }

  /**
   * Computes the gradient of this tensor with respect to every leaf that requires one and adds it to their `.grad`.
   * A tensor that is not a scalar needs the gradient to start from. Throws a ShapeError when its shape differs, and
   * a WgradError when nothing here requires a gradient or the graph was already used.
   */
  backward(gradient?: Tensor): void {
    if (!this.requiresGrad)
      throw new WgradError(
        "backward: this tensor depends on nothing that requires a gradient (made under noGrad, or from data only)",
      );
    if (!gradient && this.size !== 1)
      throw new ShapeError(
        `backward: this tensor is ${formatShape(this.shape)}, not a scalar; reduce it with mean() or pass a gradient`,
      );
    this.device.backwardRan = true;
    runBackward(this, gradient ?? leafTensor(this.device, filled(this.size, 1), this.shape, "f32"));
  }

  /** The elements in row-major order, as they are now; a copy. Rejects when the device failed. */
  async data(): Promise<Float32Array | Float64Array | Int32Array> {
    const source = this.isContiguous ? this : contiguousCopy(this);
    const { buffer, offset } = source.storage.bind();
    const array = await this.device.backend.read(buffer, offset + source.offset, this.size);
    return array as Float32Array | Float64Array | Int32Array;
  }

  /** The only element, as a number, as it is now. Throws a ShapeError when there are more. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(`item: this tensor is ${formatShape(this.shape)}; item() is for one element`);
    return (await this.data())[0];
  }

  /** Lets this tensor live until `dispose()`, instead of to the end of the next step. Returns itself. */
  keep(): this {
    if (this.#claim) this.#claim.kept = true;
    return this;
  }

  /** Gives the memory back now, unless views or a pending backward pass still need it. */
  dispose(): void {
    this.#claim?.release();
  }

  /** Shape, dtype and device, for people. */
  toString(): string {
    return `Tensor(${formatShape(this.shape)}, ${this.dtype}, ${this.device.kind})`;
  }

  /** What `console.log` prints in Node and Deno. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A leaf that an optimizer trains. Modules collect these. */
export class Parameter extends Tensor {
  constructor(device: Device, values: ArrayLike<number>, shape: Shape) {
    const storage = new Storage(device.memory, "f32", sizeOf(shape), hostArray(device, "f32", values));
    super({
      device,
      storage,
      shape,
      strides: contiguousStrides(shape),
      offset: 0,
      dtype: "f32",
      permanent: true,
      requiresGrad: true,
    });
    storage.detachHost();
  }

  /** Overwrites the values in place, wherever they live; throws when the count differs. */
  set(values: ArrayLike<number>): void {
    if (values.length !== this.size)
      throw new ShapeError(`parameter: got ${values.length} values for shape ${formatShape(this.shape)}`);
    const { buffer, offset } = this.storage.bind();
    this.device.backend.write(buffer, values, offset);
  }
}

/** A result of an op: contiguous memory that belongs to the running step (or lasts, when `permanent`). */
export function emptyTensor(device: Device, shape: Shape, dtype: Dtype = "f32", permanent = false): Tensor {
  const storage = new Storage(device.memory, dtype, sizeOf(shape));
  return new Tensor({
    device,
    storage,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    dtype,
    permanent,
  });
}

/** Permanent memory that a kernel fills, for arenas and state that must start from a value. */
export function filledTensor(device: Device, shape: Shape, value: number): Tensor {
  const out = emptyTensor(device, shape, "f32", true);
  device.backend.run("fill", { count: out.size, offset: 0, value }, { out: out.storage.bind() });
  return out;
}

/** Memory outside every scope, with one reference, which the caller releases (`tensor.storage.release()`). */
export function scratchTensor(device: Device, shape: Shape, dtype: Dtype = "f32"): Tensor {
  const storage = new Storage(device.memory, dtype, sizeOf(shape));
  storage.retain();
  const parts = {
    device,
    storage,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    dtype,
    permanent: true,
  };
  return new Tensor(parts, false);
}

/** A tensor over host data, uploaded when a kernel first needs it. */
export function leafTensor(
  device: Device,
  values: ArrayLike<number>,
  shape: Shape,
  dtype: Dtype,
  requiresGrad = false,
): Tensor {
  const storage = new Storage(device.memory, dtype, sizeOf(shape), hostArray(device, dtype, values));
  const strides = contiguousStrides(shape);
  return new Tensor({ device, storage, shape, strides, offset: 0, dtype, permanent: true, requiresGrad });
}

/** Another way to read the same memory; not recorded in the graph (src/ops/view.ts does that). */
export function viewOf(source: Tensor, shape: Shape, strides: Shape, offset: number): Tensor {
  const { device, storage, dtype } = source;
  return new Tensor({
    device,
    storage,
    shape,
    strides,
    offset,
    dtype,
    permanent: source.claim?.kept || source.claim?.lasting || false,
    isView: true,
  });
}

/** The host data of a leaf, or null when the values exist on the device only. */
export function hostValues(tensor: Tensor): TypedArray | null {
  const { host } = tensor.storage;
  if (!host || !tensor.isContiguous) return null;
  return host.subarray(tensor.offset, tensor.offset + tensor.size);
}

function hostArray(device: Device, dtype: Dtype, values: ArrayLike<number>): TypedArray {
  if (dtype === "i32") return Int32Array.from(values);
  return device.backend.precision === 64 ? Float64Array.from(values) : Float32Array.from(values);
}

function filled(size: number, value: number): Float32Array {
  return new Float32Array(size).fill(value);
}

/** Axes in front until there are four. */
export function padTo4(values: readonly number[], fill: number): number[] {
  return [...new Array<number>(4 - values.length).fill(fill), ...values];
}

/** A contiguous tensor with the elements of any view; belongs to the running scope. */
export function contiguousCopy(source: Tensor): Tensor {
  const out = emptyTensor(source.device, source.shape, source.dtype);
  copyElements(source, out);
  return out;
}

/** Copies between any two views of one shape, as many launches as axes beyond the fourth need. */
export function copyElements(source: Tensor, target: Tensor): void {
  if (!sameShape(source.shape, target.shape))
    throw new ShapeError(
      `copy: shapes differ: ${formatShape(source.shape)} and ${formatShape(target.shape)}`,
    );
  const { shape, strides } = collapseAxes(source.shape, [source.strides, target.strides]);
  const [xStrides, outStrides] = strides;
  const x = source.storage.bind();
  const out = target.storage.bind();
  const outerAxes = Math.max(0, shape.length - 4);
  const outerShape = shape.slice(0, outerAxes);
  const count = sizeOf(shape.slice(outerAxes));
  for (let block = 0; block < sizeOf(outerShape); block++) {
    let xOffset = source.offset;
    let outOffset = target.offset;
    for (let axis = outerAxes - 1, rest = block; axis >= 0; axis--) {
      const index = rest % outerShape[axis];
      rest = Math.floor(rest / outerShape[axis]);
      xOffset += index * xStrides[axis];
      outOffset += index * outStrides[axis];
    }
    source.device.backend.run(
      "copy_strided",
      {
        count,
        x_offset: xOffset,
        out_offset: outOffset,
        shape: padTo4(shape.slice(outerAxes), 1),
        x_strides: padTo4(xStrides.slice(outerAxes), 0),
        out_strides: padTo4(outStrides.slice(outerAxes), 0),
      },
      { x, out },
    );
  }
}
