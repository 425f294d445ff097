/**
 * The pictures of a run, each as a chart that is drawn for a width: the report and the page share them.
 * Titles and captions are French, for learners.
 */
import {
  barChart,
  errorRateChart,
  heatMap,
  histogram,
  lineChart,
  NEGATIVE,
  PALETTE,
  POSITIVE,
  rocCurve,
  scatterChart,
} from "../support/charts.ts";
import { formatCount, formatNumber, formatPercent } from "../support/format.ts";
import type { ErrorBin } from "./baselines.ts";
import type { Approach, PaddingTrial } from "./comparisons.ts";
import { CLASS_NAMES, type Evaluation } from "./evaluation.ts";
import type { Exploration } from "./exploration.ts";
import { binLabels } from "./tables.ts";
import { type Picture, picture } from "../support/lesson.ts";
import type { WordMap } from "./word_map.ts";

/** Lengths and labels of the training reviews. */
export function explorationPictures(exploration: Exploration): Picture[] {
  const { lengths, mean, median, maxLen, longer, count, positive } = exploration;
  return [
    picture(
      histogram,
      {
        title: "Longueur des avis",
        xLabel: "nombre de mots",
        yLabel: "avis",
        values: lengths,
        marks: [
          { x: maxLen, label: `Limite : ${formatCount(maxLen)}` },
          { x: mean, label: `Moyenne : ${formatNumber(mean, 1)}` },
        ],
      },
      `Moyenne ${formatNumber(mean, 1)} mots, médiane ${formatNumber(median, 1)} ; ${formatCount(longer)} avis dépassent la limite et perdent des mots.`,
    ),
    picture(
      barChart,
      {
        title: "Répartition des sentiments",
        categories: [...CLASS_NAMES],
        values: [count - positive, positive],
        yLabel: "avis",
        colors: [NEGATIVE, POSITIVE],
        min: 0,
      },
      `${formatCount(count)} avis d'entraînement. Avec autant d'avis de chaque sorte, répondre au hasard donne 50 %.`,
    ),
  ];
}

/** Accuracy and loss by epoch. */
export function trainingPictures(history: Readonly<Record<string, number[]>>): Picture[] {
  const epochs = (history.loss ?? []).map((_, i) => i + 1);
  if (epochs.length === 0) return [];
  const series = (name: string) =>
    [
      { name: "entraînement", x: epochs, y: history[name] ?? [] },
      { name: "validation", x: epochs, y: history[`val_${name}`] ?? [] },
    ].filter(({ y }) => y.length > 0);
  return [
    picture(
      lineChart,
      {
        title: "Exactitude au fil des époques",
        xLabel: "époque",
        yLabel: "bonnes réponses",
        series: series("accuracy"),
        references: [{ y: 0.5, label: "hasard : 50 %" }],
        yFormat: "percent" as const,
        yMax: 1,
      },
      "Quand la courbe d'entraînement monte et que celle de validation ne suit plus, le modèle apprend les avis par cœur.",
    ),
    picture(
      lineChart,
      {
        title: "Perte au fil des époques",
        xLabel: "époque",
        yLabel: "entropie croisée binaire (nats)",
        series: series("loss"),
        references: [{ y: Math.log(2), label: "hasard : ln 2" }],
        yMin: 0,
      },
      "La perte de validation est la plus honnête : quand elle remonte, il fallait s'arrêter.",
    ),
  ];
}

/** The confusion matrix and the ROC curve. */
export function evaluationPictures(evaluation: Evaluation, title = "Matrice de confusion"): Picture[] {
  const { confusion, accuracy, roc, auc } = evaluation;
  const pictures = [
    picture(
      heatMap,
      {
        title,
        matrix: confusion,
        rowLabels: [...CLASS_NAMES],
        columnLabels: [...CLASS_NAMES],
        rowTitle: "Réalité",
        columnTitle: "Prédictions",
      },
      `${formatPercent(accuracy)} de bonnes réponses, sur la diagonale. En haut à droite, les faux positifs ; en bas à gauche, les faux négatifs.`,
    ),
  ];
  if (roc !== undefined && auc !== undefined)
    pictures.push({
      title: "Courbe ROC",
      caption: `Chaque point est un seuil. L'aire, ${formatNumber(auc, 3)}, est la chance qu'un avis positif reçoive une note plus haute qu'un avis négatif.`,
      draw: (width) => rocCurve({ curves: [{ name: "modèle", ...roc, auc }], width }),
    });
  return pictures;
}

