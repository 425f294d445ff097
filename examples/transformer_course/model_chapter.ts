/** Chapter 7: the full encoder-decoder of the course: its shapes, its parameters, what it says before it has learnt. */
import {
  crossEntropy,
  type Device,
  Generator,
  manualSeed,
  type Module,
  noGrad,
  randomIntegers,
  tensor,
} from "../../src/index.ts";
import { formatCount, formatNumber } from "../support/format.ts";
import { modelState } from "./compare.ts";
import { greatestDifference, shapeText, smallNumber } from "./figures.ts";
import { showCode } from "./listing.ts";
import { LibraryTransformer, WrittenTransformer } from "./model.ts";
import { type Chapter, COURSE } from "./settings.ts";

const [BATCH, LENGTH] = [32, 10];
/** Sentences with --quick. */
const FEW = 8;

export interface ModelFacts {
  readonly shapes: Readonly<Record<"memory" | "output", readonly number[]>>;
  /** Trained numbers by part, with projections 256 → 256. */
  readonly parts: Readonly<
    Record<"sourceInput" | "targetInput" | "encoder" | "decoder" | "fcOut" | "total", number>
  >;
  /** The total with projections 32 → 32. */
  readonly narrowTotal: number;
  /** Attention modules in all. */
  readonly attentions: number;
  /** The loss before any training, and that of answering all ids with the same probability. */
  /** A small model written out, against the library's layers with the same weights. */
  readonly compared: {
    readonly difference: number;
    readonly launches: readonly [written: number, library: number];
  };
  readonly startLoss: number;
  readonly chance: number;
}

