/** Every kind of saved model behind the server: what it answers is what the model itself says, alone or in company. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CRITIQUES } from "../../examples/data/critiques.ts";
import { PHRASES } from "../../examples/data/phrases.ts";
import { prepareReviews } from "../../examples/imdb/prepare.ts";
import { QUICK as REVIEWS } from "../../examples/imdb/settings.ts";
import { SentimentTraining } from "../../examples/imdb/training.ts";
import { generateTexts } from "../../examples/moliere/generation.ts";
import { QUICK as CHARACTERS } from "../../examples/moliere/settings.ts";
import { MoliereTraining } from "../../examples/moliere/training.ts";
import { inputRow, readCorpus, tokenize } from "../../examples/mots/corpus.ts";
import { WordSession } from "../../examples/mots/lab_session.ts";
import { SimpleLLM } from "../../examples/mots/simple_llm.ts";
import { predict as predictParity } from "../../examples/parite/model.ts";
import { NOTEBOOK } from "../../examples/parite/settings.ts";
import { ParityTraining } from "../../examples/parite/training.ts";
import { QUICK as TRANSLATION } from "../../examples/translation/settings.ts";
import { TranslationTraining } from "../../examples/translation/training.ts";
import { readSource, translate } from "../../examples/translation/translate.ts";
import { createApp } from "../../examples/serve/app.ts";
import { type Listening, listen } from "../../examples/serve/listen.ts";
import { distinctTexts, loadTest } from "../../examples/serve/load_test.ts";
import { loadServedModel } from "../../examples/serve/models/index.ts";
import type { ServedModel } from "../../examples/serve/served_model.ts";
import { Service } from "../../examples/serve/service.ts";
import {
  CharacterVocabulary,
  type Device,
  manualSeed,
  openDevice,
  packCheckpoint,
  softmaxHost,
  unpackCheckpoint,
  writeSafetensors,
} from "../../src/index.ts";
import { layers, loadModel, sequential } from "../../src/keras/index.ts";

/** A pass over several rows sums in another order than one over each. */
const DIGITS = 5;
const HEADERS = { "content-type": "application/json" };

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

/** An application around a model, and what it answers. */
function appOf(model: ServedModel) {
  const service = new Service({ predict: model });
  const app = createApp(service, (error) => {
    throw error;
  });
  const ask = async (path: string, body: object) => {
    const response = await app.request(path, {
      method: "POST",
      headers: HEADERS,
      body: JSON.stringify(body),
    });
    return { status: response.status, ...(await response.json()) };
  };
  return { service, ask };
}

/** The same rows one by one and together; returns the probabilities. */
async function runBothWays(model: ServedModel, inputs: readonly (string | number[])[]) {
  const rows = inputs.map((input) => model.encode(input));
  const together = await model.run(rows);
  for (const [i, row] of rows.entries()) {
    const [alone] = await model.run([row]);
    expect(together[i]).toHaveLength(model.classes);
    for (const [id, p] of alone.entries()) expect(together[i][id]).toBeCloseTo(p, DIGITS);
    expect(together[i].reduce((a, b) => a + b)).toBeCloseTo(1, DIGITS);
  }
  return together;
}

/** A server runs for weeks: a pass must leave nothing behind on the device. */
async function leavesNothing(model: ServedModel): Promise<void> {
  const rows = model.examples.slice(0, 3).map((text) => model.encode(text));
  await model.run(rows);
  const { liveBytes } = device.stats();
  for (let pass = 0; pass < 3; pass++) await model.run(rows);
  expect(device.stats().liveBytes).toBe(liveBytes);
}

