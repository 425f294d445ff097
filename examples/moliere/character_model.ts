import type { DecoderCache, Device, Module, Tensor } from "../../src/index.ts";
import { MoliereModel, type MoliereState } from "./model.ts";
import type { Settings } from "./settings.ts";
import { MoliereTransformer } from "./transformer.ts";

/** What a model carries from one character to the next: its state, or the keys and values of what it has read. */
export type CharacterState = MoliereState | DecoderCache;

/** Characters in, a score for each next one out. */
export interface CharacterModel extends Module {
  readonly device: Device;
  /** Characters that it can read in all before it must start over; without an end for a recurrent model. */
  readonly longest: number;
  /** ids [batch, time] → logits [batch, vocabulary], or [batch, time, vocabulary] at every position. */
  forward(ids: Tensor): Tensor;
  /** Characters behind a carried state, under noGrad: ids [batch, time] → logits [batch, vocabulary] and the state. */
  next(ids: Tensor, state?: CharacterState): { logits: Tensor; state: CharacterState };
}

/** The model of some settings, with fresh weights. */
export function makeModel(vocabularySize: number, settings: Settings, device: Device): CharacterModel {
  const { model, ...rest } = settings;
  if (model === "transformer") return new MoliereTransformer(vocabularySize, { ...rest, device });
  return new MoliereModel(vocabularySize, { ...rest, model, device });
}

/** Gives a state's memory back. */
export function forget(state: CharacterState | undefined): void {
  if (!state) return;
  if ("h0" in state) {
    state.h0.dispose();
    state.c0?.dispose();
  } else state.dispose();
}
