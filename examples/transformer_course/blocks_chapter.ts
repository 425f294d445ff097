/** Chapter 6: multi-head attention and the two kinds of layers, written out, and beside those of the library. */
import {
  type Device,
  Generator,
  Linear,
  manualSeed,
  MultiheadAttention,
  noGrad,
  randomNormal,
  reshape,
  type Tensor,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  tensor,
  transpose,
} from "../../src/index.ts";
import { formatCount } from "../support/format.ts";
import { splitHeads, WrittenAttention, WrittenBlock, WrittenDecoderBlock } from "./blocks.ts";
import { attentionState, decoderLayerState, encoderLayerState } from "./compare.ts";
import { greatestDifference, shapeText, smallNumber } from "./figures.ts";
import { showCode } from "./listing.ts";
import { lookAheadMask } from "./masks.ts";
import { type Chapter, COURSE } from "./settings.ts";

const [BATCH, LENGTH] = [32, 10];
const { width: WIDTH, heads: HEADS, expansion: EXPANSION } = COURSE;

/** A block written out and the library's, with the same weights on the same input. */
interface Comparison {
  readonly block: string;
  readonly difference: number;
  /** Kernels that a forward pass launches, written out and in the library. */
  readonly launches: readonly [written: number, library: number];
}

export interface BlockFacts {
  readonly shapes: Readonly<
    Record<"heads" | "attention" | "encoder" | "decoder" | "timeFirst", readonly number[]>
  >;
  readonly parameters: Readonly<
    Record<"attention" | "narrow" | "encoder" | "decoder" | "sharedDecoder", number>
  >;
  /** What the course's own multi-head code says when it runs. */
  readonly error: string;
  /** The same weights in the library's layers. */
  readonly compared: readonly Comparison[];
  /** Sentences of the batch whose output changes when one sentence changes: read rightly, and with the axes exchanged. */
  readonly changed: { readonly batchFirst: number; readonly exchanged: number };
}

