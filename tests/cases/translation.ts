/** The translation example's training, decoding and attention maps, as the command line and the page use them. */
import { attentionMaps, crossAttentions } from "../../examples/translation/attention.ts";
import { inAllForms, toBatch } from "../../examples/translation/dataset.ts";
import { evaluate, exact } from "../../examples/translation/evaluation.ts";
import { QUICK, type Settings } from "../../examples/translation/settings.ts";
import { END, MAX_SOURCE, MAX_TARGET, sourceIds, START, TARGET } from "../../examples/translation/tokens.ts";
import { TranslationTraining } from "../../examples/translation/training.ts";
import { readSource, translate } from "../../examples/translation/translate.ts";
import { type Device, logSoftmax, noGrad, tensor } from "../../src/index.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase } from "./case.ts";

/** Two layers, so that each feeds another; validated at the end only. */
const SMALL: Settings = {
  ...QUICK,
  width: 16,
  heads: 2,
  layers: 2,
  feedForward: 24,
  dropout: 0.1,
  batchSize: 8,
  steps: 7,
  warmupSteps: 2,
  validateEvery: 100,
  seed: 5,
};

/** The first losses of `SMALL`. */
const FIRST = [4.045053, 3.7737155, 3.9454696, 4.0364361, 3.7495346];

async function train(
  settings: Settings,
  device: Device,
  steps = settings.steps,
): Promise<TranslationTraining> {
  const training = new TranslationTraining(settings, device);
  for await (const { step } of training.run()) if (step >= steps) break;
  return training;
}

