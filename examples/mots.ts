/**
 * Learns which word comes next, and writes sentences word by word with small recurrent networks.
 *
 * Goal: see every step between a sentence and a network that continues it, and what each way of asking teaches: the last
 * word only (many-to-one), every word (many-to-many), a word anywhere (random cuts), with a simple recurrent layer and
 * with an LSTM. At the end all of it fits into one class, SimpleLLM, a very small language model.
 *
 * Time: about two minutes on two CPU cores, where auto goes when there is no GPU, with the 154 sentences of
 * examples/data/phrases.ts and fewer epochs and cuts than the notebook. `--full` has the notebook's numbers: with its
 * corpus (--download) the last-word model takes a minute, SimpleLLM half an hour, the three layers of `coupe` two hours.
 *
 * Expect: the models know their sentences by heart and nothing else: "coucher du" is completed with "soleil", a beginning
 * that the corpus has is mostly continued with its sentence, and a sentence never seen leaves the LSTM helpless.
 *
 * Exercises:
 *   --section dernier-mot,vecteurs   one part at a time; --prompt "le train" asks your own beginning
 *   --units 16, 32, 128              how much memory does a corpus need?
 *   --embedding 8, 300               and how many numbers a word?
 *   --section llm --epochs 4, 20     when does it begin to speak in sentences?
 *   --vectors cc.fr.300.vec          neighbours in vectors that were learnt from billions of words
 *   --data FILE                      your own sentences, one per line
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import {
  type Device,
  frenchTokens,
  manualSeed,
  tensor,
  useDevice,
  WordVectorReader,
  wordVector,
} from "../src/index.ts";
import { layers, sequential } from "../src/keras/index.ts";
import { PHRASES } from "./data/phrases.ts";
import { type Corpus, inputRow, joinWords, readCorpus, sentencesOf, tokenize } from "./mots/corpus.ts";
import { accuraciesPicture, historyPictures, lengthsPicture, wordMapPicture } from "./mots/figures.ts";
import { ABOUT, FLAGS, type GivenFlags, type Section, sectionsFrom, settingsFrom } from "./mots/flags.ts";
import { loadSentences } from "./mots/files.ts";
import { type Prompts, promptsFor } from "./mots/prompts.ts";
import {
  accuraciesTable,
  describeResults,
  epochsTable,
  formatLoss,
  guessesText,
  predictionsTable,
  rowTable,
  TASK_NAMES,
  type TaskResult,
} from "./mots/results.ts";
import type { Settings } from "./mots/settings.ts";
import { END, SimpleLLM } from "./mots/simple_llm.ts";
import { type Accuracies, embeddingTable, type FitState, WordTraining } from "./mots/training.ts";
import {
  firstNumbers,
  frequentWords,
  mapWords,
  neighboursTable,
  sentenceVector,
  similarSentences,
  type Vectors,
} from "./mots/vectors.ts";
import { commandLine, Interruption, readFlagFile, runMain } from "./support/command.ts";
import { whyThisDevice } from "./support/device_text.ts";
import {
  ensureDirectory,
  ensureWritable,
  writeFigures,
  writeFileSafely,
  writeReport,
} from "./support/files.ts";
import { FlagError, parseFlags } from "./support/flags.ts";
import { formatCount, formatDuration, formatNumber, formatPercent, sparkline } from "./support/format.ts";
import { Lesson } from "./support/lesson.ts";
import { ProgressLine } from "./support/progress.ts";
import { terminalHistogram } from "./support/tables.ts";

/** What the parts of the lesson share. */
interface Room {
  readonly lesson: Lesson;
  readonly corpus: Corpus;
  readonly prompts: Prompts;
  readonly settings: Settings;
  readonly device: Device;
  readonly tasks: TaskResult[];
  readonly interruption: Interruption;
}

/** Ctrl-C was pressed during a training. */
class Interrupted extends Error {}

