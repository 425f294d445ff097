/** Chapter 2: ReLU, GELU and layer normalisation, with the course's numbers. */
import {
  add,
  div,
  gelu,
  LayerNorm,
  mean,
  mul,
  noGrad,
  relu,
  sqrt,
  sub,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { lineChart } from "../support/charts.ts";
import { formatNumber } from "../support/format.ts";
import { picture } from "../support/lesson.ts";
import { greatestDifference, numberRows, rowsOf, smallNumber } from "./figures.ts";
import { showCode } from "./listing.ts";
import type { Chapter } from "./settings.ts";

export interface ActivationFacts {
  readonly relu: number[];
  readonly gelu: number[];
  readonly geluTanh: number[];
  readonly layerNorm: number[][];
  /** The written-out norm against the layer's. */
  readonly normDifference: number;
}

const INPUTS = [-1, 0, 1, 2];
const ROWS = [
  [1, 2, 3],
  [4, 5, 6],
];

/** Each row with mean 0 and variance 1. */
export function normalised(x: Tensor): Tensor {
  const centred = sub(x, mean(x, { axis: -1, keepDims: true }));
  const variance = mean(mul(centred, centred), { axis: -1, keepDims: true });
  return div(centred, sqrt(add(variance, 1e-5))); // 1e-5 : jamais de division par zéro
}

export const activationsChapter: Chapter<ActivationFacts> = async (lesson, device, options) => {
  lesson.chapter("ReLU, GELU, et la normalisation");
  lesson.say(
    "Entre deux couches linéaires il faut une courbe, sinon les deux n'en font qu'une. ReLU remplace les nombres négatifs " +
      "par zéro. GELU, celle de BERT et de GPT-2, multiplie x par Φ(x), la probabilité qu'un tirage normal soit plus " +
      "petit que x : elle est lisse et laisse passer un peu de négatif. Le cours n'en donne pas les valeurs :",
  );
  const x = tensor(INPUTS, { device });
  const found = noGrad(() => ({ relu: relu(x), gelu: gelu(x), geluTanh: gelu(x, "tanh") }));
  const [r, g, t] = await Promise.all([found.relu, found.gelu, found.geluTanh].map((each) => each.data()));
  lesson.table({
    caption: "Les nombres du cours : −1, 0, 1, 2",
    header: ["fonction", ...INPUTS.map((value) => `x = ${formatNumber(value, 0)}`)],
    rows: [
      ["ReLU : max(0, x)", ...Array.from(r, (value) => formatNumber(value, 4))],
      ["GELU : x · Φ(x)", ...Array.from(g, (value) => formatNumber(value, 4))],
      ["GELU par tanh (GPT-2)", ...Array.from(t, (value) => formatNumber(value, 4))],
    ],
  });
  const along = Array.from({ length: 81 }, (_, i) => -4 + i / 10);
  const line = tensor(along, { device });
  const curves = noGrad(() => [relu(line), gelu(line)]);
  const [reluCurve, geluCurve] = await Promise.all(curves.map((curve) => curve.data()));
  lesson.pictures(
    picture(
      lineChart,
      {
        title: "ReLU et GELU",
        xLabel: "x",
        yLabel: "f(x)",
        series: [
          { name: "ReLU", x: along, y: reluCurve },
          { name: "GELU", x: along, y: geluCurve },
        ],
      },
      "Loin de zéro les deux se rejoignent ; autour de zéro GELU est lisse, et descend jusqu'à −0,17.",
    ),
  );

  lesson.say(
    "La normalisation de couche ramène chaque ligne à une moyenne de 0 et un écart-type de 1, puis la couche apprend une " +
      "échelle et un décalage par colonne (1 et 0 au départ). Elle ne regarde qu'un mot à la fois : ni les autres mots, " +
      "ni les autres phrases du lot, contrairement à la normalisation par lot.",
  );
  showCode(lesson, options, "activations.ts", "normalised");
  const rows = tensor(ROWS, { device });
  const layer = new LayerNorm(3, { device });
  const both = noGrad(() => [layer.forward(rows), normalised(rows)]);
  const [fromLayer, byHand] = await Promise.all(both.map((each) => each.data()));
  const normDifference = greatestDifference(fromLayer, byHand);
  lesson.output(
    `${numberRows(ROWS, 0)}\n→\n${numberRows(rowsOf(fromLayer, 3))}`,
    "nn.LayerNorm(3) sur les deux lignes du cours",
  );
  lesson.say(
    "Les deux lignes deviennent la même : seul compte l'écart à la moyenne, √1,5 ≈ 1,2247 de part et d'autre. " +
      `Écrite à la main ou par la couche de wgrad (un seul noyau), la différence est de ${smallNumber(normDifference)} au plus.`,
  );
  for (const part of [...Object.values(found), ...curves, ...both]) part.dispose();
  return {
    relu: Array.from(r),
    gelu: Array.from(g),
    geluTanh: Array.from(t),
    layerNorm: rowsOf(fromLayer, 3),
    normDifference,
  };
};
