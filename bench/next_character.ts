/** How many characters per second can a trained LSTM write, one window of text for each? */
import { type Device, noGrad, tensor } from "../src/index.ts";
import { integers, torchContender } from "./contenders.ts";
import { type Contender, type Entry, pair } from "./paired.ts";
import type { OnnxPeer } from "./peers/onnx.ts";
import { constant, floatOutput, idsInput, node, onnxModel } from "./peers/onnx_model.ts";
import { type Answer, type Figures, type Setting, show } from "./question.ts";
import { MOLIERE } from "./recurrent.ts";
import { ourModel, type SequenceShape, tfjsModel, torchRequest, weightsOf } from "./sequence.ts";

const FULL: SequenceShape = { ...MOLIERE, batch: 1, from: "last" };
const QUICK: SequenceShape = { ...FULL, time: 5, embedding: 4, hidden: 6, vocabulary: 9, classes: 9 };
/** Characters before the logits are compared: one that differs changes all after it. */
const COMPARED = 8;
/** Logits after sixty steps of an LSTM, summed in other orders. */
const TOLERANCE = 1e-4;

/** Logits [vocabulary] of the character after a window of ids. */
type Read = (ids: Int32Array) => Promise<ArrayLike<number>>;

/** Writes the likeliest character, moves the window by one, and so on. */
function writer(
  name: string,
  s: SequenceShape,
  read: Read,
  more: Pick<Contender, "enter" | "dispose">,
): Contender {
  const window = integers(s.time, 1, s.vocabulary);
  let logits: ArrayLike<number> = [];
  return {
    name,
    ...more,
    async run(times) {
      for (let i = 0; i < times; i++) {
        logits = await read(window);
        let best = 0;
        for (let id = 1; id < s.vocabulary; id++) if (logits[id] > logits[best]) best = id;
        window.copyWithin(0, 1);
        window[s.time - 1] = best;
      }
    },
    answer: async () => logits,
  };
}

function ours(device: Device, s: SequenceShape): Contender {
  const model = ourModel(device, s);
  const read: Read = async (ids) => {
    const x = tensor(ids, { device, shape: [1, s.time] });
    const logits = noGrad(() => model.forward(x));
    const values = await logits.data();
    for (const each of [x, logits]) each.dispose();
    return values;
  };
  return writer("wgrad", s, read, {});
}

/** Embedding, LSTM and Linear as an ONNX graph; its gates come in the order i o f c. */
export function onnxLstm(s: SequenceShape): Uint8Array {
  const w = weightsOf(s);
  const reordered = (data: Float32Array): Float32Array => {
    const block = data.length / 4;
    const parts = [0, 3, 1, 2].map((gate) => data.subarray(gate * block, (gate + 1) * block));
    const out = new Float32Array(data.length);
    parts.forEach((part, i) => void out.set(part, i * block));
    return out;
  };
  const rows = 4 * s.hidden;
  const biases = new Float32Array(2 * rows);
  biases.set(reordered(w.bias));
  return onnxModel([
    node("Gather", ["embedding", "ids"], ["x"]),
    node("Transpose", ["x"], ["time_first"], { perm: [1, 0, 2] }),
    node("LSTM", ["time_first", "kernel", "recurrent", "biases"], ["", "last"], { hidden_size: s.hidden }),
    node("Squeeze", ["last", "axes"], ["h"]),
    node("Gemm", ["h", "out", "outBias"], ["logits"], { transB: 1 }),
    constant("embedding", w.embedding, [s.vocabulary, s.embedding]),
    constant("kernel", reordered(w.kernel), [1, rows, s.embedding]),
    constant("recurrent", reordered(w.recurrent), [1, rows, s.hidden]),
    constant("biases", biases, [1, 2 * rows]),
    constant("axes", BigInt64Array.of(0n), [1]),
    constant("out", w.out, [s.classes, s.hidden]),
    constant("outBias", w.outBias, [s.classes]),
    idsInput("ids", [s.batch, s.time]),
    floatOutput("logits", [s.batch, s.classes]),
  ]);
}

async function onnx(peer: OnnxPeer, s: SequenceShape): Promise<Contender> {
  const session = await peer.session(onnxLstm(s));
  const read: Read = async (ids) => {
    const { logits } = await session.run({ ids: peer.tensor(ids, [1, s.time]) });
    return logits.data;
  };
  return writer(peer.label, s, read, { dispose: () => void session.release() });
}

export async function nextCharacter(device: Device, setting: Setting): Promise<Answer> {
  const s = setting.quick ? QUICK : FULL;
  const { tfjs, jax, torch } = setting.peers;
  const entries: Entry[] = [{ name: "wgrad", make: async () => ours(device, s) }];
  for (const peer of tfjs)
    entries.push({
      name: peer.label,
      async make() {
        await peer.enter();
        const model = tfjsModel(peer, s);
        const { tf } = peer;
        const read: Read = async (ids) => {
          const logits = tf.tidy(() => model.predict(tf.tensor2d(ids, [1, s.time], "int32"))) as ReturnType<
            typeof tf.tensor
          >;
          const values = await logits.data();
          logits.dispose();
          return values;
        };
        return writer(peer.label, s, read, { enter: peer.enter, dispose: () => void model.dispose() });
      },
    });
  for (const peer of setting.peers.onnx) entries.push({ name: peer.label, make: () => onnx(peer, s) });
  if (torch)
    entries.push({
      name: torch.label,
      make: () =>
        torchContender(torch, "characters", {
          ...torchRequest(s),
          window: [...integers(s.time, 1, s.vocabulary)],
        }),
    });
  const outcome = await pair(
    {
      entries,
      tolerance: TOLERANCE,
      warmUp: COMPARED,
      roundMilliseconds: setting.quick ? 5 : 200,
      budgetMilliseconds: setting.quick ? 60 : 5000,
    },
    setting,
  );
  const figures: Figures = { ...s, masked: 0, ...outcome.figures };
  const perSecond = (outcome.figures.engines as { name: string; ms: { median: number } }[]).map(
    ({ name, ms }) => `${name} ${show(1000 / ms.median)}`,
  );
  const absent = jax.map(({ label }) => `${label}: has no recurrent layer and no scan`);
  const heading = `one text, the likeliest character after the last ${s.time}; embedding ${s.embedding}, LSTM ${s.hidden}, vocabulary ${s.vocabulary}`;
  return {
    text: [heading, "", outcome.text, `characters/s: ${perSecond.join(", ")}`, ...absent].join("\n"),
    figures,
    wrong: outcome.wrong,
  };
}
