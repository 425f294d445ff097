/** The word example's models, as the command line and the page train them. */
import { PHRASES } from "../../examples/data/phrases.ts";
import { readCorpus } from "../../examples/mots/corpus.ts";
import { QUICK, type Settings, type Task } from "../../examples/mots/settings.ts";
import { SimpleLLM } from "../../examples/mots/simple_llm.ts";
import { WordTraining } from "../../examples/mots/training.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase } from "./case.ts";

const lines = PHRASES.trim().split("\n");
const FEW = readCorpus(lines.slice(0, 24).join("\n"));
const SMALL: Settings = { ...QUICK, embedding: 16, units: 12, seed: 7 };

/** Losses of the first epochs of each model on 24 sentences. */
const LOSSES: Record<Exclude<Task, "llm">, number[]> = {
  "dernier-mot": [4.9350877, 4.9318237, 4.9285941, 4.9254389],
  sequence: [4.9355187, 4.9338017],
  coupe: [0.04272991, 0.042704772, 0.042682163],
  lstm: [4.9314404],
};
const LLM_LOSSES = [4.8976316, 4.893373];

/** Two sentences that a small model knows by heart after a second. */
const TWO = "le chat noir dort\nle chien blanc court vite";

export const motsCases: DeviceCase[] = [
  ...Object.entries(LOSSES).map(
    ([task, expected]): DeviceCase => ({
      name: `word example: the first losses of ${task}`,
      async run(device) {
        const training = new WordTraining(task as keyof typeof LOSSES, FEW, SMALL, device);
        assert(await training.fit(), `${task} was stopped`);
        // Weights, cuts and orders are drawn on the host: devices differ by f32 rounding only. Another seed moves a
        // loss of 5 by 1e-3 and more, one of coupe's 0.04 by 1e-5.
        await assertClose(training.history.loss, expected, task === "coupe" ? 1e-7 : 2e-5, task);
      },
    }),
  ),
  {
    name: "word example: SimpleLLM learns, stops, is saved and goes on the same",
    async run(device) {
      const few = new SimpleLLM({ embedding: 16, units: 12, seed: 7, device }).fitTokenizer(
        lines.slice(0, 24).join("\n"),
      );
      await few.fit({ epochs: 2, repeats: 2 });
      await assertClose(few.history.loss, LLM_LOSSES, 2e-5, "losses");

      const options = { embedding: 16, units: 24, learningRate: 0.02, seed: 1, device };
      const llm = new SimpleLLM({ ...options, endToken: true }).fitTokenizer(TWO);
      await llm.fit({ epochs: 25, repeats: 16, batchSize: 16 });
      await assertEqual([llm.padLength], [5], "ids in a row");
      assert(
        (await llm.predict("Le chien", 9)) === "Le chien blanc court vite",
        await llm.predict("Le chien", 9),
      );
      assert((await llm.predict("Le chat", 9)) === "Le chat noir dort", await llm.predict("Le chat", 9));
      const again = SimpleLLM.load(await llm.save(), { device });
      assert((await again.predict("Le chien", 9)) === "Le chien blanc court vite", "after loading");
      const [vector] = await llm.embedding(llm.tokenize("chat"));
      await assertEqual(vector, (await again.embedding(again.tokenize("chat")))[0], "the vector of chat");
      await assertThrows(() => llm.predict("le cheval"), '"cheval"');
    },
  },
];
