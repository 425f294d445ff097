/** Generation from Transformers on a device: with a key/value cache it writes what it writes without. */
import {
  DecoderCache,
  type Device,
  Embedding,
  generate,
  type GeneratedSequence,
  type GenerateOptions,
  type GenerationStep,
  indexSelect,
  LearnedPositions,
  Linear,
  manualSeed,
  Module,
  noGrad,
  select,
  type Tensor,
  tensor,
  TransformerDecoder,
  TransformerEncoder,
} from "../../src/index.ts";
import { assert, type DeviceCase, testNumbers } from "./case.ts";

const [IDS, WIDTH, HEADS] = [11, 16, 4];

/** A small model with random weights, decoder-only or, with a memory to look at, an encoder-decoder's second half. */
class Writer extends Module {
  readonly embedding: Embedding;
  readonly positions: LearnedPositions;
  readonly stack: TransformerEncoder | TransformerDecoder;
  readonly output: Linear;

  constructor(device: Device, looks: boolean) {
    super();
    manualSeed(5);
    const layer = { dModel: WIDTH, nhead: HEADS, dimFeedforward: 24, device };
    this.embedding = new Embedding(IDS, WIDTH, { device });
    this.positions = new LearnedPositions(20, WIDTH, { device });
    this.stack = looks ? new TransformerDecoder(layer, 1) : new TransformerEncoder(layer, 1);
    this.output = new Linear(WIDTH, IDS, { device });
    // Far apart, so that rounding does not choose between two ids.
    this.output.weight.set(testNumbers(IDS * WIDTH, 3).map((x) => 2 * x));
    this.eval();
  }

  forward(ids: Tensor, memory: Tensor | null, cache?: DecoderCache): Tensor {
    const x = this.positions.forward(this.embedding.forward(ids), { start: cache?.length ?? 0 });
    const seen =
      this.stack instanceof TransformerDecoder
        ? this.stack.forward(x, memory!, { causal: true, cache })
        : this.stack.forward(x, { causal: true, cache });
    return select(this.output.forward(seen), 1, -1);
  }
}

async function write(
  model: Writer,
  memory: Tensor | null,
  cached: boolean,
  prompts: number[][],
  options: GenerateOptions,
): Promise<GeneratedSequence[][]> {
  const { device } = model.output.weight;
  const cache = cached ? new DecoderCache() : undefined;
  let own = memory;
  const step: GenerationStep = async (rows, parents) => {
    if (parents) {
      cache?.reorder(parents);
      if (own) own = indexSelect(own, 0, tensor(parents, { device }));
    }
    const start = cache?.length ?? 0;
    const ids = tensor(
      rows.map((row) => [...row.subarray(start)]),
      { device, dtype: "i32" },
    );
    return noGrad(() => model.forward(ids, own, cache)).data();
  };
  try {
    return await generate(step, prompts, options);
  } finally {
    cache?.dispose();
  }
}

const RUNS: readonly [name: string, options: GenerateOptions][] = [
  ["sampling", { maxLength: 7, eosToken: 3, doSample: true, temperature: 5, numReturnSequences: 3, seed: 4 }],
  ["beam search", { maxLength: 7, eosToken: 3, numBeams: 4, numReturnSequences: 2, noRepeatNgramSize: 2 }],
];

function sameWithCache(name: string, looks: boolean): DeviceCase {
  return {
    name: `generate: ${name} writes the same with a key/value cache`,
    async run(device) {
      const model = new Writer(device, looks);
      const shape = [2, 5, WIDTH];
      const memory = looks ? tensor(testNumbers(2 * 5 * WIDTH, 7), { device, shape }) : null;
      const prompts = [
        [1, 2],
        [4, 7],
      ];
      const seen = new Set<string>();
      for (const [how, options] of RUNS) {
        const [plain, cached] = [
          await write(model, memory, false, prompts, options),
          await write(model, memory, true, prompts, options),
        ];
        const texts = (found: GeneratedSequence[][]): string =>
          found.map((list) => list.map(({ ids }) => ids.join(" ")).join(" | ")).join("\n");
        assert(texts(cached) === texts(plain), `${how}: ${texts(cached)}, expected ${texts(plain)}`);
        for (const [i, { score }] of cached.flat().entries()) {
          const expected = plain.flat()[i].score;
          // f32 logits up to 20, of which the cache changes the order of sums.
          assert(Math.abs(score - expected) < 1e-4, `${how}: score ${score}, expected ${expected}`);
        }
        for (const { ids } of plain.flat()) seen.add(ids.subarray(2).join());
      }
      assert(seen.size > 5, `only ${seen.size} different texts`);
    },
  };
}

export const generationCases: DeviceCase[] = [
  sameWithCache("a decoder-only model", false),
  sameWithCache("a decoder with a memory", true),
];