async function main(argv: string[]): Promise<number> {
  const started = performance.now();
  const flags = parseFlags(FLAGS, argv, ABOUT);
  if (flags.help) {
    console.log(flags.help);
    return 0;
  }
  // What cannot be used is better known before the training than after it.
  const sections = sectionsFrom(flags.section);
  const settings = settingsFrom(flags);
  ensureDirectory(flags.out);
  for (const path of [flags.json, flags.save]) if (path !== undefined) ensureWritable(path);
  const device = await useDevice(flags.device, { verify: flags.verify });
  console.log(`Appareil : ${device.description}\n           ${whyThisDevice(device.choice)}`);
  const { text, source } = await loadSentences({
    data: flags.data,
    sample: { name: "des phrases de tous les jours écrites pour ce projet", text: PHRASES },
    cacheDirectory: join(process.cwd(), ".cache"),
    fetch: flags.download,
  });
  const corpus = readCorpus(text);
  console.log(`Corpus   : ${source}`);
  console.log(`Réglages : ${settingsText(flags)}`);
  if (flags.prompt !== undefined) checkPrompt(corpus, flags.prompt);

  const lesson = new Lesson((line) => console.log(line), process.stdout.columns);
  const prompts = promptsFor(corpus, flags.prompt);
  const interruption = new Interruption();
  const room: Room = { lesson, corpus, prompts, settings, device, tasks: [], interruption };
  const wanted = (section: Section): boolean => sections.has(section);
  try {
    if (wanted("tokens")) await showTokens(room);
    if (wanted("dernier-mot") || wanted("vecteurs")) {
      const lastWord = await predictLastWord(room);
      if (wanted("vecteurs")) await showVectors(room, lastWord, flags.vectors);
    }
    if (wanted("sequence")) await predictEveryWord(room);
    if (wanted("coupe")) await predictAnywhere(room);
    if (wanted("lstm")) await predictWithLstm(room);
    if (wanted("llm")) await speak(room, text, flags);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.log(
      "Interrompu. Pour ne refaire qu'une partie : --section ; pour garder SimpleLLM d'une fois à l'autre : --save et --load.",
    );
    return 130;
  }
  interruption.close();

  // What is left behind: a report to look at, its pictures, and numbers to compute with.
  const seconds = (performance.now() - started) / 1000;
  const { report, json } = describeResults({
    ...{ device, source, corpus, settings, tasks: room.tasks, chapters: lesson.chapters, seconds },
    command: commandLine(ABOUT.name, argv),
  });
  console.log(`\nDurée totale : ${formatDuration(seconds)}\nRapport : ${writeReport(flags.out, report)}`);
  const pictures = writeFigures(join(flags.out, "mots"), report);
  if (pictures.length > 0)
    console.log(`Figures : ${formatCount(pictures.length)} fichiers SVG dans ${join(flags.out, "mots")}`);
  if (flags.json) writeFileSafely(flags.json, `${JSON.stringify(json, null, 2)}\n`);
  device.dispose();
  return 0;
}

// 1. Words, ids, and a first look at an Embedding.
async function showTokens({ lesson, corpus, prompts, device }: Room): Promise<void> {
  const { vocabulary, words, ids, longest } = corpus;
  lesson.chapter("Des mots, des numéros, des vecteurs");
  lesson.say(
    "Un réseau ne lit pas des lettres mais des nombres. La phrase est coupée en mots (l'élision et l'inversion aussi : " +
      "l’eau donne l’ et eau), chaque mot du corpus reçoit un numéro dans l'ordre alphabétique, et 0 reste pour le remplissage.",
  );
  lesson.output(
    words
      .slice(0, 3)
      .map((sentence, i) => `${sentence.join(" | ")}\n  [${Array.from(ids[i]).join(", ")}]`)
      .join("\n"),
  );
  lesson.say(
    `${formatCount(words.length)} phrases, ${formatCount(vocabulary.words.length)} mots différents : ` +
      `« ${vocabulary.words.slice(0, 6).join(" », « ")} » … « ${vocabulary.words.at(-1)} ». ` +
      `Avec le remplissage, ${formatCount(vocabulary.size)} numéros.`,
  );
  const row = inputRow(tokenize(vocabulary, prompts.row), longest - 1);
  lesson.output(
    `tokenizer("${prompts.row}")\n  [${row.data.join(", ")}]\n` +
      `decoder(…)\n  ${joinWords(vocabulary.decode(row.data))}`,
  );
  const lengths = ids.map((sentence) => sentence.length);
  lesson.terminal(`Longueur des phrases, en mots\n${terminalHistogram(lengths)}`);
  lesson.pictures(lengthsPicture(corpus));

  // The toy: a table of 15 vectors of 128 numbers.
  manualSeed(42);
  const toy = sequential([layers.embedding({ inputDim: 15, outputDim: 128, inputLength: 100 })], { device });
  const output = toy.call(tensor([Array.from({ length: 100 }, (_, i) => i % 15)], { dtype: "i32", device }));
  const [weights] = await toy.layers[0].getWeights();
  lesson.say(
    "Une couche Embedding est un tableau : une ligne par numéro. Elle remplace chaque numéro par sa ligne, et " +
      "l'entraînement change les lignes. Avec 15 numéros, 128 nombres par vecteur et des textes de 100 mots :",
  );
  lesson.output(
    `Poids  : ${weights.shape.join(" × ")} = ${formatCount(toy.countParams())} nombres, au hasard entre −0,05 et 0,05\n` +
      `Entrée : 1 × 100 numéros, sortie : ${output.shape.join(" × ")} (lot, longueur, vecteur)\n` +
      `Le vecteur du numéro 3 : ${firstNumbers(weights.data.subarray(3 * 128, 4 * 128))}`,
  );
  output.dispose();
}

