/** The optimisation chapters: a trained model in fewer bytes, with fewer weights, or as the teacher of a smaller one. */
import type { Device } from "../../src/index.ts";
import { formatCount, formatPercent } from "../support/format.ts";
import type { Lesson } from "../support/lesson.ts";
import { type DistillationFacts, distillationLesson } from "./distillation_lesson.ts";
import { type QuantizationFacts, quantizationLesson } from "./int8_lesson.ts";
import {
  evaluate,
  type NumberReader,
  type ReaderShape,
  type ReaderTraining,
  trained,
} from "./number_reader.ts";
import { type PruningFacts, pruningLesson } from "./pruning_lesson.ts";
import type { CourseOptions } from "./settings.ts";
import { type TypoExamples, typoExamples } from "./typos.ts";

/** What the three lessons are run with. */
export interface OptimisationSettings {
  /** Probability of a mistake at each letter. */
  readonly typos: number;
  readonly examples: number;
  readonly tests: number;
  readonly teacher: ReaderShape;
  readonly training: ReaderTraining;
  /** Sizes whose time is measured: so many texts at once. */
  readonly batches: readonly number[];
  readonly timedRuns: number;
  readonly sparsities: readonly number[];
  readonly tuning: ReaderTraining;
  readonly student: ReaderShape;
  readonly studentTraining: ReaderTraining;
  /** Examples that a student learns from: few, and as many as the teacher had. */
  readonly studentExamples: readonly number[];
  readonly temperature: number;
  readonly alpha: number;
  readonly seeds: number;
}

/** What the chapters have in common. */
export interface OptimisationRoom {
  readonly lesson: Lesson;
  readonly device: Device;
  readonly options: CourseOptions;
  readonly settings: OptimisationSettings;
  readonly model: NumberReader;
  readonly examples: TypoExamples;
  readonly tests: TypoExamples;
  /** Accuracy on the tests. */
  readonly accuracy: number;
}

export interface OptimisationFacts {
  readonly parameters: number;
  readonly accuracy: number;
  readonly int8: QuantizationFacts;
  readonly pruning: PruningFacts;
  readonly distillation: DistillationFacts;
}

/** Some 45 seconds of one CPU core. */
const SETTINGS: OptimisationSettings = {
  typos: 0.15,
  examples: 3000,
  tests: 2000,
  teacher: { embedding: 8, width: 128, dropout: 0.2 },
  training: { steps: 600, batchSize: 64, learningRate: 3e-3 },
  batches: [1, 256],
  timedRuns: 15,
  sparsities: [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98],
  tuning: { steps: 80, batchSize: 64, learningRate: 2e-3 },
  student: { embedding: 8, width: 32, dropout: 0 },
  studentTraining: { steps: 300, batchSize: 64, learningRate: 3e-3 },
  studentExamples: [500, 3000],
  temperature: 4,
  alpha: 0.9,
  seeds: 3,
};

/** To see that all works, within seconds. */
const QUICK: OptimisationSettings = {
  ...SETTINGS,
  examples: 1000,
  tests: 200,
  teacher: { embedding: 8, width: 56, dropout: 0.05 },
  training: { steps: 100, batchSize: 64, learningRate: 8e-3 },
  batches: [1, 64],
  timedRuns: 3,
  sparsities: [0, 0.5, 0.8, 0.95],
  tuning: { steps: 10, batchSize: 32, learningRate: 2e-3 },
  student: { embedding: 8, width: 16, dropout: 0 },
  studentTraining: { steps: 60, batchSize: 32, learningRate: 5e-3 },
  studentExamples: [300],
  seeds: 2,
};

/** Chapter: trains one model, then quantizes it, prunes it and lets it teach. */
export async function optimisationChapter(
  lesson: Lesson,
  device: Device,
  options: CourseOptions,
): Promise<OptimisationFacts> {
  const { seed, quick = false } = options;
  const settings = quick ? QUICK : SETTINGS;
  const { typos } = settings;
  const examples = typoExamples(settings.examples, typos, seed, 10);
  const tests = typoExamples(settings.tests, typos, seed, 11);
  lesson.chapter("Un modèle à réduire");
  lesson.say(
    "Le cours réduit BERT, que d'autres ont entraîné. Ici le modèle est le nôtre, et sa tâche a une réponse connue : lire un " +
      `nombre de 0 à 99 écrit en lettres, avec des fautes de frappe (${formatPercent(typos, 0)} des lettres : oubliées, doublées ou remplacées).`,
  );
  lesson.output(
    [16, 42, 72, 91].map((n) => `${JSON.stringify(examples.texts[n]).padEnd(28)} → ${n}`).join("\n"),
    "Des exemples",
  );
  const model = await trained(settings.teacher, device, examples, settings.training, seed);
  const { accuracy } = await evaluate(model, tests);
  const parameters = model.countParameters();
  lesson.say(
    `Le modèle : un vecteur par lettre, puis trois couches Linear (les mêmes qui font l'essentiel d'un Transformer), ${formatCount(parameters)} paramètres. ` +
      `Entraîné sur ${formatCount(settings.examples)} textes, il lit bien ${formatPercent(accuracy)} de ${formatCount(settings.tests)} textes nouveaux. C'est ce chiffre ` +
      "que chaque réduction doit garder.",
  );
  const room = { lesson, device, options, settings, model, examples, tests, accuracy };
  return {
    parameters,
    accuracy,
    int8: await quantizationLesson(room),
    pruning: await pruningLesson(room),
    distillation: await distillationLesson(room),
  };
}
