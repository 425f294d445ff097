import { GRU, gru, tensor } from "../../src/index.ts";
import gruFixture from "../fixtures/gru.json" with { type: "json" };
import { assertThrows, type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";
import { asPyTorch, behaviour, launchParts, SIZES } from "./recurrent.ts";

function launches(): DeviceCase[] {
  return SIZES.flatMap((sizes, seed) => {
    const { base, buffers, dout, gradients, middle, other, pre, q, size, state, steps, whole } = launchParts(
      sizes,
      seed,
      3,
    );
    const bias = testNumbers(3 * sizes.hidden, seed + 60);
    const forward = { ...buffers, gates: pre, q: output(steps * state), bias };
    const plain = { ...base, has_bias: 1 };
    const backward = { ...buffers, ...gradients, gates: pre, q };
    const gradient = { ...base, ...dout, has_carry: 0 };
    return [
      launchCase(
        "gru_sequence",
        `${size}, from zero, no bias`,
        { ...plain, ...whole, has_bias: 0 },
        { ...forward, h: output((steps + 1) * state) },
      ),
      launchCase(
        "gru_sequence",
        `${size}, in reverse, masked, recurrent dropout`,
        { ...plain, ...other, ...whole },
        forward,
      ),
      launchCase(
        "gru_sequence",
        `${size}, one step, masked`,
        { ...plain, ...middle, has_mask: 1 },
        { ...forward, q },
      ),
      launchCase(
        "gru_sequence_backward",
        `${size}, from no gradient of the state`,
        { ...gradient, ...whole },
        { ...backward, dh_carry: output(state) },
      ),
      launchCase(
        "gru_sequence_backward",
        `${size}, in reverse, masked, recurrent dropout, to the first state`,
        { ...gradient, ...other, ...whole, end: steps + 1, has_carry: 1 },
        backward,
      ),
      launchCase(
        "gru_sequence_backward",
        `${size}, one step, masked`,
        { ...gradient, ...middle, has_mask: 1, has_carry: 1 },
        backward,
      ),
    ];
  });
}

/** Whole steps, and each half of one by itself. */
function beforeLaunches(): DeviceCase[] {
  return SIZES.flatMap((sizes, seed) => {
    const { base, buffers, dout, gradients, middle, other, pre, q, size, state, steps, whole } = launchParts(
      sizes,
      seed,
      3,
    );
    const forward = { ...buffers, gates: pre, q: output(steps * state) };
    const backward = { ...buffers, ...gradients, gates: pre, q };
    const gradient = { ...base, ...dout, has_carry: 0 };
    return [
      launchCase(
        "gru_before_sequence",
        `${size}, from zero`,
        { ...base, ...whole, halves: 3 },
        { ...forward, h: output((steps + 1) * state) },
      ),
      launchCase(
        "gru_before_sequence",
        `${size}, in reverse, masked, recurrent dropout`,
        { ...base, ...other, ...whole, halves: 3 },
        forward,
      ),
      launchCase(
        "gru_before_sequence_backward",
        `${size}, from no gradient of the state`,
        { ...gradient, ...whole, halves: 3 },
        { ...backward, dh_carry: output(state) },
      ),
      launchCase(
        "gru_before_sequence_backward",
        `${size}, in reverse, masked, recurrent dropout, to the first state`,
        { ...gradient, ...other, ...whole, end: steps + 1, has_carry: 1, halves: 3 },
        backward,
      ),
      ...[1, 2].flatMap((halves) => [
        launchCase(
          "gru_before_sequence",
          `${size}, one step, masked, half ${halves}`,
          { ...base, ...middle, has_mask: 1, halves },
          { ...forward, q },
        ),
        launchCase(
          "gru_before_sequence_backward",
          `${size}, one step, masked, half ${halves}`,
          { ...gradient, ...middle, has_mask: 1, has_carry: 1, halves },
          backward,
        ),
      ]),
    ];
  });
}

export const gruCases: DeviceCase[] = [
  ...launches(),
  ...beforeLaunches(),
  ...behaviour({ name: "gru", gates: 3, op: gru }),
  ...behaviour({
    name: "gru, reset before",
    gates: 3,
    op: (x, weights, options) => gru(x, weights, { ...options, resetAfter: false }),
  }),
  ...gruFixture.cases.map((c) =>
    asPyTorch("GRU", c, (input, hidden, options) => new GRU(input, hidden, options)),
  ),
  {
    name: "GRU: options and states that do not fit are named",
    async run(device) {
      await assertThrows(
        () => new GRU(3, 4, { device, recurrentDropout: 1.5 }),
        "GRU: recurrentDropout must lie in [0, 1), got 1.5",
      );
      await assertThrows(() => new GRU(3, 0, { device }), "hiddenSize");
      const x = tensor(testNumbers(24), { device, shape: [2, 4, 3] });
      const h0 = tensor(testNumbers(8), { device, shape: [2, 4] });
      await assertThrows(
        () => new GRU(3, 4, { device }).forward(x, { h0 }),
        "GRU: h0 is [2, 4], expected [1, 2, 4]",
      );
    },
  },
];