// 2. Many-to-one: the last word of each sentence.
async function predictLastWord(room: Room): Promise<WordTraining> {
  const { lesson, corpus, prompts, settings, device } = room;
  lesson.chapter("Le dernier mot (plusieurs vers un)");
  lesson.say(
    "Le réseau lit la phrase mot après mot et garde un état h, sa mémoire. À chaque mot x il calcule un nouvel état à " +
      "partir du mot et de l'état d'avant. De l'état après la dernière position, une couche Dense tire une note pour " +
      "chaque mot du vocabulaire, et softmax en fait des probabilités.",
  );
  lesson.output(
    "h(t) = relu( x(t)·W + h(t−1)·U + b )\np    = softmax( h(T)·V + c )\nperte = −log p(le bon mot)",
  );
  const training = new WordTraining("dernier-mot", corpus, settings, device);
  training.model.summary({ print: (text) => lesson.output(text) });
  await trainWith(room, training);
  for (const beginning of prompts.lastWord) {
    const guesses = await training.guess(beginning, 3);
    lesson.output(`« ${beginning} … »\n  → ${guessesText(guesses)}`);
  }
  const table = await embeddingTable(training.model);
  const vector = wordVector(table, corpus.vocabulary, prompts.word);
  lesson.output(
    `Poids de l'Embedding : ${table.shape.join(" × ")}\n` +
      `Vecteur de « ${prompts.word} » (numéro ${corpus.vocabulary.id(prompts.word)}) : ${firstNumbers(vector, 8)}`,
  );
  lesson.notes([
    "Le rappel part de zéro : il ne compte que les réponses données à plus de 50 %, et au début le modèle hésite entre tous les mots.",
    "Une exactitude de 100 % sur les phrases apprises dit que le modèle les sait par cœur, pas qu'il sait le français.",
  ]);
  return training;
}

// 3. The vectors that the training left in the Embedding, and those of a file.
async function showVectors(
  { lesson, corpus, prompts, settings }: Room,
  training: WordTraining,
  file?: string,
): Promise<void> {
  lesson.chapter("Vecteurs de mots et de phrases");
  lesson.say(
    "Après l'entraînement, chaque ligne de l'Embedding est le vecteur d'un mot. Le vecteur d'une phrase est la moyenne de " +
      "ceux de ses mots. Deux vecteurs se comparent par le cosinus de leur angle : 1 même direction, 0 rien de commun.",
  );
  const own: Vectors = { table: await embeddingTable(training.model), vocabulary: corpus.vocabulary };
  compareVectors(lesson, corpus, prompts, own);
  lesson.pictures(
    wordMapPicture(
      mapWords(own, frequentWords(corpus, own.vocabulary, 40), settings.seed),
      "Les vecteurs appris, dans le plan",
    ),
  );
  lesson.say(
    "Quelques centaines de phrases ne suffisent pas pour que les voisins aient un sens : ces vecteurs ne savent que ce qui " +
      "aide à deviner le dernier mot. Ceux d'un fichier .vec (fastText, --vectors) ont lu des milliards de mots.",
  );
  if (file === undefined) return;
  const vectors = await readVectorFile(file, corpus);
  const missing = corpus.vocabulary.words.filter((word) => !vectors.vocabulary.has(word));
  lesson.say(
    `${file} : des vecteurs de ${formatCount(vectors.table.shape[1])} nombres pour ${formatCount(vectors.vocabulary.words.length)} mots du corpus` +
      (missing.length > 0
        ? ` ; ${formatCount(missing.length)} n'en ont pas (${missing.slice(0, 5).join(", ")} …).`
        : "."),
  );
  compareVectors(lesson, corpus, prompts, vectors);
  lesson.pictures(
    wordMapPicture(
      mapWords(vectors, frequentWords(corpus, vectors.vocabulary, 40), settings.seed),
      "Les vecteurs du fichier, dans le plan",
    ),
  );
}

