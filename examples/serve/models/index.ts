/**
 * The kinds of models that the server knows, told apart by what their checkpoints hold. A new kind is one file beside
 * this one and one line in the list.
 */
import { type Device, FileFormatError, unpackCheckpoint } from "../../../src/index.ts";
import type { ServedModel } from "../served_model.ts";
import { CHARACTERS } from "./characters.ts";
import { KERAS } from "./keras.ts";
import { PARITY } from "./parity.ts";
import { SENTIMENT } from "./sentiment.ts";
import { TRANSLATION } from "./translation.ts";
import { WORDS } from "./words.ts";

/** One kind of saved model. */
export interface ModelKind {
  /** What writes such files, for errors. */
  readonly saved: string;
  /** Whether a checkpoint's state is of this kind. */
  recognizes(state: Readonly<Record<string, unknown>>): boolean;
  /** Throws a FileFormatError for a file that is damaged. */
  load(bytes: Uint8Array, device: Device, where: string): ServedModel;
}

/** The first that recognizes a file reads it. The Keras door is last: its files may hold more than it knows of. */
const KINDS: readonly ModelKind[] = [SENTIMENT, WORDS, CHARACTERS, PARITY, TRANSLATION, KERAS];

/**
 * A saved model, ready to be served. Throws a FileFormatError when the file is no checkpoint, damaged, or of a kind
 * that is not known here.
 */
export function loadServedModel(bytes: Uint8Array, device: Device, where: string): ServedModel {
  const { state } = unpackCheckpoint(bytes, where);
  const kind = KINDS.find(({ recognizes }) => recognizes(state));
  if (kind) return kind.load(bytes, device, where);
  const holds = Object.keys(state).slice(0, 6).join(", ") || "nothing";
  throw new FileFormatError(
    `${where}: a checkpoint of a kind that serve does not know (its state holds: ${holds}); ` +
      `it knows those of ${KINDS.map(({ saved }) => saved).join(", ")}`,
  );
}
