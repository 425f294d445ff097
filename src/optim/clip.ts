import { REDUCE } from "../backend/operations.ts";
import { ValueError } from "../errors.ts";
import { reduceInto } from "../ops/reduce.ts";
import { emptyTensor, type Parameter, type Tensor, viewOf } from "../tensor.ts";
import { type Arena, findArena, gradientRuns } from "./arena.ts";

/**
 * Scales all gradients down, in place, so that their global norm is at most `maxNorm`; parameters without a gradient
 * do not count. Returns the norm before, as a scalar tensor (reading it is up to the caller). Two or three launches
 * per optimizer arena. Source: Pascanu, Mikolov & Bengio 2013, as torch.nn.utils.clip_grad_norm_.
 */
export function clipGradNorm(parameters: Iterable<Parameter>, maxNorm: number): Tensor {
  if (!(maxNorm > 0)) throw new ValueError(`clipGradNorm: maxNorm must be positive, got ${maxNorm}`);
  const stretches = gradientStretches([...new Set(parameters)]);
  if (stretches.length === 0)
    throw new ValueError("clipGradNorm: no parameter has a gradient; call it between backward() and step()");
  const { device } = stretches[0];
  const sumSquares = emptyTensor(device, [1]);
  const norm = emptyTensor(device, []);
  for (const [i, gradients] of stretches.entries())
    reduceInto(gradients, [0], sumSquares, { operation: REDUCE.sum, power: 2, accumulate: i > 0 });
  for (const gradients of stretches)
    device.backend.run(
      "clip_scale",
      { count: gradients.size, offset: gradients.offset, max_norm: maxNorm },
      { sum_squares: sumSquares.storage.bind(), g: gradients.storage.bind(), norm: norm.storage.bind() },
    );
  return norm;
}

/**
 * Brings every element of all gradients into −maxValue … maxValue, in place. One launch per optimizer arena, as
 * torch.nn.utils.clip_grad_value_ (Keras: clipvalue).
 */
export function clipGradValue(parameters: Iterable<Parameter>, maxValue: number): void {
  if (!(maxValue > 0)) throw new ValueError(`clipGradValue: maxValue must be positive, got ${maxValue}`);
  for (const { device, size, offset, storage } of gradientStretches([...new Set(parameters)]))
    device.backend.run("clip_value", { count: size, offset, limit: maxValue }, { g: storage.bind() });
}

/** Flat views over the gradients, as few as their places in memory allow. */
function gradientStretches(parameters: readonly Parameter[]): Tensor[] {
  const wanted = new Set(parameters);
  const arenas = new Set<Arena>();
  const stretches: Tensor[] = [];
  for (const parameter of parameters) {
    const arena = findArena(parameter);
    if (arena) arenas.add(arena);
    else if (parameter.grad) {
      const { grad } = parameter;
      stretches.push(viewOf(grad, [grad.size], [1], grad.offset));
    }
  }
  for (const arena of arenas)
    for (const run of gradientRuns(arena, (p) => wanted.has(p)))
      if (wanted.has(run.parameters[0]))
        stretches.push(viewOf(arena.gradients, [run.count], [1], run.offset));
  return stretches;
}