function compareVectors(lesson: Lesson, corpus: Corpus, prompts: Prompts, vectors: Vectors): void {
  const { vocabulary, table } = vectors;
  const words = [
    prompts.word,
    ...frequentWords(corpus, vocabulary, 60).filter((word) => word.length > 4),
  ].filter((word) => vocabulary.has(word));
  const tokens = frenchTokens(prompts.lastWord[0].toLowerCase());
  lesson.output(
    tokens
      .filter((word) => vocabulary.has(word))
      .slice(0, 3)
      .map(
        (word) =>
          `${word.padEnd(14)} → ${formatCount(table.shape[1])} dimensions ${firstNumbers(wordVector(table, vocabulary, word), 5)}`,
      )
      .join("\n") +
      `\n${"phrase".padEnd(14)} → moyenne ${firstNumbers(sentenceVector(vectors, tokens) ?? [], 5)}`,
  );
  lesson.table(neighboursTable(vectors, [...new Set(words)].slice(0, 5)));
  lesson.table(similarSentences(vectors, corpus, 0));
}

async function readVectorFile(path: string, corpus: Corpus): Promise<Vectors> {
  const reader = new WordVectorReader({ only: new Set(corpus.vocabulary.words) });
  try {
    for await (const line of createInterface({
      input: createReadStream(path),
      crlfDelay: Number.POSITIVE_INFINITY,
    }))
      reader.add(line);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code)
      throw new FlagError(`--vectors: cannot read ${path} (${(error as Error).message})`);
    throw error;
  }
  return reader.finish();
}

// 4. Many-to-many: a word at every position.
async function predictEveryWord(room: Room): Promise<void> {
  const { lesson, corpus, prompts, settings, device } = room;
  lesson.chapter("Tous les mots (plusieurs vers plusieurs)");
  const training = new WordTraining("sequence", corpus, settings, device);
  const { width } = training;
  const padding = paddingShare(training);
  lesson.say(
    "Avec returnSequences, la couche récurrente donne son état à chaque position, et le modèle prédit un mot à chacune. " +
      `La cible est la ligne décalée d'un mot. Le carnet met la réponse dans la dernière des ${width} colonnes, derrière le remplissage : ` +
      "le réseau doit la porter à travers les zéros jusqu'au bout, et la prédiction se lit à la dernière position.",
  );
  lesson.say(
    `${formatPercent(padding)} des cibles sont du remplissage, et l'exactitude de Keras les compte toutes.`,
  );
  training.model.summary({ print: (text) => lesson.output(text) });
  lesson.table(accuraciesTable(await trainWith(room, training)));
  lesson.table(await rowTable(training, 0));
  lesson.say(`La sortie pour une phrase : ${width} × ${formatCount(corpus.vocabulary.size)} probabilités.`);
  for (const beginning of prompts.lastWord)
    lesson.output(`« ${beginning} … »\n  → ${guessesText(await training.guess(beginning, 3))}`);
}

