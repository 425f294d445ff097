/** Chapter 8: the course's training, what it can learn and what it cannot. */
import { bleu, type Device, rouge, tensor } from "../../src/index.ts";
import { lineChart } from "../support/charts.ts";
import { formatCount, formatDuration, formatNumber, formatPercent, sparkline } from "../support/format.ts";
import { type Lesson, picture } from "../support/lesson.ts";
import { showCode } from "./listing.ts";
import { LibraryTransformer } from "./model.ts";
import type { CourseOptions, TrainingSettings } from "./settings.ts";
import { continued, CourseTraining, type EpochResult, type Pairs, type Scores } from "./training.ts";

/** What the chapter takes besides. */
export interface TrainingOptions extends CourseOptions {
  readonly settings: TrainingSettings;
  /** Called after every step; false ends the training, and the chapter throws `Interrupted`. */
  readonly onStep?: (state: {
    step: number;
    steps: number;
    epoch: number;
    epochs: number;
    loss: number;
  }) => boolean;
  /** Called when the training is over, before the chapter goes on. */
  readonly onEnd?: () => void;
}

/** The training was ended from outside. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

export interface TrainingFacts {
  readonly parameters: number;
  /** ln of the vocabulary: the loss of giving all ids the same probability. */
  readonly chance: number;
  /** The loss of knowing nothing but how often each id is in the training targets. */
  readonly frequencies: number;
  readonly losses: readonly number[];
  readonly epochs: readonly EpochResult[];
  readonly training: Scores;
  readonly validation: Scores;
  /** Seconds that the steps took. */
  readonly seconds: number;
  /** Continuations of training and of validation targets from their first token. */
  readonly written: readonly Written[];
}

/** Sources continued by the model, and how near they come to the targets. */
interface Written {
  readonly pairs: "training" | "validation";
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  /** Share of tokens behind the first that are the target's. */
  readonly right: number;
  /** From 0 to 100, as sacrebleu has it; and the F1 of ROUGE-1 and ROUGE-L, from 0 to 1. */
  readonly bleu: number;
  readonly rouge1: number;
  readonly rougeL: number;
}

/** Targets that are continued. */
const CONTINUED = 16;