export const blocksChapter: Chapter<BlockFacts> = async (lesson, device, options) => {
  manualSeed(options.seed);
  const generator = new Generator(options.seed, 0x626c);
  lesson.chapter("Les blocs, écrits à la main");
  lesson.say(
    "Une seule attention fait une seule moyenne. Huit têtes en font huit : les 256 nombres d'un mot sont projetés, puis " +
      "coupés en huit morceaux de 32, et chaque tête compare et mélange les siens. Tout s'écrit avec Linear, matmul et softmax :",
  );
  showCode(lesson, options, "blocks.ts", "WrittenAttention", "splitHeads", "joinHeads");
  const attention = new WrittenAttention(WIDTH, HEADS, { device });
  const x = randomNormal([BATCH, LENGTH, WIDTH], { device, generator });
  const attended = noGrad(() => attention.forward(x, x, x, null));
  const heads = splitHeads(x, HEADS).shape;
  lesson.output(
    `entrée ${shapeText(x.shape)} → têtes ${shapeText(heads)} → sortie ${shapeText(attended.shape)}`,
    "Multi-têtes, le lot d'abord",
  );

  const error = courseFailure(x, device);
  lesson.say(
    "Le code du cours, lui, ne peut pas tourner. Il coupe d'abord en têtes, (32, 10, 8, 32), puis applique " +
      "Linear(head_dim, embed_size), 32 → 256, à chaque morceau : chaque tête sort avec 256 nombres au lieu de 32, et huit " +
      "têtes de 256 ne se remettent pas en 256. Le même calcul ici :",
  );
  showCode(lesson, options, "blocks_chapter.ts", "courseFailure");
  lesson.output(error, "Ce qu'il répond :");
  const narrow = 3 * (WIDTH / HEADS) ** 2 + WIDTH * WIDTH + WIDTH;
  const shared = new WrittenDecoderBlock(WIDTH, HEADS, EXPANSION, { device, sharedAttention: true });
  const encoder = new WrittenBlock(WIDTH, HEADS, EXPANSION, { device });
  const decoder = new WrittenDecoderBlock(WIDTH, HEADS, EXPANSION, { device });
  const parameters = {
    attention: attention.countParameters(),
    narrow,
    encoder: encoder.countParameters(),
    decoder: decoder.countParameters(),
    sharedDecoder: shared.countParameters(),
  };
  lesson.say(
    `Deux réparations : des projections 256 → 256 (celles de l'article, ${formatCount(parameters.attention)} paramètres par attention), ou ` +
      `32 → 32, la même petite matrice pour toutes les têtes (${formatCount(narrow)}). Nous prenons la première : avec la seconde, ` +
      "chaque tête ne verrait que son huitième de l'entrée, à travers la même matrice que les autres.",
  );

  lesson.say(
    `Une couche d'encodeur : l'attention, puis deux Linear (256 → ${formatCount(EXPANSION * WIDTH)} → 256) avec ReLU. À chaque fois l'entrée est ` +
      "ajoutée à la sortie (le raccourci), puis normalisée. Une couche de décodeur regarde d'abord ce qu'elle a déjà écrit, " +
      "sans l'avenir, puis ce que l'encodeur a lu :",
  );
  showCode(lesson, options, "blocks.ts", "WrittenBlock.forward", "WrittenDecoderBlock.forward");
  const memory = randomNormal([BATCH, LENGTH, WIDTH], { device, generator });
  const [encoded, decoded] = noGrad(() => [
    encoder.forward(x, x, x, null),
    decoder.forward(x, memory, null, lookAheadMask(LENGTH, device)),
  ]);
  const timeFirst = transpose(x, 0, 1).shape;
  const shapes = {
    heads,
    attention: attended.shape,
    encoder: encoded.shape,
    decoder: decoded.shape,
    timeFirst,
  };
  lesson.table({
    caption: "Formes et paramètres",
    header: ["bloc", "le cours annonce", "ici, le lot d'abord", "paramètres"],
    rows: [
      ["multi-têtes", "(32, 10, 256)", shapeText(shapes.attention), parameters.attention],
      [
        "couche Transformer, couche d'encodeur",
        "(10, 32, 256)",
        shapeText(shapes.encoder),
        parameters.encoder,
      ],
      ["couche de décodeur", "(10, 32, 256)", shapeText(shapes.decoder), parameters.decoder],
      [
        "décodeur à une seule attention",
        "(10, 32, 256)",
        shapeText(shapes.decoder),
        parameters.sharedDecoder,
      ],
    ],
  });
  lesson.notes([
    "Les trois couches du cours ont la longueur d'abord, (10, 32, 256), comme nn.MultiheadAttention de PyTorch sans batch_first ; le reste du cours a le lot d'abord. Ici tout a le lot d'abord.",
    "La première couche de décodeur du cours n'a qu'un module d'attention, qui sert deux fois : les mêmes projections pour ce qu'elle a écrit et pour ce que l'encodeur a lu. Le modèle complet du cours, lui, en a deux.",
    "Le cours met le dropout après la normalisation ; l'article et PyTorch le mettent avant la somme. Sans dropout, c'est la même chose.",
  ]);

  const compared = await compareBlocks({ attention, encoder, decoder }, x, memory);
  lesson.say(
    "Et la bibliothèque ? nn.MultiheadAttention range les trois projections dans une seule matrice (768, 256), " +
      "in_proj_weight ; ses noms sont ceux de PyTorch. Copions nos poids dans ses couches :",
  );
  showCode(lesson, options, "compare.ts", "attentionState");
  lesson.table({
    caption: "Les mêmes poids, la même entrée",
    header: ["bloc", "plus grande différence", "noyaux lancés, à la main", "par la bibliothèque"],
    rows: compared.map(({ block, difference, launches }) => [block, smallNumber(difference), ...launches]),
  });
  lesson.say(
    "Le même calcul, à l'arrondi près, avec moins de noyaux : les trois projections n'en font qu'un, l'attention d'un bout à " +
      "l'autre aussi, et de même le raccourci avec sa norme.",
  );

  const batch = options.quick ? 6 : BATCH;
  const changed = await changedSentences(encoder, batch, device, generator);
  lesson.say(
    "Confondre les deux ordres ne donne aucune erreur, et c'est le danger : le cours passe des embeddings (32, 10, 256) à " +
      "nn.TransformerEncoderLayer, qui lit 32 comme la longueur. Changeons une seule phrase du lot, et comptons celles dont la sortie change :",
  );
  lesson.table({
    caption: `Une phrase changée sur ${batch}`,
    header: ["lecture", "forme de la sortie", "phrases dont la sortie change"],
    rows: [
      ["le lot d'abord", shapeText([batch, LENGTH, WIDTH]), changed.batchFirst],
      ["la longueur d'abord, par erreur", shapeText([batch, LENGTH, WIDTH]), changed.exchanged],
    ],
  });
  lesson.say(
    "Lue de travers, chaque position regarde la même position des autres phrases : le modèle mélange des textes sans rapport, " +
      "et la forme ne le dit pas.",
  );
  for (const part of [x, attended, memory, encoded, decoded]) part.dispose();
  return { shapes, parameters, error, compared, changed };
};