// 5. Random cuts, three layers, and another loss.
async function predictAnywhere(room: Room): Promise<void> {
  const { lesson, corpus, prompts, settings, device } = room;
  const { epochs, repeats } = settings.tasks.coupe;
  lesson.chapter("Une coupe au hasard, trois couches");
  const training = new WordTraining("coupe", corpus, settings, device);
  const [rows, width] = training.examples.x.shape;
  const classes = corpus.vocabulary.size;
  lesson.say(
    `Chacune de ${formatCount(training.sentences.length)} phrases est coupée ${formatCount(repeats)} fois à un mot pris au hasard : ${formatCount(rows)} lignes. ` +
      `Leurs cibles en one-hot prendraient ${formatBytes(rows * width * classes * 4)} ; toCategorical ne garde que les numéros.`,
  );
  lesson.say(
    "La perte est ici l'entropie croisée binaire : chaque mot du vocabulaire est une question oui ou non, et la perte est la " +
      `moyenne de ${formatCount(classes)} questions dont une seule a pour réponse oui. C'est pourquoi elle est si petite.`,
  );
  lesson.output("perte = −moyenne( y·log p + (1 − y)·log(1 − p) )");
  training.model.summary({ print: (text) => lesson.output(text) });
  // The notebook calls fit twice; the second call goes on where the first one stopped.
  const first = Math.max(1, Math.round((epochs * 2) / 3));
  const parts = first === epochs ? [epochs] : [first, epochs - first];
  lesson.table(accuraciesTable(await trainWith(room, training, parts)));
  const { text, count } = prompts.short;
  lesson.output(`predict("${text}", ${count})\n  → ${await training.continue(text, count)}`);
}

// 6. The project brief: an LSTM, perplexity, and sentences that it has never seen.
async function predictWithLstm(room: Room): Promise<void> {
  const { lesson, corpus, settings, device } = room;
  lesson.chapter("Le projet : un LSTM et sa perplexité");
  lesson.say(
    "Un LSTM ajoute à l'état h une mémoire c, et trois portes entre 0 et 1 : f dit ce qui reste de la mémoire, i ce qui y " +
      "entre du candidat u, o ce qui en sort. Le cours écrit W·[h, x] ; c'est la somme de deux produits, x·W et h·U.",
  );
  lesson.output(
    "f = σ( x·Wf + h·Uf + bf )      i = σ( x·Wi + h·Ui + bi )      o = σ( x·Wo + h·Uo + bo )\n" +
      "u = tanh( x·Wu + h·Uu + bu )   c ← f·c + i·u                  h ← o·tanh(c)",
  );
  const seen = corpus.ids.filter((_, i) => i % 10 !== 9);
  const unseen = corpus.ids.filter((_, i) => i % 10 === 9);
  const training = new WordTraining("lstm", corpus, settings, device, seen);
  lesson.say(
    `Le modèle prédit le mot qui suit une coupe au hasard. Une phrase sur dix est mise de côté : ${formatCount(seen.length)} ` +
      `phrases pour apprendre, ${formatCount(unseen.length)} jamais vues.`,
  );
  training.model.summary({ print: (text) => lesson.output(text) });
  await trainWith(room, training);
  const known = await training.perplexity(seen);
  const fresh = unseen.length > 0 ? await training.perplexity(unseen) : Number.NaN;
  lesson.table({
    caption: "Perplexité : entre combien de mots également probables le modèle hésite",
    header: ["phrases", "perplexité"],
    rows: [
      ["apprises", formatNumber(known, 2)],
      ...(unseen.length > 0 ? [["jamais vues", formatNumber(fresh, 0)]] : []),
      ["au hasard", formatNumber(corpus.vocabulary.size, 0)],
    ],
  });
  const pick = (from: readonly Int32Array[], group: string, count: number) =>
    Array.from({ length: Math.min(count, from.length) }, (_, i) => ({
      ids: from[Math.floor((i * from.length) / count)],
      group,
    }));
  lesson.table(
    await predictionsTable(training, [...pick(seen, "apprise", 7), ...pick(unseen, "jamais vue", 3)]),
  );
  lesson.notes([
    "perplexité = exp(moyenne de −log p) sur les vrais mots. Elle vaut 1 quand le modèle est sûr et a raison.",
    "Sur des phrases jamais vues elle peut dépasser la taille du vocabulaire : le modèle est sûr de lui, et se trompe.",
  ]);
  Object.assign(room.tasks.at(-1)!, { perplexity: { seen: known, unseen: fresh } });
}

