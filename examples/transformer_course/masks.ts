/** Chapter 3: what a position may look at; padding, the future, and both. */
import {
  cast,
  equal,
  type Device,
  Generator,
  maskedFill,
  maximum,
  noGrad,
  notEqual,
  ones,
  randomNormal,
  softmax,
  type Tensor,
  tensor,
  triu,
  unsqueeze,
} from "../../src/index.ts";
import { formatCount } from "../support/format.ts";
import type { Picture } from "../support/lesson.ts";
import { matrixPicture, rowsOf, shapeText } from "./figures.ts";
import { showCode } from "./listing.ts";
import type { Chapter } from "./settings.ts";

/** The course's two sequences; 0 is padding. */
export const SEQUENCES = [
  [1, 2, 3, 0, 0],
  [4, 5, 6, 7, 0],
] as const;

const LENGTH = 5;

/** 1 where the key is padding: [batch, 1, 1, keys], for every head and every query. */
export function paddingMask(ids: Tensor): Tensor {
  return unsqueeze(unsqueeze(equal(ids, 0), 1), 1); // 1 = cacher
}

/** 1 where the key comes after the query: [queries, keys]. */
export function lookAheadMask(length: number, device: Device): Tensor {
  return cast(triu(ones([length, length], { device }), 1), "i32"); // 1 = cacher
}

/** What a decoder's position may not look at: padding or what comes later. */
export function combinedMask(ids: Tensor): Tensor {
  return maximum(paddingMask(ids), lookAheadMask(ids.shape[1], ids.device)); // « ou » de deux « cacher »
}

/** The course's combination: « cacher » OR « garder ». */
export function courseMask(ids: Tensor): Tensor {
  const keep = unsqueeze(unsqueeze(notEqual(ids, 0), 1), 1); // 1 = garder
  return maximum(lookAheadMask(ids.shape[1], ids.device), keep); // 1 = cacher, ou 1 = garder ?
}

/** 1 where hidden, a matrix of queries × keys for each sequence. */
type Masks = readonly number[][][];

export interface MaskFacts {
  readonly padding: Masks;
  readonly lookAhead: number[][];
  readonly combined: Masks;
  /** The course's mask as it stands. */
  readonly course: Masks;
  /** Of the course's mask: cells hidden otherwise than in the right one, for each way to read it. */
  readonly wrongIfHide: number;
  readonly wrongIfKeep: number;
  /** Rows that see nothing at all when the course's mask is read as « cacher ». */
  readonly blindRows: number;
  readonly shapes: Readonly<Record<"padding" | "lookAhead" | "combined", readonly number[]>>;
  readonly weights: number[][];
  /** The weights of a row that sees nothing. */
  readonly blindWeights: number[];
}

