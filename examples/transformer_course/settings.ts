/** What the chapters of the Transformer course are told, and the sizes that the course has. */
import type { Device } from "../../src/index.ts";
import type { Lesson } from "../support/lesson.ts";

/** The parts of the course, in order. */
export const SECTIONS = [
  "attention",
  "activations",
  "masques",
  "tokens",
  "positions",
  "blocs",
  "modele",
  "entrainement",
  "optimisation",
  "service",
] as const;
export type Section = (typeof SECTIONS)[number];

/** What every chapter takes. */
export interface CourseOptions {
  /** The start of every random draw. */
  readonly seed: number;
  /** Smaller sizes wherever the numbers that are shown do not depend on them. */
  readonly quick?: boolean;
  /** The text of a file of this folder: the code that is printed is the code that runs. Nothing is printed without. */
  readonly source?: (file: string) => string;
}

/** A chapter: tells its lesson, computes on the device, and gives the numbers that it has shown. */
export type Chapter<Facts, Options = CourseOptions> = (
  lesson: Lesson,
  device: Device,
  options: Options,
) => Promise<Facts>;

/** The sizes of a model and of its training. */
export interface TrainingSettings {
  /** Ids from 0, which is padding, to vocabulary − 1. */
  readonly vocabulary: number;
  /** Tokens in a sequence, source or target. */
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** The inner layer of a block is this many times as wide. */
  readonly expansion: number;
  readonly dropout: number;
  /** Rows of the position tables. */
  readonly maxLength: number;
  readonly pairs: number;
  readonly validationPairs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly epochs: number;
}

/** The course's own sizes. */
export const COURSE: TrainingSettings = {
  vocabulary: 10_000,
  length: 10,
  width: 256,
  heads: 8,
  layers: 6,
  expansion: 4,
  dropout: 0,
  maxLength: 100,
  pairs: 1000,
  validationPairs: 200,
  batchSize: 32,
  learningRate: 3e-4,
  epochs: 10,
};

/** Sizes for two CPU cores that show the same: the training pairs are known by heart, the others are not. */
export const REDUCED: TrainingSettings = {
  ...COURSE,
  vocabulary: 500,
  width: 64,
  heads: 4,
  layers: 2,
  pairs: 200,
  validationPairs: 100,
  learningRate: 2e-3,
  epochs: 15,
};

/** To see that all works. */
export const QUICK: TrainingSettings = {
  ...REDUCED,
  vocabulary: 100,
  width: 32,
  layers: 1,
  pairs: 64,
  validationPairs: 32,
  learningRate: 5e-3,
  epochs: 12,
};
