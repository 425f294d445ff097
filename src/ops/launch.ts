import type { Device } from "../device.ts";
import { ShapeError, WgradError } from "../errors.ts";
import { broadcastStrides, collapseAxes, formatShape, reshapedStrides, type Shape } from "../shape.ts";
import { contiguousCopy, type Dtype, padTo4, Tensor, viewOf } from "../tensor.ts";

/** Throws unless all tensors are on one device; returns it. */
export function sameDevice(where: string, ...tensors: readonly Tensor[]): Device {
  const { device } = tensors[0];
  for (const tensor of tensors)
    if (tensor.device !== device)
      throw new WgradError(
        `${where}: tensors are on different devices (${device.description}; ${tensor.device.description}); ` +
          "make them with the same { device }",
      );
  return device;
}

/** Throws a ShapeError unless the tensor has the dtype. */
export function expectDtype(where: string, name: string, tensor: Tensor, dtype: Dtype): void {
  if (tensor.dtype !== dtype)
    throw new ShapeError(
      `${where}: ${name} ${formatShape(tensor.shape)} is ${tensor.dtype}, expected ${dtype}; convert it with cast(x, "${dtype}")`,
    );
}

/**
 * A tensor read as if it had the broadcast shape, without a copy; not recorded. It holds no claim on the memory, so it
 * is for the launch at hand: an operand that is disposed of is free at once.
 */
export function broadcastView(tensor: Tensor, shape: Shape): Tensor {
  const strides = broadcastStrides(tensor.shape, tensor.strides, shape);
  const { device, storage, offset, dtype } = tensor;
  return new Tensor({ device, storage, shape, strides, offset, dtype, permanent: false }, false);
}

/** The tensor itself when it is contiguous, else a copy that is. */
export function contiguousOf(tensor: Tensor): Tensor {
  return tensor.isContiguous ? tensor : contiguousCopy(tensor);
}

/** Sets every element of a contiguous tensor, which may be a block of a larger one. */
export function fillInto(out: Tensor, value: number): void {
  out.device.backend.run("fill", { count: out.size, offset: out.offset, value }, { out: out.storage.bind() });
}

/** A tensor as a matrix of its last axis, not recorded; a copy where its strides do not allow that. */
export function asMatrix(x: Tensor): Tensor {
  const columns = x.shape.at(-1)!;
  const shape = [x.size / columns, columns];
  const strides = reshapedStrides(x.shape, x.strides, shape);
  return strides ? viewOf(x, shape, strides, x.offset) : asMatrix(contiguousCopy(x));
}

/** Operands of one shape, laid out over four axes as the elementwise kernels take them. */
export interface FourAxes {
  shape: number[];
  strides: number[][];
  tensors: Tensor[];
}

/** Merges axes until four are left; where the layouts do not allow it, copies the operands first. */
export function overFourAxes(...tensors: Tensor[]): FourAxes {
  const { shape, strides } = collapseAxes(
    tensors[0].shape,
    tensors.map((t) => t.strides),
  );
  if (shape.length > 4) return overFourAxes(...tensors.map(contiguousCopy));
  return { shape: padTo4(shape, 1), strides: strides.map((s) => padTo4(s, 0)), tensors };
}
