/** A run of the word example in the lab. */
import {
  type Device,
  FileFormatError,
  manualSeed,
  nearestWords,
  packCheckpoint,
  unpackCheckpoint,
} from "../../src/index.ts";
import { loadModel } from "../../src/keras/index.ts";
import { formatCount, formatNumber, formatPercent } from "../support/format.ts";
import {
  type Answer,
  LabError,
  type OnText,
  type Results,
  type Sample,
  type Session,
  type Step,
  type Values,
  type Voice,
} from "../web/notebook.ts";
import { type Corpus, readCorpus, sentencesOf, tokenize } from "./corpus.ts";
import { historyPictures, lengthsPicture, wordMapPicture } from "./figures.ts";
import type { LabSettings } from "./lab_settings.ts";
import { promptsFor } from "./prompts.ts";
import { accuraciesTable, epochsTable, TASK_NAMES } from "./results.ts";
import { NOTEBOOK, type Settings } from "./settings.ts";
import { END, SimpleLLM } from "./simple_llm.ts";
import { embeddingTable, type FitState, type Guess, PADDING, WordTraining } from "./training.ts";
import { frequentWords, mapWords } from "./vectors.ts";

/** What a saved file holds beside the model. */
interface SavedState {
  mots?: { values: Values; text: string; history: Record<string, number[]> };
}

/** One of the models, in a run. */
export class WordSession implements Session {
  readonly settings: Values;
  readonly #own: LabSettings;
  readonly #text: string;
  readonly #corpus: Corpus;
  readonly #llm: SimpleLLM | undefined;
  readonly #training: WordTraining | undefined;

  private constructor(values: Values, text: string, corpus: Corpus, made: SimpleLLM | WordTraining) {
    this.settings = values;
    this.#own = values as unknown as LabSettings;
    this.#text = text;
    this.#corpus = corpus;
    if (made instanceof SimpleLLM) this.#llm = made;
    else this.#training = made;
  }

  /** A new model, or the one in a saved file. */
  static async start(values: Values, text: string, device: Device, saved?: Uint8Array): Promise<WordSession> {
    const own = values as unknown as LabSettings;
    const { task, endToken, embedding, units, seed, epochs, repeats, batchSize, learningRate } = own;
    const corpus = readCorpus(text);
    const sentences = own.sentences || undefined;
    if (task === "llm") {
      const llm = saved
        ? SimpleLLM.load(saved, { device })
        : new SimpleLLM({ endToken, embedding, units, learningRate, seed, device });
      llm.fitTokenizer(sentencesOf(text).slice(0, sentences).join("\n"));
      if (!saved) await llm.buildModel();
      return new WordSession(values, text, corpus, llm);
    }
    const tasks = { ...NOTEBOOK.tasks, [task]: { epochs, repeats, batchSize, learningRate, sentences } };
    const model = saved && loadModel(saved, { device });
    const settings: Settings = { seed, embedding, units, tasks };
    return new WordSession(
      values,
      text,
      corpus,
      new WordTraining(task, corpus, settings, device, undefined, model),
    );
  }