export const modelChapter: Chapter<ModelFacts> = async (lesson, device, options) => {
  const { vocabulary, width, heads, layers, expansion, maxLength } = COURSE;
  const generator = new Generator(options.seed, 0x6d6f);
  lesson.chapter("Le modèle complet : encodeur et décodeur");
  lesson.say(
    `Les mêmes blocs, empilés : ${layers} couches de chaque côté, ${heads} têtes, ${width} nombres par mot, ${expansion * width} à l'intérieur, ` +
      `des positions apprises (${maxLength} au plus), deux vocabulaires de ${formatCount(vocabulary)} numéros, sans dropout. L'encodeur lit la source ` +
      "d'un coup ; le décodeur lit la cible sans l'avenir et donne à chaque place une note pour chaque numéro du vocabulaire.",
  );
  showCode(
    lesson,
    options,
    "model.ts",
    "WrittenInput.forward",
    "WrittenTransformer.encode",
    "WrittenTransformer.decode",
  );
  manualSeed(options.seed);
  const model = new WrittenTransformer({ ...COURSE, device });
  model.eval();
  const batch = options.quick ? FEW : BATCH;
  const draw = () => randomIntegers(0, vocabulary, [batch, LENGTH], { device, generator });
  const [source, target] = [draw(), draw()];
  const found = noGrad(() => {
    const memory = model.encode(source);
    const output = model.decode(target, memory, source);
    return { memory, output, loss: crossEntropy(output, target, { ignoreIndex: 0 }) };
  });
  const startLoss = await found.loss.item();
  const shapes = { memory: found.memory.shape, output: found.output.shape };
  lesson.output(
    `source ${shapeText(source.shape)} → lue par l'encodeur ${shapeText(shapes.memory)}\n` +
      `cible  ${shapeText(target.shape)} → notes du décodeur ${shapeText(shapes.output)}`,
    batch === BATCH
      ? "Un lot de numéros au hasard"
      : `Un lot de ${batch} (--quick) au lieu de ${BATCH}, numéros au hasard`,
  );
  for (const part of Object.values(found)) part.dispose();

  const count = (...modules: Module[]): number =>
    modules.reduce((total, module) => total + module.countParameters(), 0);
  const parts = {
    sourceInput: count(model.source),
    targetInput: count(model.target),
    encoder: count(...model.encoder),
    decoder: count(...model.decoder),
    fcOut: count(model.fcOut),
    total: model.countParameters(),
  };
  const attentions = 3 * layers; // une par couche d'encodeur, deux par couche de décodeur
  const spared = 3 * (width ** 2 - (width / heads) ** 2); // trois projections par attention
  const narrowTotal = parts.total - attentions * spared;
  lesson.table({
    caption: "Paramètres",
    header: ["partie", "projections 256 → 256", "projections 32 → 32"],
    rows: [
      ["mots et positions, source", parts.sourceInput, parts.sourceInput],
      ["mots et positions, cible", parts.targetInput, parts.targetInput],
      [`${layers} couches d'encodeur`, parts.encoder, parts.encoder - layers * spared],
      [`${layers} couches de décodeur`, parts.decoder, parts.decoder - 2 * layers * spared],
      [`Linear ${width} → ${formatCount(vocabulary)}`, parts.fcOut, parts.fcOut],
      ["en tout", parts.total, narrowTotal],
    ],
  });
  lesson.say(
    `${formatNumber(parts.total / 1e6, 1)} millions de paramètres avec des projections 256 → 256, ${formatNumber(narrowTotal / 1e6, 1)} millions avec 32 → 32 : ` +
      `${attentions} attentions (${layers} dans l'encodeur, ${2 * layers} dans le décodeur), et trois projections dans chacune. Les trois tables de ` +
      `${formatCount(vocabulary)} × ${width} en font déjà 7,7 millions.`,
  );
  const chance = Math.log(vocabulary);
  lesson.say(
    `Avant tout entraînement, la perte est de ${formatNumber(startLoss, 2)}, près de ln ${formatCount(vocabulary)} = ${formatNumber(chance, 2)} : celle d'un modèle qui ` +
      "donne la même probabilité à tous les numéros. Ce nombre reviendra au chapitre suivant.",
  );
  for (const parameter of model.parameters()) parameter.dispose();
  const compared = await compareModels(device, options.seed);
  lesson.say(
    "Le même modèle avec les couches de la bibliothèque tient en quelques lignes. C'est lui que le chapitre suivant entraîne :",
  );
  showCode(lesson, options, "model.ts", "LibraryTransformer.constructor", "LibraryTransformer.forward");
  lesson.say(
    `Avec les mêmes poids (une petite taille suffit : deux couches, 64 nombres), les notes diffèrent de ${smallNumber(compared.difference)} au plus, ` +
      `et une passe lance ${compared.launches[1]} noyaux au lieu de ${compared.launches[0]}.`,
  );
  return { shapes, parts, narrowTotal, attentions, compared, startLoss, chance };
};

/** Runs a small model written out and the library's with its weights, on ids with padding. */
async function compareModels(device: Device, seed: number): Promise<ModelFacts["compared"]> {
  const settings = { ...COURSE, vocabulary: 50, width: 64, layers: 2, device };
  const written = new WrittenTransformer(settings);
  const library = new LibraryTransformer(settings);
  library.loadStateDict(await modelState(written));
  const generator = new Generator(seed, 0x636d);
  const ids = Int32Array.from({ length: 4 * LENGTH }, () => 1 + generator.integer(49));
  ids.fill(0, LENGTH - 3, LENGTH); // la première phrase finit par du remplissage
  const source = tensor(ids, { shape: [4, LENGTH], device });
  const target = randomIntegers(1, 50, [4, LENGTH], { device, generator });
  const launches: number[] = [];
  const outputs = [written, library].map((model) => {
    const before = device.stats().dispatches;
    const output = noGrad(() => model.forward(source, target));
    launches.push(device.stats().dispatches - before);
    return output;
  });
  const [a, b] = await Promise.all(outputs.map((output) => output.data()));
  for (const output of outputs) output.dispose();
  return { difference: greatestDifference(a, b), launches: [launches[0], launches[1]] };
}
