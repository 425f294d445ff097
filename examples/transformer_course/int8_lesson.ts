/** Dynamic int8 quantization: what becomes of a weight, and of the bytes, the time and the answers. */
import {
  type Device,
  moduleBytes,
  noGrad,
  quantizeDynamic,
  QuantizedLinear,
  randomNormal,
  TransformerEncoderLayer,
  writeSafetensors,
} from "../../src/index.ts";
import { formatCount, formatNumber, formatPercent } from "../support/format.ts";
import { copyOf, evaluate, inferenceTimes, type NumberReader } from "./number_reader.ts";
import type { OptimisationRoom } from "./optimisation.ts";
import { firstOf, NUMBERS } from "./typos.ts";

/** One side of the comparison. */
interface Measured {
  /** As `numel` over the parameters counts. */
  readonly elements: number;
  readonly bytes: number;
  readonly fileBytes: number;
  readonly accuracy: number;
  /** Median milliseconds per number of texts at once. */
  readonly milliseconds: Readonly<Record<number, number>>;
}

export interface QuantizationFacts {
  readonly before: Measured;
  readonly after: Measured;
  readonly layers: readonly { name: string; bytesBefore: number; bytesAfter: number }[];
  /** Share of the tests with the same answer before and after. */
  readonly sameAnswers: number;
  /** Largest difference of a logit, and the largest logit. */
  readonly difference: number;
  readonly largest: number;
  /** An encoder layer of the course's sizes. */
  readonly encoderLayer: { bytesBefore: number; bytesAfter: number; difference: number; typical: number };
}

export async function quantizationLesson(room: OptimisationRoom): Promise<QuantizationFacts> {
  const { lesson, model, settings, tests } = room;
  lesson.chapter("Quantification : un poids dans un octet");
  lesson.say(
    "Un poids en f32 prend 4 octets. En int8 il en prend un : c'est un entier de −128 à 127, et chaque ligne de la matrice (un " +
      "neurone de sortie) garde une échelle, son plus grand poids divisé par 127,5. L'erreur ne dépasse jamais une demi-échelle.",
  );
  lesson.output("échelle = max |w| / 127,5        q = arrondi(w / échelle)        w ≈ échelle · q");

  const state = await model.stateDict();
  const quantized = copyOf(model, state);
  const report = quantizeDynamic(quantized);
  lesson.table(await weightsTable(model, quantized));
  lesson.say(
    "« Dynamique » veut dire que les entrées aussi passent en int8, au vol, avec une échelle par ligne : le produit se fait en " +
      "entiers, exactement, et n'est remis à l'échelle qu'à la fin. PyTorch fait de même, mais prend une seule étendue pour tout le " +
      "lot : la réponse pour un texte y dépend de ses voisins, ici non. Les poids et leurs échelles sont ceux de " +
      "per_channel_dynamic_qconfig ; la configuration par défaut de PyTorch n'a qu'une échelle par matrice.",
  );

  const times = new Map<number, readonly number[]>();
  for (const texts of settings.batches)
    times.set(texts, await inferenceTimes([model, quantized], firstOf(tests, texts), settings.timedRuns));
  const [before, after] = await Promise.all(
    [model, quantized].map((reader, side) => measure(reader, room, (texts) => times.get(texts)![side])),
  );
  const differing = await compare(model, quantized, room);
  const ms = (side: Measured, texts: number): string => formatNumber(side.milliseconds[texts], 2);
  lesson.table({
    caption: "Avant et après",
    header: ["", "f32", "int8"],
    rows: [
      ["numel des paramètres", formatCount(before.elements), formatCount(after.elements)],
      ["octets en mémoire", formatCount(before.bytes), formatCount(after.bytes)],
      ["octets du fichier safetensors", formatCount(before.fileBytes), formatCount(after.fileBytes)],
      ["textes bien lus", formatPercent(before.accuracy), formatPercent(after.accuracy)],
      ...settings.batches.map((texts) => [
        texts === 1 ? "ms, un texte (médiane)" : `ms, ${texts} textes (médiane)`,
        ms(before, texts),
        ms(after, texts),
      ]),
    ],
  });
  lesson.table({
    caption: "Couche par couche, en octets",
    header: ["couche", "f32", "int8", "part"],
    rows: report.layers.map(({ name, bytesBefore, bytesAfter }) => [
      name,
      formatCount(bytesBefore),
      formatCount(bytesAfter),
      formatPercent(bytesAfter / bytesBefore, 0),
    ]),
  });
  lesson.say(
    `Les mêmes réponses pour ${formatPercent(differing.sameAnswers)} des ${formatCount(tests.labels.length)} textes ; un score s'écarte au plus de ` +
      `${formatNumber(differing.difference, 2)}, et le plus grand vaut ${formatNumber(differing.largest, 1)}.`,
  );
  const encoderLayer = await quantizeEncoderLayer(room.device);
  lesson.say(
    "Et une couche d'encodeur du cours (256 de large, 8 têtes, 1 024 à l'intérieur, poids tirés au hasard) : " +
      `${formatCount(encoderLayer.bytesBefore)} octets, puis ${formatCount(encoderLayer.bytesAfter)}, soit ${formatPercent(encoderLayer.bytesAfter / encoderLayer.bytesBefore, 0)}. ` +
      "La moitié seulement, car quantize_dynamic ne touche pas aux projections de MultiheadAttention, qui ne sont pas des Linear que " +
      `l'on appelle. Les sorties s'écartent de ${formatNumber(encoderLayer.difference, 4)} en moyenne, pour des valeurs de ${formatNumber(encoderLayer.typical, 2)} en moyenne.`,
  );
  const last = settings.batches.at(-1)!;
  const ratio = before.milliseconds[last] / after.milliseconds[last];
  lesson.notes([
    "Le carnet compare numel avant et après. Cela ne montre rien : un int8 est un élément, comme un f32. Le compte baisse pourtant, " +
      "chez PyTorch comme ici, parce que les poids quantifiés ne sont plus des paramètres à entraîner ; il baisserait autant si on " +
      `les avait jetés. Ce sont les octets qu'il faut compter : ${formatCount(before.bytes)} octets, puis ${formatCount(after.bytes)}.`,
    ratio > 1.1
      ? `Ici int8 va ${formatNumber(ratio, 1)} fois plus vite à ${last} textes. Ce n'est pas toujours le cas : il faut quantifier les entrées et déballer les poids.`
      : ratio < 0.9
        ? `Ici int8 va moins vite (${formatNumber(1 / ratio, 1)} fois à ${last} textes) : quantifier les entrées et déballer les poids coûte plus que les entiers ne rapportent. ` +
          "Ceux qui ont une instruction pour quatre produits d'octets à la fois, et un noyau qui s'en sert (le nôtre reste portable), y gagnent ; la mémoire, elle, est gagnée partout."
        : "Le temps ne change guère ici : les entiers rapportent ce que coûtent la quantification des entrées et le déballage des poids. La mémoire, elle, est gagnée partout.",
    "Embeddings, normes et projections de l'attention restent en f32, comme dans PyTorch ; un modèle quantifié ne s'entraîne plus.",
  ]);
  return { before, after, layers: report.layers, ...differing, encoderLayer };
}