const GROUP_COLORS = {
  positif: PALETTE[2],
  négatif: PALETTE[1],
  contexte: PALETTE[0],
  descriptif: PALETTE[4],
};

/** The map of words. */
export function wordMapPicture({ points, perplexity }: WordMap): Picture {
  return picture(
    scatterChart,
    {
      title: "Les vecteurs de mots, projetés par t-SNE",
      xLabel: "dimension t-SNE 1",
      yLabel: "dimension t-SNE 2",
      points: points.map(({ word, group, x, y }) => ({ x, y, label: word, group })),
      colors: GROUP_COLORS,
    },
    `${points.length} mots, perplexité ${formatCount(perplexity)}. Des mots proches ont des vecteurs semblables ; les distances entre points éloignés ne disent rien.`,
  );
}

/** Error rates by length and by the share of unknown words. */
export function errorPictures(rates: Record<"byLength" | "byUnknown", readonly ErrorBin[]>): Picture[] {
  const bins = (list: readonly ErrorBin[], kind: "words" | "share") => {
    const labels = binLabels(list, kind);
    return list.map(({ errors, count }, i) => ({ label: labels[i], errors, count }));
  };
  const pictures: Picture[] = [];
  if (rates.byLength.length > 0)
    pictures.push(
      picture(
        errorRateChart,
        {
          title: "Taux d'erreur selon la longueur",
          xLabel: "mots dans l'avis",
          bins: bins(rates.byLength, "words"),
        },
        "Les avis de test en groupes de même taille. Un groupe de peu d'avis ne prouve rien.",
      ),
    );
  if (rates.byUnknown.length > 0)
    pictures.push(
      picture(
        errorRateChart,
        {
          title: "Taux d'erreur selon la part de mots inconnus",
          xLabel: "part des mots hors vocabulaire",
          bins: bins(rates.byUnknown, "share"),
        },
        "Un mot hors du vocabulaire devient le même identifiant que tous les autres inconnus : il ne dit plus rien.",
      ),
    );
  return pictures;
}

/** Several ways of judging, side by side. */
export function approachesPicture(approaches: readonly Approach[]): Picture {
  return picture(
    barChart,
    {
      title: "Règles, régression logistique, réseau récurrent",
      categories: approaches.map(({ name }) => name),
      values: [
        { name: "exactitude", values: approaches.map(({ accuracy }) => accuracy) },
        { name: "F1 moyen", values: approaches.map(({ f1 }) => f1) },
      ],
      format: "percent" as const,
      min: 0,
      max: 1,
    },
    "Les listes de mots n'ont pas toujours d'avis ; ne pas répondre compte comme une erreur.",
  );
}

/** Accuracy on held-out reviews by epoch, one curve for each way of padding. */
export function paddingPicture(trials: readonly PaddingTrial[]): Picture {
  return picture(
    lineChart,
    {
      title: "Remplissage et masque : exactitude de validation",
      xLabel: "époque",
      yLabel: "bonnes réponses",
      series: trials.map(({ name, history }) => ({
        name,
        x: (history.val_accuracy ?? history.accuracy).map((_, i) => i + 1),
        y: history.val_accuracy ?? history.accuracy,
      })),
      references: [{ y: 0.5, label: "hasard : 50 %" }],
      yFormat: "percent" as const,
      yMax: 1,
    },
    "Rempli derrière et sans masque, un avis court finit par des dizaines de zéros, et l'état oublie ce qu'il a lu.",
  );
}