export const masksChapter: Chapter<MaskFacts> = async (lesson, device, options) => {
  lesson.chapter("Les masques : ce qu'une position a le droit de voir");
  lesson.say(
    "Un masque cache des clés : avant softmax, leurs notes deviennent si petites que leur poids est nul. Il y en a deux " +
      "sortes. Le remplissage (0), qui donne la même longueur aux phrases d'un lot, ne veut rien dire et se cache partout. " +
      "L'avenir se cache dans le décodeur : à l'entraînement il a toute la réponse sous les yeux, et doit prédire chaque mot " +
      "d'après les seuls précédents.",
  );
  showCode(lesson, options, "masks.ts", "paddingMask", "lookAheadMask", "combinedMask");
  const ids = tensor(SEQUENCES, { device, dtype: "i32" });
  const found = noGrad(() => ({
    padding: paddingMask(ids),
    lookAhead: lookAheadMask(LENGTH, device),
    combined: combinedMask(ids),
    course: courseMask(ids),
  }));
  const [p, a, c, o] = await Promise.all(Object.values(found).map((mask) => mask.data()));
  const squares = (values: ArrayLike<number>): number[][][] =>
    SEQUENCES.map((_, i) =>
      rowsOf(Array.prototype.slice.call(values, i * LENGTH ** 2, (i + 1) * LENGTH ** 2), LENGTH),
    );
  const lookAhead = rowsOf(a, LENGTH);
  const padding = SEQUENCES.map((_, i) =>
    Array.from({ length: LENGTH }, () => Array.from(p).slice(i * LENGTH, (i + 1) * LENGTH)),
  );
  const combined = squares(c);
  const course = squares(o);
  const flipped = course.map((mask) => mask.map((row) => row.map((value) => 1 - value)));
  for (const [i, sequence] of SEQUENCES.entries())
    lesson.output(
      sideBySide([
        { title: "remplissage", mask: padding[i] },
        { title: "avenir", mask: lookAhead },
        { title: "les deux", mask: combined[i] },
      ]),
      `Phrase [${sequence.join(", ")}]   ·  vue   ■  cachée ; une ligne par requête, une colonne par clé`,
    );
  lesson.pictures(
    ...SEQUENCES.map((sequence, i) =>
      masksPicture(
        `Masques de la phrase [${sequence.join(", ")}]`,
        sequence,
        { remplissage: padding[i], avenir: lookAhead, "les deux": combined[i] },
        "1, foncé : clé cachée. À gauche le remplissage, au milieu l'avenir, à droite les deux, le masque du décodeur.",
      ),
    ),
  );

  const shapes = {
    padding: found.padding.shape,
    lookAhead: found.lookAhead.shape,
    combined: found.combined.shape,
  };
  lesson.say(
    `Les formes : ${shapeText(shapes.padding)} pour le remplissage, un axe pour les têtes et un pour les requêtes que ` +
      `la diffusion étire ; ${shapeText(shapes.lookAhead)} pour l'avenir ; ensemble ${shapeText(shapes.combined)}.`,
  );
  lesson.say(
    "Le cours, lui, combine un masque de ce qu'il faut cacher (l'avenir, par triu) avec un masque de ce qu'il faut garder " +
      "(input != 0). Leur « ou » ne veut plus rien dire, de quelque façon qu'on le lise :",
  );
  showCode(lesson, options, "masks.ts", "courseMask");
  for (const [i, sequence] of SEQUENCES.entries())
    lesson.output(
      sideBySide([
        { title: "le bon", mask: combined[i] },
        { title: "cours, 1 = cacher", mask: course[i] },
        { title: "cours, 1 = garder", mask: flipped[i] },
      ]),
      `Phrase [${sequence.join(", ")}]`,
    );
  lesson.pictures(
    ...SEQUENCES.map((sequence, i) =>
      masksPicture(
        `Le « ou » du cours, phrase [${sequence.join(", ")}]`,
        sequence,
        { "le bon": combined[i], "1 = cacher": course[i], "1 = garder": flipped[i] },
        "Au milieu, lu « cacher » : les vrais mots sont cachés et seul le remplissage se voit. À droite, lu « garder » : l'avenir se voit.",
      ),
    ),
  );
  const different = (mask: Masks): number =>
    mask.flat(2).filter((value, i) => value !== combined.flat(2)[i]).length;
  const blindRows = course.flat().filter((row) => row.every((value) => value === 1)).length;
  const [wrongIfHide, wrongIfKeep] = [different(course), different(flipped)];
  lesson.say(
    `Lu « cacher », ${formatCount(wrongIfHide)} cases sur 50 sont fausses et ${formatCount(blindRows)} lignes sur 10 ne voient ` +
      `rien : softmax y donne NaN dans PyTorch avec −∞, des poids égaux avec le −1e20 du cours ; wgrad rend zéro. Lu ` +
      `« garder », ${formatCount(wrongIfKeep)} cases sont fausses, et le décodeur voit la réponse qu'il doit prédire. ` +
      "Autre détail : padding_mask[:, :, :5] coupe l'axe des requêtes, qui n'a qu'une place, au lieu de celui des clés. " +
      "La règle : donner à tous les masques le même sens, ici 1 = cacher, et le vérifier sur un dessin.",
  );

  const [weights, [blindWeights]] = await Promise.all(
    [found.combined, found.course].map((mask) => maskedWeights(mask, device, options.seed)),
  );
  lesson.output(
    weights[0]
      .map((_, row) =>
        weights[row].map((w) => (w === 0 ? "  ·  " : w.toFixed(3).replace(".", ","))).join("  "),
      )
      .join("\n"),
    "Poids de la première phrase avec le bon masque, sur des notes au hasard",
  );
  lesson.pictures(
    matrixPicture(
      {
        title: "Poids avec le bon masque",
        matrix: weights,
        rowLabels: labelsOf(SEQUENCES[0]),
        columnLabels: labelsOf(SEQUENCES[0]),
        rowTitle: "requête",
        columnTitle: "clé",
        max: 1,
      },
      "Chaque ligne somme à 1 sur ce qu'elle voit. Les deux dernières lignes sont du remplissage : la perte les ignore.",
    ),
  );
  for (const mask of Object.values(found)) mask.dispose();
  return {
    padding,
    lookAhead,
    combined,
    course,
    wrongIfHide,
    wrongIfKeep,
    blindRows,
    shapes,
    weights,
    blindWeights,
  };
};

/** The weights that the first sequence's mask leaves of random scores. */
async function maskedWeights(mask: Tensor, device: Device, seed: number): Promise<number[][]> {
  const generator = new Generator(seed, 0x6d61);
  const scores = randomNormal([SEQUENCES.length, 1, LENGTH, LENGTH], { device, generator });
  const weights = noGrad(() => softmax(maskedFill(scores, mask, -3e38)));
  const values = await weights.data();
  for (const part of [scores, weights]) part.dispose();
  return rowsOf(values.subarray(0, LENGTH ** 2), LENGTH);
}

function labelsOf(sequence: readonly number[]): string[] {
  return sequence.map((id) => (id === 0 ? "vide" : String(id)));
}

/** Masks of one sequence beside each other, an empty column between two. */
function masksPicture(
  title: string,
  sequence: readonly number[],
  masks: Readonly<Record<string, number[][]>>,
  caption: string,
): Picture {
  const [names, squares] = [Object.keys(masks), Object.values(masks)];
  const labels = labelsOf(sequence);
  const apart = <T>(parts: readonly (readonly T[])[], gap: T): T[] =>
    parts.flatMap((part, i) => (i === 0 ? part : [gap, ...part]));
  return matrixPicture(
    {
      title,
      matrix: labels.map((_, row) =>
        apart(
          squares.map((mask) => mask[row]),
          Number.NaN,
        ),
      ),
      rowLabels: labels,
      columnLabels: apart(
        squares.map(() => labels),
        "",
      ),
      rowTitle: "requête",
      columnTitle: `clés : ${names.join(" | ")}`,
      min: 0,
      max: 1,
    },
    caption,
  );
}

/** Masks as squares of marks, beside each other. */
function sideBySide(parts: readonly { readonly title: string; readonly mask: number[][] }[]): string {
  const width = Math.max(2 * LENGTH, ...parts.map(({ title }) => title.length)) + 4;
  const line = (texts: readonly string[]): string =>
    texts
      .map((text) => text.padEnd(width))
      .join("")
      .trimEnd();
  return [
    line(parts.map(({ title }) => title)),
    ...Array.from({ length: LENGTH }, (_, row) =>
      line(parts.map(({ mask }) => mask[row].map((hidden) => (hidden ? "■" : "·")).join(" "))),
    ),
  ].join("\n");
}
