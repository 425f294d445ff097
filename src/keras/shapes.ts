/** Shapes with sizes that are not known yet, as Keras prints them. */
import { ShapeError } from "../errors.ts";
import type { Shape } from "../shape.ts";

/** Sizes along each axis; null where any size will do, as on the first axis (the batch). */
export type PartialShape = readonly (number | null)[];

/** `(None, 15, 128)`, as Keras prints shapes. */
export function pythonShape(shape: PartialShape): string {
  const sizes = shape.map((n) => (n === null ? "None" : String(n)));
  return `(${sizes.join(", ")}${shape.length === 1 ? "," : ""})`;
}

/** The last size, which layers with weights must know; throws a ShapeError when it is open. */
export function lastSize(where: string, shape: PartialShape): number {
  const size = shape.at(-1);
  if (typeof size !== "number" || shape.length < 2)
    throw new ShapeError(
      `${where}: the last size of its input ${pythonShape(shape)} must be known to make its weights`,
    );
  return size;
}

/** Throws a ShapeError unless the shape has this many axes, the batch included. */
export function expectRank(where: string, shape: PartialShape, rank: number, meaning: string): void {
  if (shape.length !== rank)
    throw new ShapeError(
      `${where}: its input is ${pythonShape(shape)}, expected ${meaning}` +
        (shape.length === 2 && rank === 3
          ? "; is an embedding missing before it, or returnSequences: true on a recurrent layer?"
          : ""),
    );
}

/** Whether a tensor's shape is one of those that a partial shape stands for. */
export function fits(shape: Shape, wanted: PartialShape): boolean {
  return shape.length === wanted.length && wanted.every((n, axis) => n === null || n === shape[axis]);
}