/** Bytes of a Transformer's encoder layer before and after, and how far its outputs move. */
async function quantizeEncoderLayer(device: Device): Promise<QuantizationFacts["encoderLayer"]> {
  const layer = new TransformerEncoderLayer(256, 8, { dimFeedforward: 1024, device }).eval();
  const x = randomNormal([4, 10, 256], { device });
  const before = await noGrad(() => layer.forward(x)).data();
  const { bytesBefore, bytesAfter } = quantizeDynamic(layer);
  const after = await noGrad(() => layer.forward(x)).data();
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    bytesBefore,
    bytesAfter,
    difference: mean(Array.from(before, (v, i) => Math.abs(v - after[i]))),
    typical: mean(Array.from(before, Math.abs)),
  };
}

async function measure(
  model: NumberReader,
  { settings, tests }: OptimisationRoom,
  time: (texts: number) => number,
): Promise<Measured> {
  return {
    elements: model.countParameters(),
    bytes: moduleBytes(model),
    fileBytes: writeSafetensors(await model.stateDict()).length,
    accuracy: (await evaluate(model, tests)).accuracy,
    milliseconds: Object.fromEntries(settings.batches.map((texts) => [texts, time(texts)])),
  };
}

/** How far the scores and the answers of two models are apart. */
async function compare(
  model: NumberReader,
  quantized: NumberReader,
  { tests }: OptimisationRoom,
): Promise<{ sameAnswers: number; difference: number; largest: number }> {
  const [a, b] = [(await evaluate(model, tests)).logits, (await evaluate(quantized, tests)).logits];
  let [difference, largest, same] = [0, 0, 0];
  for (let row = 0; row < tests.labels.length; row++) {
    let [bestA, bestB] = [0, 0];
    for (let n = 0; n < NUMBERS; n++) {
      const [va, vb] = [a[row * NUMBERS + n], b[row * NUMBERS + n]];
      difference = Math.max(difference, Math.abs(va - vb));
      largest = Math.max(largest, Math.abs(va));
      if (va > a[row * NUMBERS + bestA]) bestA = n;
      if (vb > b[row * NUMBERS + bestB]) bestB = n;
    }
    if (bestA === bestB) same++;
  }
  return { sameAnswers: same / tests.labels.length, difference, largest };
}

/** The first weights of a row, as they were, as int8, and as they come back. */
async function weightsTable(model: NumberReader, quantized: NumberReader) {
  const layer = quantized.layers.at(-1);
  if (!(layer instanceof QuantizedLinear)) throw new Error("the last layer was not quantized");
  const weights = (await model.stateDict()).get("layers.6.weight")!.data;
  const state = await layer.stateDict();
  const q = state.get("weight")!.data;
  const scale = state.get("weight_scale")!.data[0];
  return {
    caption: `Les premiers poids d'un neurone ; échelle ${formatNumber(scale, 6)}, demi-échelle ${formatNumber(scale / 2, 6)}`,
    header: ["poids", "int8", "échelle · int8", "erreur"],
    rows: Array.from({ length: 6 }, (_, i) => [
      formatNumber(weights[i], 6),
      String(q[i]).replace("-", "−"),
      formatNumber(q[i] * scale, 6),
      formatNumber(Math.abs(weights[i] - q[i] * scale), 6),
    ]),
  };
}