// 7. All of it in one object.
async function speak(room: Room, text: string, flags: { load?: string; save?: string }): Promise<void> {
  const { lesson, prompts, settings, device } = room;
  lesson.chapter("SimpleLLM, un modèle de langue en une classe");
  lesson.say(
    "fitTokenizer fait le vocabulaire (les mots entre deux espaces, ponctuation et apostrophes comprises), tokenize et decode " +
      "vont et viennent entre mots et numéros, embedding donne les vecteurs, predict écrit un mot après l'autre : chaque mot " +
      "prédit rejoint le début, et le modèle relit le tout.",
  );
  const { embedding, units, seed, tasks } = settings;
  const { epochs, repeats, batchSize, learningRate, sentences: limit } = tasks.llm;
  const corpus = sentencesOf(text).slice(0, limit);
  const make = (endToken: boolean): SimpleLLM =>
    new SimpleLLM({ endToken, embedding, units, learningRate, seed, device }).fitTokenizer(corpus.join("\n"));
  const sentences = new Set(corpus);
  const ask = async (llm: SimpleLLM): Promise<void> => {
    const rows: string[][] = [];
    for (const { text: start, count } of prompts.llm) {
      if (llm.vocabulary.unknownWords(start.toLowerCase().split(/\s+/)).length > 0) {
        rows.push([start, "un mot lui est inconnu", "—"]);
        continue;
      }
      const written = await llm.predict(start, llm.endToken ? 2 * count + 4 : count);
      rows.push([start, written, sentences.has(written.toLowerCase()) ? "oui" : "non"]);
    }
    lesson.table({
      caption: llm.endToken ? "Avec un mot de fin" : "Le modèle du carnet",
      header: ["début", "suite", "phrase du corpus"],
      rows,
    });
  };

  if (flags.load !== undefined) {
    const llm = SimpleLLM.load(readFlagFile("load", flags.load), { device, where: flags.load });
    lesson.say(
      `Modèle de ${flags.load} : ${formatCount(llm.vocabulary.size)} numéros, ${formatCount(llm.model.countParams())} paramètres.`,
    );
    await ask(llm);
    return;
  }
  const llm = await make(false).buildModel();
  lesson.say(
    `${formatCount(corpus.length)} phrases, ${formatCount(llm.vocabulary.size)} numéros, ${END} compris ; des lignes de ${llm.padLength}. Deux couches SimpleRNN, ` +
      `entropie croisée, ${epochsText(epochs)} sur ${formatCount(llm.sentences.length * repeats)} lignes.`,
  );
  llm.model.summary({ print: (summary) => lesson.output(summary) });
  await trainLlm(room, llm, "llm", { epochs, repeats, batchSize });
  await ask(llm);
  lesson.table(accuraciesTable(await llm.accuracies()));
  const [word] = prompts.llm[0].text.toLowerCase().split(" ");
  const [vector] = await llm.embedding(llm.tokenize(word));
  lesson.output(`embedding("${word}") : ${firstNumbers(vector, 8)}`);
  lesson.say(
    `Ce modèle ne sait pas s'arrêter : la dernière position n'a pour réponse que des mots, jamais ${END} (0). Une variante apprend aussi ` +
      `où les phrases finissent : ${END} y est la réponse derrière le dernier mot.`,
  );
  const stopping = await make(true).buildModel();
  await trainLlm(room, stopping, "llm-fin", { epochs, repeats, batchSize });
  await ask(stopping);
  if (flags.save) {
    const bytes = await stopping.save();
    writeFileSafely(flags.save, bytes);
    const again = SimpleLLM.load(bytes, { device, where: flags.save });
    const start = prompts.llm[0].text;
    const same = (await again.predict(start)) === (await stopping.predict(start));
    lesson.say(
      `Enregistré (la variante qui sait s'arrêter) : ${flags.save}, ${formatBytes(bytes.length)}. ` +
        `Relu, il écrit ${same ? "la même phrase" : "une autre phrase : le fichier est abîmé"}.`,
    );
  }
}