/** Copies the weights of each block into the library's, and runs both: with padding, and without the future. */
async function compareBlocks(
  {
    attention,
    encoder,
    decoder,
  }: { attention: WrittenAttention; encoder: WrittenBlock; decoder: WrittenDecoderBlock },
  x: Tensor,
  memory: Tensor,
): Promise<Comparison[]> {
  const { device } = x;
  const options = { dimFeedforward: EXPANSION * WIDTH, dropout: 0, device };
  const library = {
    attention: new MultiheadAttention(WIDTH, HEADS, { device }),
    encoder: new TransformerEncoderLayer(WIDTH, HEADS, options),
    decoder: new TransformerDecoderLayer(WIDTH, HEADS, options),
  };
  library.attention.loadStateDict(await attentionState(attention));
  library.encoder.loadStateDict(await encoderLayerState(encoder));
  library.decoder.loadStateDict(await decoderLayerState(decoder));
  // The last three tokens of every other sentence are padding.
  const hidden = Int32Array.from({ length: BATCH * LENGTH }, (_, i) =>
    Number(Math.floor(i / LENGTH) % 2 === 1 && i % LENGTH >= LENGTH - 3),
  );
  const padding = tensor(hidden, { shape: [BATCH, LENGTH], device });
  const mask = reshape(padding, [BATCH, 1, 1, LENGTH]);
  const future = lookAheadMask(LENGTH, device);
  const pairs: [string, () => Tensor, () => Tensor][] = [
    [
      "multi-têtes",
      () => attention.forward(x, x, x, mask),
      () => library.attention.forward(x, x, x, { keyPaddingMask: padding }).output,
    ],
    [
      "couche d'encodeur",
      () => encoder.forward(x, x, x, mask),
      () => library.encoder.forward(x, { keyPaddingMask: padding }),
    ],
    [
      "couche de décodeur",
      () => decoder.forward(x, memory, mask, future),
      () => library.decoder.forward(x, memory, { causal: true, memoryKeyPaddingMask: padding }),
    ],
  ];
  const found: Comparison[] = [];
  for (const [block, ...runs] of pairs) {
    const launches: number[] = [];
    const outputs = runs.map((run) => {
      const before = device.stats().dispatches;
      const output = noGrad(run);
      launches.push(device.stats().dispatches - before);
      return output;
    });
    const [a, b] = await Promise.all(outputs.map((output) => output.data()));
    for (const output of outputs) output.dispose();
    found.push({ block, difference: greatestDifference(a, b), launches: [launches[0], launches[1]] });
  }
  for (const part of [padding, future]) part.dispose();
  return found;
}

/** The course's way through its heads, up to where it stops. */
export function courseFailure(x: Tensor, device: Device): string {
  const [batch, length, width] = x.shape;
  const values = new Linear(width / HEADS, width, { device, bias: false }); // Linear(head_dim, embed_size)
  const projected = noGrad(() => values.forward(reshape(x, [batch, length, HEADS, width / HEADS])));
  try {
    reshape(projected, [batch, length, width]).dispose(); // .reshape(N, query_len, self.embed_size)
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Changes the first sentence of a batch and counts the sentences whose output changes, with both readings. */
async function changedSentences(
  block: WrittenBlock,
  batch: number,
  device: Device,
  generator: Generator,
): Promise<{ batchFirst: number; exchanged: number }> {
  const before = randomNormal([batch, LENGTH, WIDTH], { device, generator });
  const values = Float32Array.from(await before.data());
  for (let i = 0; i < LENGTH * WIDTH; i++) values[i] = -values[i];
  const after = tensor(values, { shape: before.shape, device });
  const count = async (read: (x: Tensor) => Tensor): Promise<number> => {
    const outputs = noGrad(() => [read(before), read(after)]);
    const [a, b] = await Promise.all(outputs.map((output) => output.data()));
    for (const output of outputs) output.dispose();
    return Array.from({ length: batch }, (_, i) => i * LENGTH * WIDTH).filter((start) =>
      a.subarray(start, start + LENGTH * WIDTH).some((value, i) => Math.abs(value - b[start + i]) > 1e-6),
    ).length;
  };
  const batchFirst = await count((x) => block.forward(x, x, x, null));
  const exchanged = await count((x) => {
    const turned = transpose(x, 0, 1);
    return transpose(block.forward(turned, turned, turned, null), 0, 1);
  });
  for (const part of [before, after]) part.dispose();
  return { batchFirst, exchanged };
}
