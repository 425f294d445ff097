/**
 * Reverse-mode differentiation. Each op records a closure beside its forward; `backward()` calls the closures from
 * the last op to the first. Gradients of interior tensors live in a map while the pass runs; `.grad` is written on
 * leaves. First order only.
 */
import { ShapeError, WgradError } from "./errors.ts";
import { type Claim, inScope } from "./memory.ts";
import { formatShape, sameShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Where a closure puts the gradients of its op's inputs. */
export interface GradientSink {
  /** False when nothing upstream wants this input's gradient, so that its kernels can be left out. */
  needs(input: Tensor): boolean;
  /**
   * For kernels that write or accumulate in place: calls `write` with a contiguous tensor of the input's shape and
   * whether to add to what it holds. Does nothing when the gradient is not needed.
   */
  into(input: Tensor, write: (out: Tensor, accumulate: boolean) => void): void;
  /** For gradients that exist already, such as views of `dout`. Does nothing when not needed. */
  give(input: Tensor, gradient: Tensor): void;
}

/** Computes input gradients from output gradients; null where an output got none. */
export type Backward = (gradients: readonly (Tensor | null)[], sink: GradientSink) => void;

let nodes = 0;
let enabled = true;

/** One op of the recorded graph. */
export class GraphNode {
  readonly id = ++nodes;
  readonly operation: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly #saved: readonly Claim[];
  #backward: Backward | null;

  constructor(
    operation: string,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    saved: readonly Tensor[],
    backward: Backward,
  ) {
    this.operation = operation;
    this.inputs = inputs;
    this.outputs = outputs;
    this.#saved = saved.map((tensor) => tensor.device.memory.claimFor(this, tensor.storage));
    this.#backward = backward;
  }

  run(gradients: readonly (Tensor | null)[], sink: GradientSink): void {
    if (!this.#backward)
      throw new WgradError(
        `backward: the graph at ${this.operation} was already used; run the forward pass again before a second backward()`,
      );
    this.#backward(gradients, sink);
  }

  get used(): boolean {
    return this.#backward === null;
  }

  release(): void {
    for (const claim of this.#saved) claim.release();
    this.#backward = null;
  }
}

/** Whether ops are being recorded. */
export function gradEnabled(): boolean {
  return enabled;
}

/** Runs `fn` with recording switched on or off. */
export function withGrad<T>(on: boolean, fn: () => T): T {
  const before = enabled;
  enabled = on;
  try {
    return fn();
  } finally {
    enabled = before;
  }
}

/**
 * Links `outputs` to `inputs` in the graph when recording is on and an input requires a gradient. `saved` lists
 * every tensor that the closure reads; their memory is held until the closure has run.
 */
export function record(
  operation: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  saved: readonly Tensor[],
  backward: Backward,
): void {
  if (!enabled || !inputs.some((input) => input.requiresGrad)) return;
  const node = new GraphNode(operation, inputs, outputs, saved, backward);
  for (const output of outputs) output.attach(node);
}

/** True when an op on these inputs will be recorded, so that it must keep what its gradient needs. */
export function willRecord(...inputs: readonly Tensor[]): boolean {
  return enabled && inputs.some((input) => input.requiresGrad);
}

/** Runs the backward pass from `root`, whose gradient is `seed`. */
export function runBackward(root: Tensor, seed: Tensor): void {
  if (!sameShape(root.shape, seed.shape))
    throw new ShapeError(
      `backward: the gradient is ${formatShape(seed.shape)}, expected the tensor's shape ${formatShape(root.shape)}`,
    );
  const gradients = new Map<Tensor, Tensor>();
  const sink = new MapSink(gradients);
  withGrad(false, () => {
    if (!root.node) {
      sink.give(root, seed);
      return;
    }
    seed.storage.retain();
    gradients.set(root, seed);
    for (const node of reachable(root.node)) {
      const found = node.outputs.map((output) => gradients.get(output) ?? null);
      if (found.some((gradient) => gradient)) inScope(() => node.run(found, sink));
      for (const output of node.outputs) {
        gradients.get(output)?.storage.release();
        gradients.delete(output);
      }
      node.release();
    }
  });
}

/** Nodes that lead to `last`, in reverse order of creation, which is an order from outputs to inputs. */
function reachable(last: GraphNode): GraphNode[] {
  const found = new Set<GraphNode>([last]);
  const stack = [last];
  for (let node = stack.pop(); node; node = stack.pop())
    for (const input of node.inputs) {
      if (!input.node || found.has(input.node)) continue;
      found.add(input.node);
      stack.push(input.node);
    }
  return [...found].sort((a, b) => b.id - a.id);
}

class MapSink implements GradientSink {
  readonly #gradients: Map<Tensor, Tensor>;

  constructor(gradients: Map<Tensor, Tensor>) {
    this.#gradients = gradients;
  }

  needs(input: Tensor): boolean {
    return input.requiresGrad;
  }

  into(input: Tensor, write: (out: Tensor, accumulate: boolean) => void): void {
    if (!input.requiresGrad) return;
    if (!input.node) {
      input.writeGrad(write);
      return;
    }
    const present = this.#gradients.get(input);
    if (present && present.storage.references === 1 && present.isContiguous && present.ownsWholeStorage) {
      write(present, true);
      return;
    }
    const out = input.emptyLike();
    this.#gradients.set(input, out);
    if (present) {
      out.copyFrom(present);
      present.storage.release();
    }
    write(out, present !== undefined);
  }

  give(input: Tensor, gradient: Tensor): void {
    if (!input.requiresGrad) return;
    if (input.node && !this.#gradients.has(input)) {
      gradient.storage.retain();
      this.#gradients.set(input, gradient);
      return;
    }
    this.into(input, (out, accumulate) => (accumulate ? out.addFrom(gradient) : out.copyFrom(gradient)));
  }
}
