/** Chapter 5: where a word stands, by sines and cosines. */
import {
  add,
  type Device,
  Generator,
  matmul,
  noGrad,
  randomNormal,
  SinusoidalPositions,
  tensor,
  transpose,
} from "../../src/index.ts";
import { lineChart } from "../support/charts.ts";
import { formatNumber } from "../support/format.ts";
import { picture } from "../support/lesson.ts";
import { greatestDifference, matrixPicture, numberRows, rowsOf, shapeText, smallNumber } from "./figures.ts";
import { showCode } from "./listing.ts";
import type { Chapter } from "./settings.ts";

/** The table of the 2017 paper: a sine and a cosine of one frequency in each pair of columns. */
export function positionTable(length: number, width: number): Float32Array {
  const table = new Float32Array(length * width);
  for (let position = 0; position < length; position++)
    for (let column = 0; column < width; column += 2) {
      const angle = position / 10_000 ** (column / width); // column = 2i de la formule
      table[position * width + column] = Math.sin(angle);
      table[position * width + column + 1] = Math.cos(angle);
    }
  return table;
}

/** The course's table: its cosines have another frequency than their sines. */
export function courseTable(length: number, width: number): Float32Array {
  const table = new Float32Array(length * width);
  for (let position = 0; position < length; position++)
    for (let i = 0; i < width; i += 2) {
      table[position * width + i] = Math.sin(position / 10_000 ** (i / width));
      table[position * width + i + 1] = Math.cos(position / 10_000 ** ((i + 1) / width)); // devrait être i / width
    }
  return table;
}

export interface PositionFacts {
  readonly shape: readonly number[];
  readonly batchShape: readonly number[];
  /** The first columns of the first positions. */
  readonly corner: number[][];
  readonly courseDifference: number;
  /** The library's SinusoidalPositions against the table. */
  readonly difference: number;
  /** Scalar products of positions `apart` apart, as found from several starts: least and greatest. */
  readonly products: Readonly<
    Record<"formula" | "course", { readonly least: number; readonly greatest: number }>
  >;
}

const [LENGTH, WIDTH] = [10, 256];
/** Positions that the pictures and the products look at. */
const LONG = 100;
const APART = 5;

