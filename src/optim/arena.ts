import { BINDING_ALIGNMENT } from "../backend/backend.ts";
import type { Device } from "../device.ts";
import { sizeOf } from "../shape.ts";
import { copyElements, filledTensor, type Parameter, type Tensor, viewOf } from "../tensor.ts";

/** Where one parameter lies in its arena, in elements. */
export interface Slice {
  readonly parameter: Parameter;
  readonly offset: number;
  /** Its share of the arena, rounded up to the binding alignment. */
  readonly padded: number;
}

/**
 * Parameters, gradients and moments of one group, side by side in four flat tensors, so that an optimizer step is
 * one dispatch. Parameters and gradients are moved in: their tensors become slices, and gradient kernels write
 * straight into the arena.
 */
export interface Arena {
  readonly slices: readonly Slice[];
  readonly parameters: Tensor;
  readonly gradients: Tensor;
  /** Further flat tensors of the same length, zero at first. */
  readonly moments: readonly Tensor[];
}

function padded(size: number): number {
  return Math.ceil(size / BINDING_ALIGNMENT) * BINDING_ALIGNMENT;
}

/** Moves parameters into as few arenas as the device's binding limit allows, each with `moments` moment tensors. */
export function makeArenas(device: Device, parameters: readonly Parameter[], moments: number): Arena[] {
  const limit = Math.floor(device.backend.maxBindingBytes / 4);
  const arenas: Arena[] = [];
  let pending: Parameter[] = [];
  let size = 0;
  for (const parameter of parameters) {
    const share = padded(parameter.size);
    if (pending.length > 0 && size + share > limit) {
      arenas.push(makeArena(device, pending, moments));
      pending = [];
      size = 0;
    }
    pending.push(parameter);
    size += share;
  }
  if (pending.length > 0) arenas.push(makeArena(device, pending, moments));
  return arenas;
}

function makeArena(device: Device, list: readonly Parameter[], moments: number): Arena {
  const slices: Slice[] = [];
  let total = 0;
  for (const parameter of list) {
    const isLast = parameter === list.at(-1);
    const end = total + padded(parameter.size);
    // A whole number of 256-element rows lets the norm's reduction run in two parallel passes.
    const next = isLast ? Math.ceil(end / 256) * 256 : end;
    slices.push({ parameter, offset: total, padded: next - total });
    total = next;
  }
  const flat = (): Tensor => filledTensor(device, [total], 0);
  const parameters = flat();
  const gradients = flat();
  for (const { parameter, offset } of slices) {
    moveInto(parameter, parameters, offset);
    moveInto(parameter.gradTensor(), gradients, offset);
  }
  return { slices, parameters, gradients, moments: Array.from({ length: moments }, flat) };
}

/** Copies a tensor's values into a slice of the arena and makes that slice its memory. */
function moveInto(tensor: Tensor, arena: Tensor, offset: number): void {
  const { buffer } = arena.storage.bind();
  const target = viewOf(arena, tensor.shape, tensor.strides, offset);
  copyElements(tensor, target);
  target.dispose();
  tensor.storage.moveTo({ buffer, offset, length: sizeOf(tensor.shape) });
}

/** Stretches of an arena whose parameters all have a gradient, as [offset, count] with the parameters in them. */
export function gradientRuns(arena: Arena, key: (parameter: Parameter) => unknown = () => 0): Run[] {
  const runs: Run[] = [];
  let last: unknown;
  for (const { parameter, offset, padded: share } of arena.slices) {
    if (!parameter.grad) {
      last = undefined;
      continue;
    }
    const current = key(parameter);
    const open = runs.at(-1);
    if (open && last === current && open.offset + open.count === offset) {
      open.count += share;
      open.parameters.push(parameter);
    } else runs.push({ offset, count: share, parameters: [parameter] });
    last = current;
  }
  return runs;
}

export interface Run {
  offset: number;
  count: number;
  parameters: Parameter[];
}

/** The arena that holds each parameter, so that functions on gradients find whole arenas. */
const arenaOf = new WeakMap<Parameter, Arena>();

export function registerArenas(arenas: readonly Arena[]): void {
  for (const arena of arenas) for (const { parameter } of arena.slices) arenaOf.set(parameter, arena);
}

export function findArena(parameter: Parameter): Arena | undefined {
  return arenaOf.get(parameter);
}