describe("sentiment", () => {
  let training: SentimentTraining;
  let model: ServedModel;
  beforeAll(async () => {
    const { encoder, train } = prepareReviews({ form: "texts", train: CRITIQUES }, {});
    const settings = { ...REVIEWS, words: encoder.size, epochs: 1 };
    training = SentimentTraining.start(settings, encoder, device);
    await training.fit(train.take([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), { verbose: 0 });
    model = loadServedModel(await training.save(), device, "imdb.safetensors");
  });

  it("says what the model says", async () => {
    const texts = ["I love this movie", "terrible", "a film about nothing at all but a train"];
    const answers = await runBothWays(model, texts);
    await leavesNothing(model);
    const own = await training.predictAll(texts);
    texts.forEach((_, i) => {
      expect(answers[i][1]).toBeCloseTo(own[i].probability, DIGITS);
    });
  });

  it("names the words that it does not know", async () => {
    const { ask } = appOf(model);
    const answer = await ask("/predict", { text: "I love this qwertz" });
    expect(answer.unknown_words).toEqual(["qwertz"]);
    expect(answer.label).toBe(["négatif", "positif"][answer.predicted_class]);
    expect((await ask("/predict", { text: "I love this movie" })).unknown_words).toBeUndefined();
    expect(await ask("/predict", { input: [1, 2] })).toMatchObject({ status: 422 });
    expect(await ask("/generate", { text: "I" })).toMatchObject({ status: 501 });
  });

  it("50 clients on a port: no answer lost, none of somebody else's", async () => {
    const { service } = appOf(model);
    const app = createApp(service);
    const server: Listening = await listen((request) => app.fetch(request), 0, "127.0.0.1");
    const texts = distinctTexts(
      CRITIQUES.map(({ text }) => text),
      50,
    );
    expect(new Set(texts).size).toBe(50);
    const result = await loadTest(server.address, { clients: 50, seconds: 1, texts });
    await server.close();
    expect(result.failures).toEqual([]);
    expect(result.mixed).toBe(0);
    expect(result.answered).toBeGreaterThanOrEqual(50);
    // Passes are shared, and nobody was answered without one.
    expect(result.rowsPerBatch).toBeGreaterThan(2);
    expect(service.predict.batcher.stats.rows).toBe(texts.length + result.answered);
  });

  it("the load test sees an answer of somebody else", async () => {
    let last: Float32Array = Float32Array.of(0.5, 0.5);
    const confused: ServedModel = {
      ...model,
      async run(rows) {
        const answers = await model.run(rows);
        // In company, everybody gets the answer of the one before.
        return rows.length === 1 ? answers : answers.map((answer) => [last, (last = answer)][0]);
      },
    };
    const app = createApp(new Service({ predict: confused }));
    const server = await listen((request) => app.fetch(request), 0, "127.0.0.1");
    const texts = CRITIQUES.slice(0, 12).map(({ text }) => text);
    const result = await loadTest(server.address, { clients: 12, seconds: 0.3, texts });
    await server.close();
    expect(result.failures).toEqual([]);
    expect(result.mixed).toBeGreaterThan(0);
  });
});

describe("parity", () => {
  it("reads numbers, as a list or a text", async () => {
    const training = await ParityTraining.start({ ...NOTEBOOK, units: 8, embedding: 8 }, device);
    const model = loadServedModel(await training.checkpoint(), device, "parite.safetensors");
    const sequence = [21, 6, 37, 33, 18, 48, 1, 25];
    const other = [20, 6, 37, 33, 18, 48, 1, 24];
    const [first] = await runBothWays(model, [sequence, other]);
    await leavesNothing(model);
    const own = await predictParity(training.model, sequence);
    expect(first[0]).toBeCloseTo(own.probabilities[0], DIGITS);

    const { ask } = appOf(model);
    const answer = await ask("/predict", { input: sequence });
    expect(answer.predicted_class).toBe(own.answer);
    expect(answer.label).toBe(["impaire", "paire"][own.answer]);
    expect(await ask("/predict", { text: sequence.join(", ") })).toEqual(answer);
    for (const [input, reason] of [
      [[1, 2, 3], /lit 8 nombres à la fois, et non 3/],
      [[...sequence.slice(1), 50], /de 0 à 49, et non 50/],
      [[...sequence.slice(1), 0.5], /entiers de 0 à 49, et non 0\.5/],
    ] as const)
      expect((await ask("/predict", { input })).error).toMatch(reason);
    expect((await ask("/predict", { text: "vingt et un" })).error).toMatch(/lit des nombres.*"vingt"/);
    for (const text of model.examples) expect((await ask("/predict", { text })).status).toBe(200);
  });
});

describe("characters", () => {
  const kinds = [
    ["lstm", "last"],
    ["gru", "every"],
    ["transformer", "every"],
  ] as const;
  for (const [kind, predict] of kinds)
    it(`the next one, and a text, from a ${kind} that predicts at ${predict}`, async () => {
      const text = PHRASES.slice(0, 600);
      const settings = { ...CHARACTERS, model: kind, window: 12, units: 12, heads: 3, embedding: 6, predict };
      const training = new MoliereTraining(text, settings, device);
      const model = loadServedModel(await training.checkpoint(), device, "moliere.safetensors");
      await runBothWays(model, ["Bonjour", "Le", "Bonjour madame avez-vous"]);
      await leavesNothing(model);

      const { ask } = appOf(model);
      const answer = await ask("/predict", { text: "Bonjour" });
      expect(answer.probabilities).toHaveLength(5);
      const vocabulary = CharacterVocabulary.from(text);
      expect(vocabulary.characters[answer.predicted_class]).toBe(answer.label);
      // The example's own way, at so low a temperature that it takes the likeliest character.
      const [own] = await generateTexts(training.model, vocabulary, {
        ...{ prompt: "Bonjour", temperatures: [1e-6], length: 20 },
        ...{ sampling: "window", window: 12, seed: 1 },
      });
      const written = await ask("/generate", { text: "Bonjour", max_tokens: 20, temperature: 0 });
      expect(written).toMatchObject({ text: own, tokens: 20, ended: false });
      const twice = { text: "Le", max_tokens: 10, temperature: 2, seed: 3 };
      expect(await ask("/generate", twice)).toEqual(await ask("/generate", twice));
      const other = await ask("/generate", { ...twice, seed: 4 });
      expect(other.text).not.toBe((await ask("/generate", twice)).text);
      expect((await ask("/generate", { text: "日本" })).error).toMatch(/vocabulary.*lacks "日"/);
    });
});

describe("translation", () => {
  it("what greedy decoding gives, also for texts of different lengths at once", async () => {
    const training = new TranslationTraining({ ...TRANSLATION, validateEvery: 1000 }, device);
    for await (const { step } of training.run()) if (step === 12) break;
    const model = loadServedModel(await training.checkpoint(), device, "translation.safetensors");
    const texts = ["1984", "seven", "two hundred and forty thousand", "eighty-one"];
    await runBothWays(model, texts);
    await leavesNothing(model);

    const { ask } = appOf(model);
    const own = await translate(training.model, texts.map(readSource));
    const asked = texts.map((text) => ask("/generate", { text, max_tokens: 20, temperature: 0 }));
    expect((await Promise.all(asked)).map(({ text }) => text)).toEqual(own.map(([{ text }]) => text));
    // It writes something, and not the same for all.
    expect(new Set(own.map(([{ text }]) => text)).size).toBeGreaterThan(1);
    const first = await ask("/predict", { text: "1984" });
    expect(own[0][0].text.startsWith(first.label)).toBe(true);
    expect((await ask("/predict", { text: "bonjour" })).error).toMatch(/n'a jamais vu bonjour/);
    expect((await ask("/generate", { text: "one ".repeat(20) })).error).toMatch(/20 mots, c'est trop/);
  });
});

describe("words", () => {
  it("SimpleLLM's next word, its sentences, and where it stops", async () => {
    const llm = new SimpleLLM({ device, endToken: true, embedding: 12, units: 12, learningRate: 0.02 });
    llm.fitTokenizer(PHRASES.split("\n").slice(0, 4).join("\n"));
    await llm.fit({ epochs: 12, repeats: 20, batchSize: 16 });
    const model = loadServedModel(await llm.save(), device, "mots.safetensors");
    await runBothWays(model, ["bonjour", "Bonjour madame", "merci de ta"]);
    await leavesNothing(model);

    const { ask } = appOf(model);
    const [guess] = await llm.guess(llm.tokenize("bonjour madame"), 1);
    const answer = await ask("/predict", { text: "Bonjour madame" });
    expect(answer.label).toBe(guess.word);
    expect(answer.probability).toBeCloseTo(guess.probability, DIGITS);
    const written = await ask("/generate", { text: "bonjour", max_tokens: 12, temperature: 0 });
    expect(written.text).toBe(await llm.predict("bonjour", 12));
    expect(written.ended).toBe(written.tokens < 12);
    expect((await ask("/predict", { text: "bonjour xyz" })).error).toMatch(/xyz/);
  });
});

describe("words of the lab", () => {
  for (const task of ["dernier-mot", "sequence"])
    it(`a model of ${task}, with the corpus in its file`, async () => {
      const text = PHRASES.split("\n").slice(0, 6).join("\n");
      const values = { ...{ task, embedding: 6, units: 6, seed: 1, epochs: 1, repeats: 1, batchSize: 4 } };
      const session = await WordSession.start({ ...values, learningRate: 0.01, sentences: 0 }, text, device);
      const model = loadServedModel(await session.save(), device, "lab.safetensors");
      const [, answer] = await runBothWays(model, ["bonjour", "Merci de ta visite", "le boulanger"]);
      await leavesNothing(model);
      const { vocabulary, longest } = readCorpus(text);
      const ids = inputRow(tokenize(vocabulary, "Merci de ta visite"), longest - 1);
      const own = await loadModel(await session.save(), { device }).predict(ids, { verbose: 0 });
      expect([...answer]).toEqual(
        [...own.data.slice(-vocabulary.size)].map((p) => expect.closeTo(p, DIGITS)),
      );
      const { ask } = appOf(model);
      expect((await ask("/predict", { text: "bonjour qwertz" })).error).toMatch(/qwertz/);
      const { status, tokens } = await ask("/generate", { text: "bonjour", max_tokens: 3, temperature: 1 });
      expect(status).toBe(200);
      expect(tokens).toBeLessThanOrEqual(3);
    });
});

describe("models of the Keras door", () => {
  it("three classes of four numbers", async () => {
    manualSeed(3);
    const keras = sequential(
      [
        layers.dense({ units: 6, activation: "relu", inputShape: [4] }),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
      { device, name: "iris" },
    );
    const model = loadServedModel(await keras.save(), device, "iris.safetensors");
    const rows = [
      [5.1, 3.5, 1.4, 0.2],
      [6.2, -2.9, 4.3, 1.3],
    ];
    const answers = await runBothWays(model, rows);
    const { data } = await keras.predict(rows, { verbose: 0 });
    expect([...answers[0], ...answers[1]]).toEqual([...data].map((p) => expect.closeTo(p, DIGITS)));
    const { ask } = appOf(model);
    expect(await ask("/predict", { input: rows[0] })).toMatchObject({ status: 200 });
    expect((await ask("/predict", { input: [1] })).error).toMatch(/lit 4 nombres à la fois, et non 1/);
    expect((await ask("/predict", { text: "un texte" })).error).toMatch(/lit des nombres/);
    for (const text of model.examples) expect((await ask("/predict", { text })).status).toBe(200);
  });

  it("logits become probabilities, and one sigmoid two classes", async () => {
    const logits = sequential([layers.dense({ units: 3, inputShape: [2] })], { device });
    const model = loadServedModel(await logits.save(), device, "logits");
    const [answer] = await runBothWays(model, [[1, -2]]);
    const { data } = await logits.predict([[1, -2]], { verbose: 0 });
    expect([...answer]).toEqual([...softmaxHost(data)].map((p) => expect.closeTo(p, DIGITS)));

    const one = sequential([layers.dense({ units: 1, activation: "sigmoid", inputShape: [2] })], {
      device,
    });
    const two = loadServedModel(await one.save(), device, "sigmoid");
    const [both] = await runBothWays(two, [[1, -2]]);
    expect(both[1]).toBeCloseTo((await one.predict([[1, -2]], { verbose: 0 })).data[0], DIGITS);
  });

  it("ids of any length, joined by length", async () => {
    const keras = sequential(
      [
        layers.embedding({ inputDim: 20, outputDim: 4 }),
        layers.lstm({ units: 4 }),
        layers.dense({ units: 2, activation: "softmax" }),
      ],
      { device },
    );
    keras.build([null, null]);
    const model = loadServedModel(await keras.save(), device, "ids");
    await runBothWays(model, [[1, 2, 3], [4], [5, 6, 7], [19, 0, 3, 4]]);
    const { ask } = appOf(model);
    expect((await ask("/predict", { input: [20] })).error).toMatch(/de 0 à 19, et non 20/);
    expect((await ask("/predict", { input: [1.5] })).error).toMatch(/entiers/);
  });

  it("refuses what gives no classes", async () => {
    const regression = sequential([layers.dense({ units: 1, inputShape: [2] })], { device });
    const bytes = await regression.save();
    expect(() => loadServedModel(bytes, device, "prix.safetensors")).toThrow(
      /^prix\.safetensors: serve needs a classifier.*end it with a softmax/,
    );
  });
});

describe("files that are no models", () => {
  it("each with what is wrong", async () => {
    const training = await ParityTraining.start({ ...NOTEBOOK, units: 4, embedding: 4 }, device);
    const bytes = await training.checkpoint();
    const load = (file: Uint8Array) => () => loadServedModel(file, device, "FILE");
    const other = packCheckpoint({ model: new Map(), optimizer: new Map(), state: { weather: 1 } });
    expect(load(other)).toThrow(
      /^FILE: a checkpoint of a kind that serve does not know \(its state holds: weather\); it knows those of imdb --save/,
    );
    expect(load(writeSafetensors(new Map(), {}))).toThrow(/^FILE: not a checkpoint/);
    expect(load(new TextEncoder().encode("bonjour"))).toThrow(/^FILE/);
    expect(load(new Uint8Array())).toThrow(/^FILE/);
    expect(load(bytes.slice(0, bytes.length - 8))).toThrow(/^FILE/);
    // The right kind, but without a part of its weights.
    const { model, state } = unpackCheckpoint(bytes, "");
    model.delete("fc.weight");
    expect(load(packCheckpoint({ model, optimizer: new Map(), state }))).toThrow(/fc\.weight is missing/);
  });
});
