/** The pictures of a run; the report and the page share them. Titles and captions are French, for learners. */
import { histogram, lineChart, scatterChart } from "../support/charts.ts";
import { formatCount, formatNumber } from "../support/format.ts";
import { type Picture, picture } from "../support/lesson.ts";
import type { Corpus } from "./corpus.ts";
import type { Accuracies } from "./training.ts";
import type { MapPoint } from "./vectors.ts";

/** How long the sentences are. */
export function lengthsPicture({ ids, longest }: Corpus): Picture {
  const lengths = ids.map(({ length }) => length);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return picture(
    histogram,
    {
      title: "Longueur des phrases",
      xLabel: "mots",
      yLabel: "phrases",
      values: lengths,
      marks: [{ x: mean, label: `Moyenne : ${formatNumber(mean, 1)}` }],
    },
    `${formatCount(ids.length)} phrases. La plus longue a ${longest} mots : l'entrée d'un modèle en a un de moins, le reste est du remplissage.`,
  );
}

const METRICS: Readonly<Record<string, string>> = { accuracy: "exactitude", recall: "rappel" };

/** Loss and metrics of a model over its epochs. */
export function historyPictures(
  name: string,
  history: Readonly<Record<string, readonly number[]>>,
): Picture[] {
  const metrics = Object.keys(METRICS).filter((metric) => history[metric]);
  return [
    picture(
      lineChart,
      {
        title: `Perte : ${name}`,
        xLabel: "époque",
        yLabel: "perte",
        series: [{ name: "perte d'entraînement", y: history.loss ?? [] }],
        yMin: 0,
      },
      "La perte moyenne de chaque époque. Elle tend vers zéro quand le modèle sait le corpus par cœur.",
    ),
    picture(
      lineChart,
      {
        title: `Exactitude : ${name}`,
        xLabel: "époque",
        yLabel: "part",
        series: metrics.map((metric) => ({ name: METRICS[metric], y: history[metric] })),
        yFormat: "percent" as const,
        yMin: 0,
        yMax: 1,
      },
      metrics.includes("recall")
        ? "Le rappel ne compte que les réponses données à plus de 50 % : il part de zéro et rejoint l'exactitude quand le modèle devient sûr de lui."
        : "La part des positions où le mot le plus probable est le bon, remplissage compris, comme Keras la compte.",
    ),
  ];
}

/** What Keras's accuracy hides in a many-to-many model. */
export function accuraciesPicture(name: string, curve: readonly (Accuracies & { epoch: number })[]): Picture {
  const x = curve.map(({ epoch }) => epoch);
  return picture(
    lineChart,
    {
      title: `Trois exactitudes : ${name}`,
      xLabel: "époque",
      yLabel: "bonnes réponses",
      series: [
        { name: "toutes les positions (Keras)", x, y: curve.map(({ keras }) => keras) },
        { name: "vrais mots seulement", x, y: curve.map(({ words }) => words) },
        { name: "dernière position", x, y: curve.map(({ last }) => last) },
      ],
      yFormat: "percent" as const,
      yMin: 0,
      yMax: 1,
    },
    "Prédire le remplissage est facile et compte autant qu'un mot. La dernière position est la seule que la prédiction lit.",
  );
}

/** Words in the plane. */
export function wordMapPicture(points: readonly MapPoint[], title: string): Picture {
  return picture(
    scatterChart,
    { title, points },
    `Les ${points.length} mots les plus fréquents, projetés dans le plan par t-SNE : des voisins dans l'espace des vecteurs le restent ici ; les axes et les grandes distances ne disent rien.`,
  );
}