export const translationCases: DeviceCase[] = [
  {
    name: "translation example: the first losses",
    async run(device) {
      const { history } = await train(SMALL, device);
      // Weights, numbers and dropout are drawn by the seed, so devices differ by f32 rounding only, which five steps of
      // Adam carry along; a seed or setting that differs moves a loss by 1e-3 and more.
      await assertClose(history.losses.slice(0, FIRST.length), FIRST, 5e-5, "losses");
      assert(history.validations.map(({ step }) => step).join() === "7", JSON.stringify(history.validations));
      const [{ loss, exact: right }] = history.validations;
      assert(loss > 3 && loss < Math.log(TARGET.size) + 1 && right === 0, `validation ${loss}, ${right}`);
    },
  },
  {
    name: "translation example: a run that is stopped and resumed ends as one that is not",
    async run(device) {
      const settings = { ...SMALL, layers: 1 };
      const whole = await train(settings, device);
      const part = await train(settings, device, 3);
      const resumed = TranslationTraining.resume(await part.checkpoint(), device);
      assert(resumed.step > 3 && !resumed.complete, `resumed at step ${resumed.step}`);
      for await (const _ of resumed.run());
      assert(resumed.complete, "the resumed run is not complete");
      // To the last bit: on one device the same launches give the same numbers.
      await assertEqual(resumed.history.losses, whole.history.losses, "losses");
      const bytes = await part.checkpoint();
      await assertThrows(
        () => TranslationTraining.resume(bytes.slice(0, 900), device, {}, "t.safetensors"),
        "t.safetensors",
      );
    },
  },
  {
    name: "translation example: it learns which words are frequent, and what is decoded is what it finds likely",
    async run(device) {
      const { model, split, settings } = await train(
        {
          ...SMALL,
          width: 32,
          heads: 4,
          layers: 1,
          batchSize: 32,
          steps: 25,
          dropout: 0,
          learningRate: 0.01,
          validateEvery: 25,
        },
        device,
      );
      assert(settings.steps === 25, "the run is complete");
      const sources = inAllForms([84, 1984]).map(({ number, form }) => sourceIds(number, form));
      const greedy = await translate(model, sources);
      const beam = await translate(model, sources, { numBeams: 3, count: 3 });
      for (const list of beam) {
        const probabilities = list.map(({ probability }) => probability);
        assert(
          probabilities.length === 3 && probabilities.every((p, k) => k === 0 || p <= probabilities[k - 1]),
          `not the best first: ${probabilities}`,
        );
      }
      // Together the translations of one text have no more than all probability.
      const total = beam[0].reduce((sum, { probability }) => sum + probability, 0);
      assert(total > 0 && total <= 1 + 1e-5, `probabilities sum to ${total}`);

      // Word by word with a cache, or all of a translation at once: the probabilities are the same, and greedy decoding
      // takes the likeliest word at each place.
      for (const [k, { ids, probability }] of [greedy[0][0], beam[0][0]].entries()) {
        const given = new Int32Array(MAX_TARGET);
        given.set([START, ...ids.slice(0, MAX_TARGET - 1)]);
        const logits = noGrad(() =>
          logSoftmax(
            model.forward(
              tensor([[...new Array(MAX_SOURCE - sources[0].length).fill(0), ...sources[0]]], {
                device,
                dtype: "i32",
              }),
              tensor(given, { device, shape: [1, MAX_TARGET] }),
            ),
            2,
          ),
        );
        const values = await logits.data();
        logits.dispose();
        let sum = 0;
        for (const [place, id] of ids.slice(0, MAX_TARGET).entries()) {
          const row = values.subarray(place * TARGET.size, (place + 1) * TARGET.size);
          sum += row[id];
          assert(
            k === 1 || row[id] >= Math.max(...row) - 1e-4,
            `place ${place}: id ${id} is not the likeliest`,
          );
        }
        // Logarithms of up to 14 words, each right to some 1e-6.
        await assertClose(
          [Math.log(probability)],
          [sum],
          1e-4,
          "the logarithm of a translation's probability",
        );
      }

      const { all, byForm, texts } = await evaluate(model, split.test.slice(0, 20));
      assert(all.count === 60 && byForm.year.count === 0 && texts.got.length === 60, JSON.stringify(all));
      const right = texts.got.filter((text, i) => text === texts.expected[i]).length;
      assert(exact(all) === right / 60, `${exact(all)} exact, ${right} of 60`);
    },
  },
  {
    name: "translation example: attention maps are those of the model's own decoder",
    async run(device) {
      const { model } = await train({ ...SMALL, steps: 3, dropout: 0 }, device);
      const source = readSource("nineteen eighty-four");
      const maps = await attentionMaps(model, source);
      assert(maps.source.join(" ") === "nineteen eighty four", maps.source.join(" "));
      assert(
        maps.weights.length === 2 &&
          maps.weights[0].length === 2 &&
          maps.weights[0][0].length === maps.target.length,
        "a map for each of 2 layers and 2 heads, a row for each word",
      );
      const sums = maps.weights.flat(2).map((row) => row.reduce((a, b) => a + b, 0));
      await assertClose(
        sums,
        sums.map(() => 1),
        1e-5,
        "rows of weights",
      );

      const given = toBatch([{ number: 1984, form: "year" }]).given;
      const two = noGrad(() => {
        const encoded = model.encode(tensor([[...source]], { device, dtype: "i32" }));
        const ids = tensor(given.data, { device, shape: given.shape });
        return {
          own: model.decode(ids, encoded),
          written: crossAttentions(model, model.embed(ids), encoded.memory).output,
        };
      });
      await assertClose(await two.written.data(), await two.own.data(), 1e-5, "the decoder written out");
      two.own.dispose();
      two.written.dispose();
    },
  },
  {
    name: "translation example: padding changes nothing",
    async run(device) {
      const { model } = new TranslationTraining(SMALL, device);
      model.eval();
      const ids = [...readSource("84")];
      const decode = (source: number[]): Promise<ArrayLike<number>> => {
        const logits = noGrad(() =>
          model.forward(
            tensor([source], { device, dtype: "i32" }),
            tensor([[START, 7, 9]], { device, dtype: "i32" }),
          ),
        );
        return logits.data();
      };
      const padded = [...new Array(MAX_SOURCE - ids.length).fill(0), ...ids];
      await assertClose(
        await decode(padded),
        await decode(ids),
        1e-5,
        "logits with padding in front of the source",
      );
      assert(END < TARGET.size, "the end mark is a word that can be said");
    },
  },
];
