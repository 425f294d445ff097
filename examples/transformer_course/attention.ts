/** Chapter 1: attention on three vectors, and what its scores are divided by. */
import {
  type Device,
  div,
  Generator,
  matmul,
  noGrad,
  randomNormal,
  scaledDotProductAttention,
  softmax,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.ts";
import { formatNumber } from "../support/format.ts";
import { greatestDifference, matrixPicture, matrixText, numberRows, rowsOf, smallNumber } from "./figures.ts";
import { showCode } from "./listing.ts";
import type { Chapter } from "./settings.ts";

/** The course's toy: three queries and keys at right angles, three values of two numbers. */
export const TOY = {
  queries: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  keys: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  values: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
} as const;

/** Attention of one head, with all that lies between. */
export function attend(queries: Tensor, keys: Tensor, values: Tensor, divisor: number) {
  const scores = div(matmul(queries, transpose(keys)), divisor); // une note par requête et par clé
  const weights = softmax(scores); // chaque ligne devient une répartition : sa somme est 1
  return { scores, weights, output: matmul(weights, values) }; // une moyenne des valeurs
}

/** What dividing by something gave. */
interface Scaled {
  readonly divisor: string;
  readonly weights: number[][];
  readonly output: number[][];
}

/** What the scores of random vectors look like, divided by something. */
interface Spread {
  readonly divisor: string;
  readonly deviation: number;
  readonly largest: number;
}

export interface AttentionFacts {
  readonly scores: number[][];
  readonly scaled: readonly Scaled[];
  readonly spread: readonly Spread[];
  /** The greatest difference between the library's one-line attention and the four lines: the toy's, and eight heads'. */
  readonly difference: { readonly toy: number; readonly heads: number };
}

const TOKENS = ["mot 1", "mot 2", "mot 3"];

export const attentionChapter: Chapter<AttentionFacts> = async (lesson, device, options) => {
  lesson.chapter("L'attention, sur trois mots");
  lesson.say(
    "Un réseau récurrent lit une phrase mot après mot et doit tout garder dans son état. L'attention lit tous les mots " +
      "à la fois : chaque mot pose une question (sa requête), chaque mot montre une étiquette (sa clé) et apporte un " +
      "contenu (sa valeur). La note d'un couple est le produit scalaire de la requête et de la clé ; softmax en fait " +
      "des poids, et le résultat est la moyenne des valeurs avec ces poids.",
  );
  showCode(lesson, options, "attention.ts", "attend");
  lesson.say(
    "Le jouet du cours : trois requêtes et trois clés à angle droit (la matrice identité), trois valeurs de deux nombres. " +
      "Chaque mot ressemble donc surtout à lui-même.",
  );
  const cases = [
    { divisor: "1", by: 1 },
    { divisor: "√3", by: Math.sqrt(3) },
    { divisor: "√256", by: Math.sqrt(256) },
  ];
  const [queries, keys, values] = [TOY.queries, TOY.keys, TOY.values].map((rows) => tensor(rows, { device }));
  const scaled: Scaled[] = [];
  let scores: number[][] = [];
  for (const { divisor, by } of cases) {
    const found = noGrad(() => attend(queries, keys, values, by));
    const [s, w, o] = await Promise.all([found.scores.data(), found.weights.data(), found.output.data()]);
    if (by === 1) scores = rowsOf(s, 3);
    scaled.push({ divisor, weights: rowsOf(w, 3), output: rowsOf(o, 2) });
    for (const part of Object.values(found)) part.dispose();
  }
  const [plain] = scaled;
  lesson.output(numberRows(scores, 0), "Notes (requêtes × clés)");
  lesson.output(
    matrixText(plain.weights, { rowLabels: TOKENS, columnLabels: TOKENS, rowTitle: "requête" }),
    "Poids, sans rien diviser",
  );
  lesson.output(numberRows(plain.output), "Résultat, de forme (3, 2)");
  lesson.say(
    `Le premier mot se regarde lui-même à ${formatNumber(plain.weights[0][0], 4)} = e / (e + 2), les deux autres à ` +
      `${formatNumber(plain.weights[0][1], 4)} = 1 / (e + 2) : ses deux nombres sont la moyenne de 1, 3, 5 et de 2, 4, 6 ` +
      "avec ces poids. Rien n'est appris ici : il n'y a pas un seul paramètre.",
  );

  lesson.say(
    "Que diviser, et pourquoi ? Le produit scalaire de deux vecteurs de n nombres d'écart-type 1 a un écart-type de √n. " +
      "Plus les têtes sont larges, plus les notes sont grandes, et softmax finit par ne plus regarder qu'un mot : son " +
      "gradient s'éteint. L'article de 2017 divise donc par √(largeur d'une tête), ici √3. Le code du cours divise par √(largeur " +
      "du modèle) : √256 = 16, alors que ses huit têtes ont 32 nombres chacune, et qu'il faudrait √32 ≈ 5,66.",
  );
  lesson.table({
    caption: "Le jouet, selon ce que l'on divise : poids du mot 1 et les trois lignes du résultat",
    header: ["diviser par", "sur soi", "sur un autre", "ligne 1", "ligne 2", "ligne 3"],
    rows: scaled.map(({ divisor, weights, output }) => [
      divisor === "1" ? "rien" : divisor === "√256" ? "√256 (le cours)" : divisor,
      formatNumber(weights[0][0], 4),
      formatNumber(weights[0][1], 4),
      ...output.map((row) => numberRows([row])),
    ]),
  });
  for (const { divisor, weights } of scaled) {
    lesson.pictures(
      matrixPicture(
        {
          title: divisor === "1" ? "Poids du jouet, sans diviser" : `Poids du jouet, divisés par ${divisor}`,
          matrix: weights,
          rowLabels: TOKENS,
          columnLabels: TOKENS,
          rowTitle: "requête",
          columnTitle: "clé",
          format: (value) => formatNumber(value, 4),
          min: 0,
          max: 0.6,
        },
        divisor === "√256"
          ? "Divisés par 16, les poids sont presque égaux : l'attention ne choisit plus."
          : "Chaque ligne somme à 1 : c'est ainsi que ce mot partage son attention.",
      ),
    );
  }

  const spread = await spreadOfScores(device, options.seed);
  lesson.say("La même chose sur des têtes de la largeur du cours, 32 nombres tirés au hasard et dix clés :");
  lesson.table({
    caption: "Notes de 500 requêtes au hasard",
    header: ["diviser par", "écart-type des notes", "plus grand poids, en moyenne"],
    rows: spread.map(({ divisor, deviation, largest }) => [
      divisor === "1" ? "rien" : divisor,
      formatNumber(deviation, 2),
      formatNumber(largest, 2),
    ]),
  });
  const oneLine = noGrad(() => scaledDotProductAttention(queries, keys, values).output);
  const difference = {
    toy: greatestDifference(await oneLine.data(), scaled[1].output.flat()),
    heads: await headsDifference(device, options.seed),
  };
  oneLine.dispose();
  lesson.say(
    "En une ligne, scaledDotProductAttention(queries, keys, values) : elle divise par √(largeur d'une tête). Même résultat que la " +
      `ligne √3, à ${smallNumber(difference.toy)} près ; sur huit têtes de 32 nombres, un seul noyau calcule tout sans jamais écrire la ` +
      `matrice des poids, à ${smallNumber(difference.heads)} près.`,
  );
  lesson.notes([
    "Sans division, un mot prend presque tout le poids au hasard du tirage ; avec √256, les dix poids restent proches de 0,1.",
    "√(largeur d'une tête) laisse des notes d'écart-type 1, quelle que soit la largeur : c'est ce que font PyTorch et wgrad.",
    "Un modèle entraîné avec √256 apprend quand même : ses projections peuvent grandir de 16 / 5,66 ≈ 2,8. Il part seulement moins bien.",
  ]);
  return { scores, scaled, spread, difference };
};

/** How far the scores of random queries and keys spread, and how much weight the best key gets. */
async function spreadOfScores(device: Device, seed: number): Promise<Spread[]> {
  const generator = new Generator(seed, 0x7370);
  const queries = randomNormal([500, 32], { device, generator });
  const keys = randomNormal([10, 32], { device, generator });
  const found: Spread[] = [];
  for (const [divisor, by] of [
    ["1", 1],
    ["√32", Math.sqrt(32)],
    ["√256", 16],
  ] as const) {
    const { scores, weights } = noGrad(() => attend(queries, keys, keys, by));
    const [s, w] = await Promise.all([scores.data(), weights.data()]);
    const average = (values: ArrayLike<number>): number =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    const centre = average(s);
    found.push({
      divisor,
      deviation: Math.sqrt(average(Array.from(s, (value) => (value - centre) ** 2))),
      largest: average(rowsOf(w, 10).map((row) => Math.max(...row))),
    });
    for (const part of [scores, weights]) part.dispose();
  }
  for (const part of [queries, keys]) part.dispose();
  return found;
}

/** One kernel for two sentences of eight heads, against scores, softmax and product. */
async function headsDifference(device: Device, seed: number): Promise<number> {
  const generator = new Generator(seed, 0x6865);
  const [q, k, v] = [0, 1, 2].map(() => randomNormal([2, 8, 10, 32], { device, generator }));
  const both = noGrad(() => [
    scaledDotProductAttention(q, k, v).output,
    attend(q, k, v, Math.sqrt(32)).output,
  ]);
  const [fused, plain] = await Promise.all(both.map((output) => output.data()));
  for (const part of [q, k, v, ...both]) part.dispose();
  return greatestDifference(fused, plain);
}
