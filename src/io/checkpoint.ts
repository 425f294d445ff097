/**
 * A checkpoint is one safetensors file: the model's tensors under `model.`, the optimizer's under `optimizer.`, and
 * everything else (settings, step, random states, vocabulary …) as JSON in the metadata `wgrad`. Other tools can
 * open it and read the weights. Bytes in, bytes out; writing files is the caller's.
 */
import { FileFormatError, ValueError } from "../errors.ts";
import { formatShape, type Shape, sameShape } from "../shape.ts";
import type { Dtype } from "../tensor.ts";
import { exactJson } from "./exact_json.ts";
import { readSafetensors, type TensorMap, writeSafetensors } from "./safetensors.ts";

/** The version that `packCheckpoint` writes; files of a higher one are refused. */
export const CHECKPOINT_FORMAT = 1;

/** What a checkpoint holds. */
export interface Checkpoint {
  /** Parameters and buffers, by their names in `stateDict()`. */
  model: TensorMap;
  /** Moments and the like, by the optimizer's own names. */
  optimizer: TensorMap;
  /** Everything else that training needs to continue; plain JSON. */
  state: Record<string, unknown>;
}

/** Names and shapes, of a TensorMap or of a model's tensors. */
export type Shapes = ReadonlyMap<string, { readonly shape: Shape; readonly dtype?: Dtype | "i8" }>;

/**
 * One line per tensor, `name [sizes]`, sorted by name: equal for two models exactly when the weights of one load
 * into the other.
 */
export function modelFingerprint(tensors: Shapes): string {
  const lines = Array.from(tensors, ([name, { shape }]) => `${name} ${formatShape(shape)}`);
  return lines.sort().join("\n");
}

/**
 * A checkpoint as the bytes of a safetensors file. Throws a ValueError that names the place when `state` holds what
 * JSON would not give back (NaN, an infinity, a typed array, a Map).
 */
export function packCheckpoint(checkpoint: {
  model: TensorMap;
  optimizer: TensorMap;
  state: object;
}): Uint8Array<ArrayBuffer> {
  const { model, optimizer, state } = checkpoint;
  if (typeof state !== "object" || state === null || Array.isArray(state))
    throw new ValueError("packCheckpoint: state must be a plain object");
  const tensors: TensorMap = new Map();
  for (const [name, tensor] of model) tensors.set(`model.${name}`, tensor);
  for (const [name, tensor] of optimizer) tensors.set(`optimizer.${name}`, tensor);
  const fingerprint = JSON.stringify(modelFingerprint(model));
  const wgrad = `{"format":${CHECKPOINT_FORMAT},"model":${fingerprint},"state":${exactJson(state, "packCheckpoint: state")}}`;
  return writeSafetensors(tensors, { wgrad });
}

/**
 * Reads a checkpoint; `where` is the file's name for errors. The tensors' values are made when they are read, as
 * `readSafetensors` says. Throws a FileFormatError for a file that is no checkpoint, damaged, edited, or newer.
 */
export function unpackCheckpoint(bytes: ArrayBuffer | Uint8Array, where = "unpackCheckpoint"): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const { model: fingerprint, state } = readState(metadata.wgrad, where);
  const parts: Record<string, TensorMap> = { model: new Map(), optimizer: new Map() };
  for (const [name, tensor] of tensors) {
    const dot = name.indexOf(".");
    const part = name.slice(0, dot);
    if (part !== "model" && part !== "optimizer")
      throw new FileFormatError(`${where}: tensor "${name}" is neither the model's nor the optimizer's`);
    parts[part].set(name.slice(dot + 1), tensor);
  }
  const { model, optimizer } = parts;
  if (modelFingerprint(model) !== fingerprint)
    throw new FileFormatError(
      `${where}: the model's tensors are not those that the checkpoint was written with; was the file edited by another program?`,
    );
  return { model, optimizer, state };
}

function readState(
  json: string | undefined,
  where: string,
): { model: string; state: Record<string, unknown> } {
  if (json === undefined)
    throw new FileFormatError(
      `${where}: not a checkpoint: a safetensors file without the metadata "wgrad"; ` +
        "it may hold weights (readSafetensors reads them), but nothing to continue training from",
    );
  let wgrad: { format?: unknown; model?: unknown; state?: unknown } | null;
  try {
    wgrad = JSON.parse(json);
  } catch (error) {
    throw new FileFormatError(`${where}: the checkpoint's metadata is not JSON: ${(error as Error).message}`);
  }
  const { format, model, state } = wgrad ?? {};
  if (typeof format === "number" && format > CHECKPOINT_FORMAT)
    throw new FileFormatError(
      `${where}: checkpoint format ${format} is newer than this wgrad, which reads ${CHECKPOINT_FORMAT}; update wgrad`,
    );
  if (format !== CHECKPOINT_FORMAT)
    throw new FileFormatError(`${where}: unknown checkpoint format ${JSON.stringify(format)}`);
  if (typeof model !== "string" || typeof state !== "object" || state === null)
    throw new FileFormatError(`${where}: the checkpoint's metadata lacks "model" or "state"`);
  return { model, state: state as Record<string, unknown> };
}

/**
 * Throws a FileFormatError unless the tensors in a file (`have`) have the names, shapes and, where both say one, the
 * dtypes that a model wants. Names at most three differences: shapes, then missing, then unexpected tensors.
 */
export function checkFits(where: string, have: Shapes, want: Shapes): void {
  const differing: string[] = [];
  const missing: string[] = [];
  for (const [name, { shape, dtype }] of want) {
    const got = have.get(name);
    if (!got) missing.push(`${name} is missing`);
    else if (!sameShape(got.shape, shape))
      differing.push(`${name} is ${formatShape(got.shape)}, this model has ${formatShape(shape)}`);
    else if (got.dtype && dtype && got.dtype !== dtype)
      differing.push(`${name} is ${got.dtype}, this model has ${dtype}`);
  }
  const unexpected = [...have.keys()].filter((name) => !want.has(name));
  const problems = [...differing, ...missing, ...unexpected.map((name) => `${name} is not in this model`)];
  if (problems.length === 0) return;
  const rest = problems.length > 3 ? ` and ${problems.length - 3} more` : "";
  throw new FileFormatError(
    `checkpoint ${where} is of another model: ${problems.slice(0, 3).join("; ")}${rest}`,
  );
}
