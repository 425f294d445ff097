/** Device cases: functions without a test runner, so that every runtime can run all of them. */
import type { Device } from "../../src/index.ts";
import { Tensor } from "../../src/index.ts";

export interface DeviceCase {
  readonly name: string;
  run(device: Device): Promise<void> | void;
}

/** Throws unless the condition holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

type Values = ArrayLike<number> | Tensor;

async function valuesOf(values: Values): Promise<ArrayLike<number>> {
  return values instanceof Tensor ? values.data() : values;
}

/**
 * Throws unless all elements agree: |got − expected| ≤ tolerance · max(1, |expected|). The tolerance's reason
 * belongs beside the call.
 */
export async function assertClose(
  got: Values,
  expected: Values,
  tolerance: number,
  what = "values",
): Promise<void> {
  const a = await valuesOf(got);
  const b = await valuesOf(expected);
  assert(a.length === b.length, `${what}: ${a.length} values, expected ${b.length}`);
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    const same = Object.is(a[i], b[i]) || difference <= tolerance * Math.max(1, Math.abs(b[i]));
    assert(
      same,
      `${what}[${i}] is ${a[i]}, expected ${b[i]} (difference ${difference}, allowed ${tolerance})`,
    );
  }
}

/** Throws unless all elements are equal to the last bit. */
export async function assertEqual(got: Values, expected: Values, what = "values"): Promise<void> {
  await assertClose(got, expected, 0, what);
}

/** Throws unless `fn` throws, or rejects with, a message that contains `text`. */
export async function assertThrows(fn: () => unknown, text: string): Promise<void> {
  let message: string | null = null;
  try {
    await fn();
  } catch (error) {
    message = (error as Error).message;
  }
  assert(message !== null, `expected an error with "${text}", nothing was thrown`);
  assert(message.includes(text), `expected an error with "${text}", got "${message}"`);
}

/** Throws unless two shapes are equal. */
export function assertShape(tensor: Tensor, shape: readonly number[]): void {
  assert(
    tensor.shape.length === shape.length && shape.every((n, axis) => tensor.shape[axis] === n),
    `shape is [${tensor.shape.join(", ")}], expected [${shape.join(", ")}]`,
  );
}

/** Numbers between −2 and 2 that repeat exactly: a fixed linear congruence, so that no generator of ours is needed. */
export function testNumbers(length: number, seed = 1): Float32Array {
  const numbers = new Float32Array(length);
  let state = (seed * 2654435761 + 12345) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    numbers[i] = (state / 2 ** 32) * 4 - 2;
  }
  return numbers;
}