export async function trainingChapter(
  lesson: Lesson,
  device: Device,
  options: TrainingOptions,
): Promise<TrainingFacts> {
  const { settings, seed } = options;
  const { vocabulary, length, pairs, validationPairs, batchSize, learningRate, epochs } = settings;
  const chance = Math.log(vocabulary);
  const training = new CourseTraining((own) => new LibraryTransformer(own), settings, device, seed);
  const parameters = training.model.countParameters();
  lesson.chapter("L'entraînement du cours, sur des suites au hasard");
  lesson.say(
    `${formatCount(pairs)} paires de suites de ${length} numéros, tirés au hasard de 0 à ${formatCount(vocabulary - 1)} ; ${formatCount(validationPairs)} autres pour la ` +
      `validation. Le décodeur lit la cible sans son dernier numéro et doit prédire la cible sans son premier ; la perte ignore le ` +
      `remplissage (0), qu'un tirage sur ${formatCount(vocabulary)} donne par hasard. ${formatCount(epochs)} époques, lots de ${batchSize}, Adam ${formatCount(learningRate)}.`,
  );
  lesson.say(sizesText(settings, parameters));
  showCode(lesson, options, "training.ts", "lossOf", "trainStep");
  const [source, target] = training.pairs.get(0).map(({ data }) => Array.from(data));
  lesson.output(
    `source            [${source.join(", ")}]\n` +
      `le décodeur lit   [${target.slice(0, -1).join(", ")}]\n` +
      `il doit prédire   [${target.slice(1).join(", ")}]`,
    "La première paire",
  );
  lesson.say(
    "Faute d'un mot de départ, le premier numéro de la cible n'est jamais prédit : il est donné. Une vraie traduction ajoute " +
      "un début et une fin, comme l'exemple translation.",
  );

  try {
    for (let epoch = 1; epoch <= epochs; epoch++)
      for await (const { step, loss } of training.epoch())
        if (options.onStep?.({ step, steps: training.steps, epoch, epochs, loss }) === false)
          throw new Interrupted("training interrupted");
  } finally {
    options.onEnd?.();
  }
  const losses = training.epochs.map(({ loss }) => loss);
  const validationLosses = training.epochs.map(({ validation }) => validation.loss);
  lesson.table({
    caption: "Entraînement",
    header: ["époque", "perte d'entraînement", "perte de validation", "exactitude de validation"],
    rows: shownEpochs(training.epochs).map(({ epoch, loss, validation }) => [
      epoch,
      formatNumber(loss, 3),
      formatNumber(validation.loss, 3),
      formatPercent(validation.accuracy),
    ]),
  });
  lesson.terminal(
    `perte d'entraînement ${sparkline(losses)}\nperte de validation  ${sparkline(validationLosses)}   (chacune à son échelle)`,
  );
  lesson.pictures(
    picture(
      lineChart,
      {
        title: "Perte d'entraînement et de validation",
        xLabel: "époque",
        yLabel: "perte",
        series: [
          { name: "entraînement", y: losses },
          { name: "validation", y: validationLosses },
        ],
        references: [
          { y: chance, label: `ln ${formatCount(vocabulary)} = ${formatNumber(chance, 2)} : le hasard` },
        ],
      },
      "L'entraînement descend parce que le modèle retient ses paires. La validation ne peut pas descendre sous la ligne.",
    ),
  );
  const [onTraining, onValidation] = [
    await training.evaluate(training.pairs),
    await training.evaluate(training.validationPairs),
  ];
  lesson.table({
    caption: "Évaluation",
    header: ["", "paires d'entraînement", "paires de validation"],
    rows: [
      ["perte", formatNumber(onTraining.loss, 4), formatNumber(onValidation.loss, 4)],
      [
        "exactitude, comme le cours (toutes les places)",
        percent(onTraining.accuracyAll),
        percent(onValidation.accuracyAll),
      ],
      ["exactitude, sans le remplissage", percent(onTraining.accuracy), percent(onValidation.accuracy)],
      ["places, dont remplissage", placesText(onTraining), placesText(onValidation)],
    ],
  });
  const least = Math.min(...validationLosses);
  const frequencies = frequencyLoss(training.pairs);
  lesson.say(
    `Aucune règle ne relie une cible à sa source : sur des paires jamais vues, on ne peut pas faire mieux que donner la même ` +
      `probabilité à tous les numéros, soit une perte de ln ${formatCount(vocabulary)} = ${formatNumber(chance, 2)}${vocabulary === 10_000 ? "" : ` (9,21 pour les ${formatCount(10_000)} numéros du cours)`}. ` +
      `La meilleure époque en a ${formatNumber(least, 2)}, et la perte monte ensuite : plus le modèle est sûr de ce qu'il a retenu, plus il ` +
      "se trompe avec assurance. Une perte d'entraînement qui descend ne prouve donc rien ; la validation, si.",
  );
  lesson.say(
    `À l'entraînement, savoir seulement combien de fois chaque numéro est dans les cibles donnerait déjà ${formatNumber(frequencies, 2)} ; au-dessous, ` +
      "le modèle retient les paires elles-mêmes. Aux tailles du cours, la perte d'entraînement s'attarde vers 8,7, près de ce que " +
      "disent les seules fréquences (8,6), et ne descend à 8,1 qu'à la dixième époque, tandis que la validation est montée " +
      "jusqu'à 10,5 (mesuré une fois, avec PyTorch).",
  );
  lesson.say(
    "L'exactitude du cours compte aussi les places de remplissage, que la perte n'apprend pas : elle est ici un peu trop " +
      "basse. Sur de vraies phrases, où la moitié des places sont vides, un modèle entraîné à prédire le vide paraîtrait au " +
      "contraire excellent. On compte donc sans le remplissage.",
  );

  const written = [
    await continuations(training, training.pairs, "training"),
    await continuations(training, training.validationPairs, "validation"),
  ];
  lesson.say(
    "Prédire un numéro quand on lit tous les bons numéros d'avant n'est pas écrire. Ici le modèle part du premier numéro et " +
      "continue seul, chaque fois par le plus probable :",
  );
  showCode(lesson, options, "training.ts", "continued");
  lesson.table({
    caption: "Écrit par le modèle",
    header: ["paire", "attendu", "écrit"],
    rows: written.flatMap(({ pairs: kind, rows, targets }) =>
      rows
        .slice(0, 2)
        .map((row, i) => [
          kind === "training" ? "entraînement" : "validation",
          targets[i].join(" "),
          row.join(" "),
        ]),
    ),
  });
  lesson.table({
    caption: `Sur ${CONTINUED} paires de chaque sorte, sans le premier numéro, qui est donné`,
    header: ["paires", "numéros justes", "BLEU", "ROUGE-1", "ROUGE-L"],
    rows: written.map(({ pairs: kind, right, ...scores }) => [
      kind === "training" ? "entraînement" : "validation",
      formatPercent(right),
      formatNumber(scores.bleu, 1),
      formatNumber(scores.rouge1, 3),
      formatNumber(scores.rougeL, 3),
    ]),
  });
  lesson.say(
    "Le cours nomme BLEU (combien des groupes d'un à quatre mots écrits sont dans la référence, de 0 à 100) et ROUGE (combien de la référence " +
      "est dans ce qui est écrit, de 0 à 1) sans les calculer. Sur des paires apprises par cœur ils montent ; sur les autres il n'y a rien à " +
      "traduire, et ils restent près de zéro. ROUGE-1 ne regarde pas l'ordre : quelques numéros justes par hasard suffisent à l'élever.",
  );
  const perEpoch = training.seconds / epochs;
  lesson.terminal(`${formatDuration(perEpoch)} par époque, ${formatDuration(training.seconds)} en tout`);
  return {
    parameters,
    chance,
    frequencies,
    losses: training.losses,
    epochs: training.epochs,
    training: onTraining,
    validation: onValidation,
    seconds: training.seconds,
    written,
  };
}

