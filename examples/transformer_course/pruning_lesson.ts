/** Pruning by magnitude: accuracy against sparsity, before and after a little more training. */
import { Linear, type Parameter, prune } from "../../src/index.ts";
import { lineChart } from "../support/charts.ts";
import { formatCount, formatPercent } from "../support/format.ts";
import { picture } from "../support/lesson.ts";
import { copyOf, evaluate, type NumberReader, train } from "./number_reader.ts";
import type { OptimisationRoom } from "./optimisation.ts";

/** One point of the curve. */
export interface PrunedPoint {
  /** Share of the Linear weights that are zero. */
  readonly sparsity: number;
  readonly weights: number;
  readonly accuracy: number;
  readonly tunedAccuracy: number;
  /** What a sparse file would take. */
  readonly sparseBytes: number;
}

export interface PruningFacts {
  readonly points: readonly PrunedPoint[];
  readonly denseBytes: number;
  /** Share of zeros per layer at the highest sparsity. */
  readonly layers: readonly { name: string; sparsity: number }[];
}

/** A weight that is left takes its value (4 bytes) and its column (2); each row says where it begins (4). */
const SPARSE = { weight: 6, row: 4 };

export async function pruningLesson(room: OptimisationRoom): Promise<PruningFacts> {
  const { lesson, model, settings, examples, tests, options } = room;
  const { tuning } = settings;
  lesson.chapter("Élagage : les petits poids à zéro");
  lesson.say(
    "Un poids proche de zéro ne pèse guère dans la somme. L'élagage met à zéro les plus petits, toutes les couches Linear " +
      "ensemble, et retient lesquels dans un masque. On peut ensuite entraîner encore un peu : le masque remet les zéros après " +
      `chaque pas, et les poids qui restent apprennent à se passer des autres (ici ${formatCount(tuning.steps)} pas).`,
  );
  const state = await model.stateDict();
  const points: PrunedPoint[] = [];
  let layers: { name: string; sparsity: number }[] = [];
  const denseBytes = 4 * weightsOf(model).reduce((total, [, weight]) => total + weight.size, 0);
  for (const share of settings.sparsities) {
    const pruned = copyOf(model, state);
    const weights = weightsOf(pruned).map(([, weight]) => weight);
    const masks = await prune.globalUnstructured(weights, share);
    const { accuracy } = await evaluate(pruned, tests);
    await train(pruned, examples, tuning, options.seed, { masks });
    const left = Math.round(weights.reduce((total, { size }) => total + size, 0) * (1 - masks.sparsity));
    const rows = weights.reduce((total, { shape }) => total + shape[0], 0);
    points.push({
      sparsity: await prune.sparsity(weights),
      weights: left,
      accuracy,
      tunedAccuracy: (await evaluate(pruned, tests)).accuracy,
      sparseBytes: SPARSE.weight * left + SPARSE.row * rows,
    });
    layers = await Promise.all(
      weightsOf(pruned).map(async ([name, weight]) => ({ name, sparsity: await prune.sparsity(weight) })),
    );
    masks.dispose();
  }
  lesson.table({
    caption: "Exactitude selon la part de zéros",
    header: ["zéros", "poids restants", "sans réentraîner", "réentraîné", "octets en format creux"],
    rows: points.map(({ sparsity, weights, accuracy, tunedAccuracy, sparseBytes }) => [
      formatPercent(sparsity, 0),
      formatCount(weights),
      formatPercent(accuracy),
      formatPercent(tunedAccuracy),
      formatCount(sparseBytes),
    ]),
  });
  const x = points.map(({ sparsity }) => 100 * sparsity);
  lesson.pictures(
    picture(
      lineChart,
      {
        title: "Élagage : exactitude selon la part de zéros",
        xLabel: "poids à zéro, en %",
        yLabel: "textes bien lus",
        yFormat: "percent" as const,
        yMin: 0,
        yMax: 1,
        series: [
          { name: "sans réentraîner", x, y: points.map(({ accuracy }) => accuracy) },
          { name: "réentraîné", x, y: points.map(({ tunedAccuracy }) => tunedAccuracy) },
        ],
      },
      `Sur ${formatCount(tests.labels.length)} textes nouveaux ; au hasard, 1 %.`,
    ),
  );
  const highest = points.at(-1)!;
  lesson.table({
    caption: `À ${formatPercent(highest.sparsity, 0)} de zéros en tout, la part de chaque couche`,
    header: ["couche", "zéros"],
    rows: layers.map(({ name, sparsity }) => [name, formatPercent(sparsity)]),
  });
  const free = points.findLast(({ accuracy }) => accuracy >= points[0].accuracy - 0.01)!;
  const tuned = points.findLast(({ tunedAccuracy }) => tunedAccuracy >= points[0].tunedAccuracy - 0.01)!;
  lesson.notes([
    `Sans réentraîner, on peut ôter ${formatPercent(free.sparsity, 0)} des poids à moins d'un point près ; en réentraînant, ${formatPercent(tuned.sparsity, 0)}. ` +
      "À comparer avec la ligne 0 % de la même colonne : quelques pas de plus aident aussi le modèle entier.",
    `Un zéro prend autant de place qu'un autre nombre : le modèle élagué fait toujours ${formatCount(denseBytes)} octets, et les produits ne sautent pas ` +
      "les zéros, donc ne vont pas plus vite. Le gain ne vient qu'avec un format creux, qui range chaque poids restant avec sa " +
      `colonne (${SPARSE.weight} octets) : la dernière colonne du tableau, calculée. Il faut plus d'un tiers de zéros pour y gagner.`,
  ]);
  return { points, denseBytes, layers };
}

/** The weights of the Linear layers, by name. */
function weightsOf(model: NumberReader): [string, Parameter][] {
  return model
    .namedModules()
    .flatMap(([name, module]): [string, Parameter][] =>
      module instanceof Linear ? [[name, module.weight]] : [],
    );
}
