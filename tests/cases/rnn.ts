import { RNN, rnn, tensor } from "../../src/index.ts";
import rnnFixture from "../fixtures/rnn.json" with { type: "json" };
import { assertThrows, type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";
import { asPyTorch, behaviour, launchParts, SIZES, weightsOf } from "./recurrent.ts";

function launches(): DeviceCase[] {
  return SIZES.flatMap((sizes, seed) => {
    const { base, buffers, dout, gradients, middle, other, pre, size, state, steps, whole } = launchParts(
      sizes,
      seed,
      1,
    );
    const forward = { ...buffers, pre };
    const plain = { ...base, relu: false };
    const dpre = output(steps * state);
    const backward = { ...buffers, ...gradients, dpre };
    const gradient = { ...plain, ...dout, has_carry: 0 };
    const { has_state: _, ...otherGradient } = other;
    const { has_state: __, ...plainGradient } = gradient;
    return [
      launchCase(
        "rnn_sequence",
        `${size}, from zero`,
        { ...plain, ...whole },
        {
          ...forward,
          h: output((steps + 1) * state),
        },
      ),
      launchCase(
        "rnn_sequence",
        `${size}, relu, in reverse, masked, recurrent dropout`,
        { ...plain, ...other, ...whole, relu: true },
        forward,
      ),
      launchCase("rnn_sequence", `${size}, one step, masked`, { ...plain, ...middle, has_mask: 1 }, forward),
      launchCase(
        "rnn_sequence_backward",
        `${size}, from no gradient of the state`,
        { ...plainGradient, ...whole },
        { ...backward, dh_carry: output(state) },
      ),
      launchCase(
        "rnn_sequence_backward",
        `${size}, relu, in reverse, masked, recurrent dropout, to the first state`,
        { ...plainGradient, ...otherGradient, ...whole, end: steps + 1, has_carry: 1, relu: true },
        backward,
      ),
      launchCase(
        "rnn_sequence_backward",
        `${size}, one step, masked`,
        { ...plainGradient, ...middle, has_mask: 1, has_carry: 1 },
        { ...backward, dpre: pre },
      ),
    ];
  });
}

export const rnnCases: DeviceCase[] = [
  ...launches(),
  ...behaviour({ name: "rnn", gates: 1, op: rnn }),
  ...behaviour({
    name: "rnn, relu",
    gates: 1,
    op: (x, weights, options) => rnn(x, weights, { ...options, nonlinearity: "relu" }),
  }),
  ...rnnFixture.cases.map((c) =>
    asPyTorch("RNN", c, (input, hidden, options) => new RNN(input, hidden, options)),
  ),
  {
    name: "rnn: a nonlinearity that it does not have is named",
    async run(device) {
      const x = tensor(testNumbers(24), { device, shape: [2, 4, 3] });
      const nonlinearity = "sigmoid" as "tanh";
      await assertThrows(
        () => rnn(x, weightsOf(device, 1, 3, 4), { nonlinearity }),
        'rnn: nonlinearity is "sigmoid", expected "tanh" or "relu"',
      );
      await assertThrows(
        () => new RNN(3, 4, { device, nonlinearity }),
        'RNN: nonlinearity is "sigmoid", expected "tanh" or "relu"',
      );
      const h0 = tensor(testNumbers(8), { device, shape: [2, 4] });
      await assertThrows(
        () => new RNN(3, 4, { device }).forward(x, { h0 }),
        "RNN: h0 is [2, 4], expected [1, 2, 4]",
      );
    },
  },
];