function percent(share: number): string {
  return formatPercent(share, 2);
}

function placesText({ tokens, padding }: Scores): string {
  return `${formatCount(tokens)}, dont ${formatCount(padding)}`;
}

/** How the sizes differ from the course's. */
function sizesText({ vocabulary, width, layers, heads }: TrainingSettings, parameters: number): string {
  const sizes = `${layers} couche${layers === 1 ? "" : "s"} de chaque côté, ${heads} têtes, ${width} nombres par mot : ${formatCount(parameters)} paramètres`;
  return vocabulary === 10_000
    ? `Les tailles du cours : ${sizes}.`
    : `Des tailles réduites, pour que deux cœurs suffisent : ${sizes}. Avec --full, celles du cours.`;
}

/** The mean of −ln(share of the id) over the targets' ids that count: their entropy. */
function frequencyLoss(pairs: Pairs): number {
  const [, { data, shape }] = pairs.batch(Array.from({ length: pairs.length }, (_, i) => i));
  const ids = Array.from(data).filter((id, i) => i % shape[1] !== 0 && id !== 0);
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return ids.reduce((sum, id) => sum - Math.log(counts.get(id)! / ids.length), 0) / ids.length;
}

/** The first, the last and some epochs between. */
function shownEpochs(epochs: readonly EpochResult[], count = 8): EpochResult[] {
  const last = epochs.length - 1;
  const shown = new Set(Array.from({ length: count }, (_, i) => Math.round((i * last) / (count - 1))));
  return epochs.filter((_, i) => shown.has(i));
}

async function continuations(
  { model, device }: CourseTraining,
  pairs: Pairs,
  kind: Written["pairs"],
): Promise<Written> {
  const count = Math.min(CONTINUED, pairs.length);
  const [source, target] = pairs.batch(Array.from({ length: count }, (_, i) => i));
  const [, length] = target.shape;
  const targets = Array.from({ length: count }, (_, i) =>
    Array.from(target.data.subarray(i * length, (i + 1) * length)),
  );
  const input = tensor(source.data, { shape: source.shape, device });
  const rows = await continued(
    model,
    input,
    targets.map(([first]) => first),
    length,
  );
  input.dispose();
  const right = rows.flatMap((row, i) =>
    row.slice(1).map((id, k): number => (id === targets[i][k + 1] ? 1 : 0)),
  );
  const texts = (all: readonly (readonly number[])[]): string[] => all.map((row) => row.slice(1).join(" "));
  const [hypotheses, references] = [texts(rows), texts(targets)];
  const { rouge1, rougeL } = rouge(hypotheses, references);
  return {
    pairs: kind,
    rows,
    targets,
    right: right.reduce((sum, hit) => sum + hit, 0) / right.length,
    bleu: bleu(hypotheses, references).score,
    rouge1: rouge1.f1Score,
    rougeL: rougeL.f1Score,
  };
}