export const positionsChapter: Chapter<PositionFacts> = async (lesson, device, options) => {
  lesson.chapter("Les positions");
  lesson.say(
    "L'attention ne sait rien de l'ordre : mélangez les mots, chaque mot reçoit la même moyenne. Il faut donc ajouter à " +
      "chaque vecteur quelque chose qui dit sa place. L'article de 2017 prend des sinus et des cosinus, du plus rapide au " +
      "plus lent, comme les aiguilles d'une horloge : colonnes 2i et 2i + 1, sin et cos de position / 10000^(2i / d).",
  );
  showCode(lesson, options, "positions.ts", "positionTable");
  const table = positionTable(LENGTH, WIDTH);
  const course = courseTable(LENGTH, WIDTH);
  const corner = rowsOf(table, WIDTH)
    .slice(0, 4)
    .map((row) => row.slice(0, 6));
  const shape = [LENGTH, WIDTH];
  lesson.output(numberRows(corner), `Forme ${shapeText(shape)} ; positions 0 à 3, colonnes 0 à 5`);
  lesson.pictures(
    heat(
      "Positions, par la formule",
      table,
      "À gauche les colonnes rapides, à droite les lentes : presque constantes sur dix mots.",
    ),
    heat("Positions du cours, (i + 1) / d", course, "Le même aspect : l'erreur ne se voit pas à l'œil nu."),
    heat(
      "La différence entre les deux",
      table.map((value, i) => value - course[i]),
      "Une colonne sur deux, les cosinus, n'a pas la fréquence de son sinus.",
    ),
  );
  const courseDifference = greatestDifference(table, course);
  lesson.say(
    "Le code du cours écrit (i + 1) / d pour le cosinus, où sa propre formule a 2i / d : le sinus et le cosinus d'une paire " +
      `ne tournent plus ensemble. Sur dix positions l'écart atteint ${formatNumber(courseDifference, 3)}.`,
  );
  showCode(lesson, options, "positions.ts", "courseTable");
  lesson.say(
    "Qu'est-ce que cela change ? Avec la même fréquence, avancer de k places est une rotation de chaque paire, la même où que " +
      "l'on soit ; le produit scalaire de deux positions ne dépend que de leur distance : Σ cos(k · fréquence). C'est ce qui permet à " +
      "une tête d'apprendre « le mot d'avant ». Avec le code du cours ce n'est plus vrai ; l'écart est petit, et un modèle " +
      "apprendrait quand même, mais le code ne calcule pas ce que la formule promet.",
  );
  const [right, wrong] = await Promise.all(
    [positionTable(LONG, WIDTH), courseTable(LONG, WIDTH)].map((each) => productsApart(each, device)),
  );
  const ends = (values: readonly number[]) => ({ least: Math.min(...values), greatest: Math.max(...values) });
  const products = { formula: ends(right), course: ends(wrong) };
  lesson.table({
    caption: `Produit scalaire des positions p et p + ${APART}, sur 256 colonnes`,
    header: ["p", "par la formule", "code du cours"],
    rows: [0, 1, 2, 5, 10, 20, 50, 90].map((p) => [
      String(p),
      formatNumber(right[p], 3),
      formatNumber(wrong[p], 3),
    ]),
  });
  lesson.pictures(
    picture(
      lineChart,
      {
        title: `Produit scalaire des positions p et p + ${APART}`,
        xLabel: "p",
        yLabel: "produit",
        series: [
          { name: "par la formule", x: right.map((_, p) => p), y: right },
          { name: "code du cours", x: right.map((_, p) => p), y: wrong },
        ],
      },
      "Par la formule, une droite : seule la distance compte. Avec (i + 1) / d, il dépend aussi de l'endroit.",
    ),
  );
  const generator = new Generator(options.seed, 0x706f);
  const embeddings = randomNormal([32, LENGTH, WIDTH], { device, generator });
  const layer = new SinusoidalPositions(WIDTH, { maxLength: LENGTH, device });
  const [sum, same] = noGrad(() => [
    add(embeddings, tensor(table, { shape, device })),
    layer.forward(embeddings),
  ]);
  const difference = greatestDifference(await sum.data(), await same.data());
  const batchShape = sum.shape;
  lesson.say(
    `Ajoutée à un lot d'embeddings ${shapeText(embeddings.shape)}, la table (10, 256) est diffusée sur les 32 phrases : ` +
      `${shapeText(batchShape)}. Le cours la répète 32 fois par repeat(32, 1, 1) ; la diffusion le fait sans copie. ` +
      `nn.SinusoidalPositions fait de même (différence : ${smallNumber(difference)}). ` +
      "Elle n'est pas entraînée ; le modèle complet du cours apprend plutôt sa table de 100 positions, comme BERT et GPT-2.",
  );
  for (const part of [embeddings, sum, same]) part.dispose();
  return { shape, batchShape, corner, courseDifference, difference, products };
};

/** One pair of columns in four: as many cells as a picture can show. */
function heat(title: string, table: Float32Array, caption: string) {
  const kept = Array.from({ length: WIDTH }, (_, column) => column).filter((column) => column % 8 < 2);
  return matrixPicture(
    {
      title,
      matrix: rowsOf(table, WIDTH).map((row) => kept.map((column) => row[column])),
      rowLabels: Array.from({ length: LENGTH }, (_, i) => String(i)),
      columnLabels: kept.map(String),
      rowTitle: "position",
      columnTitle: "colonne",
      values: false,
    },
    `${caption} Une paire de colonnes sur quatre.`,
  );
}

/** Scalar products of each position with the one some places on. */
async function productsApart(table: Float32Array, device: Device): Promise<number[]> {
  const rows = tensor(table, { shape: [LONG, WIDTH], device });
  const products = noGrad(() => matmul(rows, transpose(rows)));
  const values = await products.data();
  for (const part of [rows, products]) part.dispose();
  return Array.from({ length: LONG - APART }, (_, p) => values[p * LONG + p + APART]);
}