/** Trains a model with a progress line, shows its epochs, keeps what came out and returns the accuracies. */
async function trainWith(room: Room, training: WordTraining, parts?: readonly number[]): Promise<Accuracies> {
  const { lesson, tasks, settings, interruption } = room;
  const { task, manyToMany, history } = training;
  const began = performance.now();
  const curve: (Accuracies & { epoch: number })[] = [];
  const total = settings.tasks[task].epochs;
  const every = Math.max(1, Math.ceil(total / 15));
  let done = 0;
  for (const epochs of parts ?? [total]) {
    if (parts && parts.length > 1) console.log(`\nfit, ${epochsText(epochs)}`);
    await withProgress(interruption, (watch) =>
      training.fit({
        epochs,
        ...watch,
        onEpoch: async (state) => {
          watch.onEpoch(state);
          const epoch = done + state.epoch;
          if (manyToMany && (epoch % every === 0 || epoch === 1))
            curve.push({ epoch, ...(await training.accuracies()) });
        },
      }),
    );
    done += epochs;
  }
  const seconds = (performance.now() - began) / 1000;
  lesson.terminal(`perte ${sparkline(history.loss, 60)}`);
  lesson.table(epochsTable(history));
  lesson.say(
    `${epochsText(done)} en ${formatDuration(seconds)}, perte finale ${formatLoss(history.loss.at(-1)!)}.`,
  );
  lesson.pictures(...historyPictures(TASK_NAMES[task], history));
  if (curve.length > 1) lesson.pictures(accuraciesPicture(TASK_NAMES[task], curve));
  const accuracies = await training.accuracies();
  tasks.push({
    ...{ task, parameters: training.model.countParams(), seconds, history, accuracies },
    ...(curve.length > 0 ? { curve } : {}),
  });
  return accuracies;
}

async function trainLlm(
  { lesson, tasks, interruption }: Room,
  llm: SimpleLLM,
  task: string,
  options: { epochs: number; repeats: number; batchSize: number },
): Promise<void> {
  const began = performance.now();
  await withProgress(interruption, (watch) => llm.fit({ ...options, ...watch }));
  const seconds = (performance.now() - began) / 1000;
  lesson.terminal(`perte ${sparkline(llm.history.loss, 60)}`);
  lesson.table(epochsTable(llm.history, 5));
  lesson.pictures(...historyPictures(llm.endToken ? "SimpleLLM avec mot de fin" : "SimpleLLM", llm.history));
  tasks.push({ task, parameters: llm.model.countParams(), seconds, history: llm.history });
}

/** Runs a training that reports to a progress line; throws `Interrupted` after Ctrl-C. */
async function withProgress(
  interruption: Interruption,
  train: (watch: {
    onStep: (state: FitState) => void;
    onEpoch: (state: FitState) => void;
    gate: () => Promise<boolean>;
  }) => Promise<boolean>,
): Promise<void> {
  const line = new ProgressLine();
  const show = ({ step, steps, epoch, epochs, values: { loss, accuracy } }: FitState): void =>
    line.update({ step, steps, epoch, epochs, loss, accuracy });
  try {
    const complete = await train({ onStep: show, onEpoch: show, gate: async () => !interruption.requested });
    if (!complete) throw new Interrupted();
  } finally {
    line.finish();
  }
}

/** How a run differs from the notebook's. */
function settingsText(flags: GivenFlags): string {
  if (flags.full) return "ceux du carnet";
  if (flags.quick) return "quelques pas de chaque modèle, pour voir que tout marche (--quick)";
  const changed = [flags.epochs, flags.repeats, flags.sentences].some((value) => value !== undefined);
  return [
    `réduits${changed ? " (et changés par vos options)" : ""} : le dernier mot comme le carnet, 200 époques ;`,
    "plusieurs vers plusieurs, 60 époques au lieu de 200 ; coupe, 12 époques sur 48 phrases coupées",
    "20 fois au lieu de 30 sur toutes, 100 fois ; LSTM, 8 époques de 20 coupes ; SimpleLLM, 40 époques",
    "sur 48 phrases coupées 20 fois au lieu de 10 sur toutes, 100 fois ; pas d'apprentissage de 0,003",
    "à 0,004 au lieu de 0,001 pour compenser. --full : ceux du carnet",
  ].join("\n           ");
}

/** Names the words of `--prompt` that the corpus lacks, before any training. */
function checkPrompt({ vocabulary }: Corpus, prompt: string): void {
  try {
    tokenize(vocabulary, prompt);
  } catch (error) {
    throw new FlagError(`--prompt ${JSON.stringify(prompt)}: ${(error as Error).message}`);
  }
}

function epochsText(count: number): string {
  return `${formatCount(count)} époque${count > 1 ? "s" : ""}`;
}

function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${formatNumber(bytes / 1e9, 1)} Go`;
  return bytes >= 1e6 ? `${formatNumber(bytes / 1e6, 1)} Mo` : `${formatNumber(bytes / 1e3, 0)} ko`;
}

function paddingShare({ examples: { targets } }: WordTraining): number {
  return targets.data.reduce((count, id) => count + (id === 0 ? 1 : 0), 0) / targets.data.length;
}

await runMain(main);
