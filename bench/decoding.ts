/** How many ids per second does a decoder write, with a key/value cache and without? */
import { type Device, generate } from "../src/index.ts";
import { DecoderModel, decodingStep } from "./decoder_model.ts";
import { type Answer, columns, type Figures, type Setting, show } from "./question.ts";

const FULL = { layers: 6, width: 256, heads: 8, feedforward: 1024, vocabulary: 80, dropout: 0 };
const QUICK = { ...FULL, layers: 2, width: 32, heads: 4, feedforward: 64 };
const LENGTHS = { full: { prompt: 32, added: 96 }, quick: { prompt: 8, added: 8 } };
const ROWS = [1, 8];

/** A run ends early after this long. */
const MILLISECONDS = 15_000;

export async function decoding(device: Device, setting: Setting): Promise<Answer> {
  const sizes = setting.quick ? QUICK : FULL;
  const { prompt, added } = setting.quick ? LENGTHS.quick : LENGTHS.full;
  const model = new DecoderModel(device, sizes);
  model.eval();

  const write = async (cached: boolean, rows: number, count: number) => {
    const { step, dispose } = decodingStep(model, cached);
    const prompts = Array.from({ length: rows }, (_, row) =>
      Int32Array.from({ length: prompt }, (_, i) => (7 * i + row) % sizes.vocabulary),
    );
    const times = [performance.now()];
    const before = device.stats().dispatches;
    await generate(step, prompts, {
      maxNewTokens: count,
      onToken: (_, row) => row === rows - 1 && times.push(performance.now()),
      shouldStop: () => performance.now() - times[0] > MILLISECONDS,
    });
    dispose();
    const dispatches = (device.stats().dispatches - before) / (times.length - 1);
    return { times, dispatches };
  };

  const runs: Figures[] = [];
  const table: string[][] = [];
  for (const rows of ROWS)
    for (const cached of [false, true]) {
      await write(cached, rows, 3); // compiles
      const { times, dispatches } = await write(cached, rows, added);
      const written = times.length - 2;
      const first = times[1] - times[0];
      const idsPerSecond = (1000 * rows * written) / (times[times.length - 1] - times[1]);
      table.push([
        cached ? "with cache" : "without",
        String(rows),
        show(first),
        show(idsPerSecond / rows),
        show(idsPerSecond),
        show(dispatches),
        `${prompt + 1}–${prompt + written}`,
      ]);
      runs.push({
        cached: String(cached),
        rows,
        firstMs: first,
        written,
        idsPerSecond,
        dispatchesPerStep: dispatches,
      });
    }
  const headers = ["decoding", "texts", "first ms", "ids/s of each", "of all", "dispatches", "places"];
  return { text: columns(headers, table), figures: { ...sizes, prompt, runs } };
}