  get #model() {
    return (this.#llm ?? this.#training!).model;
  }
  get #history(): Record<string, number[]> {
    return (this.#llm ?? this.#training!).history;
  }
  get #vocabulary() {
    return (this.#llm ?? this.#corpus).vocabulary;
  }
  get #rows(): number {
    return this.#llm ? this.#llm.sentences.length * this.#own.repeats : this.#training!.examples.x.shape[0];
  }
  get #stepsPerEpoch(): number {
    return Math.ceil(this.#rows / this.#own.batchSize);
  }
  get #epochsDone(): number {
    return this.#history.loss?.length ?? 0;
  }
  get parameters(): number {
    return this.#model.countParams();
  }
  get steps(): number {
    return this.#stepsPerEpoch * this.#own.epochs;
  }
  get step(): number {
    return this.#stepsPerEpoch * this.#epochsDone;
  }
  get complete(): boolean {
    return this.#epochsDone >= this.#own.epochs;
  }
  get samplesPerStep(): number {
    return Math.min(this.#own.batchSize, this.#rows);
  }
  get description(): string {
    const layers = this.#model.layers.map((layer) => layer.className).join(" → ");
    return `${TASK_NAMES[this.#own.task]} : ${layers} ; ${formatCount(this.#rows)} lignes, ${formatCount(this.#vocabulary.size)} numéros`;
  }
  get history(): Session["history"] {
    return { epochs: this.#history };
  }
  get references(): Session["references"] {
    // The binary loss is a mean over all words, which chance makes small as well.
    if (this.#own.task === "coupe") return {};
    const { size } = this.#vocabulary;
    return { loss: [{ y: Math.log(size), label: `hasard : ln ${formatCount(size)}` }] };
  }

  async run(onStep: (step: Step) => void, gate: () => Promise<boolean>): Promise<boolean> {
    if (this.complete) return true;
    manualSeed(this.#own.seed); // The orders of the sentences follow from it, also after loading.
    const { epochs, repeats, batchSize } = this.#own;
    const before = this.#epochsDone;
    const news = ({ step, epoch, values, epochEnd }: FitState): void =>
      onStep({
        step: before * this.#stepsPerEpoch + step,
        steps: this.steps,
        epoch: before + epoch,
        epochs,
        values: epochEnd ? {} : values,
        ...(epochEnd ? { epochValues: values } : {}),
      });
    const watch = { epochs: epochs - before, onStep: news, onEpoch: news, gate };
    if (this.#llm) return this.#llm.fit({ ...watch, repeats, batchSize });
    return this.#training!.fit(watch);
  }

  /** The ids of a beginning; words that the corpus lacks are named. */
  #ids(text: string): Int32Array {
    if (text.trim() === "") throw new LabError("Le début est vide.", "Écrivez un mot du corpus au moins.");
    try {
      return this.#llm ? this.#llm.tokenize(text) : tokenize(this.#corpus.vocabulary, text);
    } catch (error) {
      const near = /nearest[^"]*"([^"]+)"/.exec((error as Error).message)?.[1];
      const word = /"([^"]+)"/.exec((error as Error).message)?.[1] ?? text;
      throw new LabError(
        `Le modèle ne connaît pas « ${word} ».`,
        `Il ne connaît que les ${formatCount(this.#vocabulary.words.length)} mots de ses phrases${near ? ` ; le plus proche : « ${near} »` : ""}.`,
      );
    }
  }

  #guess(ids: ArrayLike<number>, count: number): Promise<Guess[]> {
    return this.#llm ? this.#llm.guess(ids, count) : this.#training!.guess(ids, count);
  }

  /** Adds likeliest words until one means the end, or there are enough. */
  async #continue(
    text: string,
    count: number,
    onText: OnText,
    shouldStop: () => Promise<boolean>,
  ): Promise<string> {
    const ids = Array.from(this.#ids(text));
    let written = "";
    for (let i = 0; i < count; i++) {
      const [{ word }] = await this.#guess(ids, 1);
      if (word === END || word === PADDING) break;
      ids.push(this.#vocabulary.id(word)!);
      written += ` ${word}`;
      onText(` ${word}`);
      if (await shouldStop()) break;
    }
    return written;
  }

  async ask(
    question: string,
    input: string,
    options: Values,
    onText: OnText,
    shouldStop: () => Promise<boolean>,
  ): Promise<Answer> {
    if (question === "voisins") return this.#neighbours(input.trim().toLowerCase());
    const guesses = await this.#guess(this.#ids(input), 5);
    onText(input, true);
    await this.#continue(input, Number(options.words), onText, shouldStop);
    return {
      tables: [
        {
          caption: "Le mot suivant, selon le modèle",
          header: ["mot", "probabilité"],
          rows: guesses.map(({ word, probability }) => [word, formatPercent(probability, 2)]),
        },
      ],
    };
  }

  async #neighbours(word: string): Promise<Answer> {
    this.#ids(word);
    if (!this.#vocabulary.has(word))
      throw new LabError(`« ${word} » est fait de plusieurs mots.`, "Donnez-en un seul.");
    const near = nearestWords(await embeddingTable(this.#model), this.#vocabulary, word, 8);
    return {
      tables: [
        {
          caption: `Les mots dont le vecteur est le plus proche de celui de « ${word} »`,
          header: ["mot", "cosinus"],
          rows: near.map(({ word: other, similarity }) => [other, formatNumber(similarity, 3)]),
        },
      ],
    };
  }

  async sample(voice: Voice, shouldStop: () => Promise<boolean>): Promise<Sample> {
    let given = voice.question === "continuer" ? voice.input : "";
    try {
      this.#ids(given);
    } catch {
      given = promptsFor(this.#corpus).short.text;
    }
    const text = await this.#continue(given, Number(voice.options.words ?? 6), () => undefined, shouldStop);
    return { given, text: text || " …", note: "à chaque fois le mot le plus probable" };
  }

  async results(): Promise<Results> {
    const name = TASK_NAMES[this.#own.task];
    const table = await embeddingTable(this.#model);
    const vectors = { table, vocabulary: this.#vocabulary };
    const points = mapWords(vectors, frequentWords(this.#corpus, this.#vocabulary, 40), this.#own.seed);
    const manyToMany = this.#llm !== undefined || this.#training!.manyToMany;
    const accuracies = await (this.#llm ?? this.#training!).accuracies();
    const prompts = promptsFor(this.#corpus);
    const asked = this.#llm
      ? prompts.llm
      : prompts.lastWord.map((text) => ({ text, count: manyToMany ? 3 : 1 }));
    const texts = [];
    for (const { text, count } of asked)
      if (this.#vocabulary.unknownWords(this.#llm ? text.toLowerCase().split(" ") : []).length === 0)
        texts.push({
          title: `« ${text} … »`,
          text:
            text +
            (await this.#continue(
              text,
              count,
              () => undefined,
              async () => false,
            )),
        });
    const perplexity =
      this.#own.task === "lstm"
        ? [
            {
              caption: "Perplexité : entre combien de mots également probables le modèle hésite",
              header: ["phrases", "perplexité"],
              rows: [
                ["apprises", formatNumber(await this.#training!.perplexity(this.#training!.sentences), 2)],
              ],
            },
          ]
        : [];
    return {
      figures: [
        ...historyPictures(name, this.#history),
        lengthsPicture(this.#corpus),
        wordMapPicture(points, "Les vecteurs appris, dans le plan"),
      ],
      tables: [
        ...(manyToMany ? [accuraciesTable(accuracies)] : []),
        epochsTable(this.#history),
        ...perplexity,
      ],
      texts,
    };
  }

  async save(): Promise<Uint8Array> {
    const saved = unpackCheckpoint(await (this.#llm ? this.#llm.save() : this.#model.save()));
    const mots = { values: this.settings, text: this.#text, history: this.#history };
    return packCheckpoint({ ...saved, state: { ...saved.state, mots } as typeof saved.state });
  }

  /** What `save` gave, with some settings changed. */
  static async load(bytes: Uint8Array, device: Device, changed: Values = {}): Promise<WordSession> {
    const { mots } = unpackCheckpoint(bytes, "mots").state as SavedState;
    if (!mots) throw new FileFormatError("mots: a checkpoint, but not one of the lab's word notebook");
    const session = await WordSession.start({ ...mots.values, ...changed }, mots.text, device, bytes);
    for (const [name, values] of Object.entries(mots.history)) session.#history[name] = [...values];
    return session;
  }

  dispose(): void {}
}
