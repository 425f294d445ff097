/**
 * Runs every kernel that has a barrier in an interpreter that knows which thread touched which bytes between two
 * barriers, and fails when two threads could have been in each other's way. It finds races within a workgroup only.
 */
import { describe, expect, it } from "vitest";
import { detectRaces } from "wgsl_reflect/wgsl_reflect.module.js";
import { KERNELS, type KernelName, type KernelParams } from "../../src/backend/kernels.generated.ts";

interface RaceCase {
  kernel: KernelName;
  name: string;
  params: KernelParams[KernelName];
  /** Elements of each storage buffer (they then hold 0, 1, 2 …), or their values. */
  buffers: Record<string, number | ArrayLike<number>>;
}

const TWO_THREADS = [
  ["size(64", "size(2"],
  ["j += 64u", "j += 2u"],
] as const;

/** 16 threads in place of 64, and strips of 2 in place of 32 columns of the head. */
const TWO_ROWS = [
  ["size(64", "size(16"],
  ["i < 256u; i += 64u", "i < 16u; i += 16u"],
  ["d0 += 32u", "d0 += 2u"],
  ["min(32u, D - d0)", "min(2u, D - d0)"],
  ["i % 32u", "i % 2u"],
  ["i / 32u", "i / 2u"],
] as const;

/**
 * The interpreter evaluates both sides of && and keeps a helper's result where the next thread overwrites it, so a
 * condition or an index must not depend on either: the same program in other words. Values of helpers that only
 * end up in memory (matmul's loaders) may be wrong, but not where they are read and written.
 */
const REWRITES: { readonly [K in KernelName]?: readonly (readonly [from: string, to: string])[] } = {
  argmax: [
    ["!is_nan(v) && wins(v, k, value, at)", "at == NONE || v > value"],
    [
      "if (local < half && wins(best[local + half], best_k[local + half], best[local], best_k[local])) {",
      "let other = select(local, local + half, local < half);\n" +
        "if (local < half) { if (best[other] > best[local] || best_k[other] < best_k[local]) {",
    ],
    ["best_k[local] = best_k[local + half];", "best_k[local] = best_k[local + half]; }"],
  ],
  // Two threads in place of 64 share three units.
  gru_before_sequence: TWO_THREADS,
  gru_before_sequence_backward: TWO_THREADS,
  gru_sequence: TWO_THREADS,
  gru_sequence_backward: TWO_THREADS,
  lstm_sequence: TWO_THREADS,
  lstm_sequence_backward: TWO_THREADS,
  lstm_sequence_direct: [
    ["size(16", "size(2"],
    ["j += 16u", "j += 2u"],
  ],
  lstm_sequence_backward_direct: [
    ["size(8", "size(2"],
    ["j += 16u", "j += 4u"],
  ],
  rnn_sequence: TWO_THREADS,
  rnn_sequence_backward: TWO_THREADS,
  attention: TWO_ROWS,
  attention_backward_keys: TWO_ROWS,
  attention_backward_queries: TWO_ROWS,
  // Strips of 4 in place of 16: the detector's time grows with the square of the accesses between two barriers.
  matmul: [
    ["STRIP = 16u", "STRIP = 4u"],
    ["512", "128"],
  ],
  matmul_masked: [
    ["STRIP = 16u", "STRIP = 4u"],
    ["512", "128"],
  ],
  embedding_sort: [
    // 16 threads in place of 256, so that a second block of ids does not take 10 s.
    ["256", "16"],
    ["&starts[row_of(i) + 1u]", "&starts[u32(ids[params.ids_offset + i]) + 1u]"],
    ["row = row_of(i);", "row = u32(ids[params.ids_offset + i]);"],
  ],
};

function rewritten(kernel: KernelName): string {
  let { source } = KERNELS[kernel];
  for (const [from, to] of REWRITES[kernel] ?? []) {
    if (!source.includes(from)) throw new Error(`${kernel}.wgsl no longer has ${from}: adapt its rewrites`);
    source = source.replaceAll(from, to);
  }
  return source;
}

function raceCase<K extends KernelName>(
  kernel: K,
  name: string,
  params: KernelParams[K],
  buffers: RaceCase["buffers"],
): RaceCase {
  return { kernel, name, params, buffers };
}

/** [outer, length, inner], contiguous. */
function middleAxis(outer: number, length: number, inner: number, lanes: number) {
  return { outer, length, inner, lanes, x_offset: 0, x_outer: length * inner, x_length: inner, x_inner: 1 };
}

const IDS = Int32Array.of(2, 0, 2, 1, 2);

/** Four sequences of two steps and three units, all in one launch. */
const TWO_STEPS = {
  batch: 4,
  hidden: 3,
  steps: 2,
  begin: 0,
  end: 2,
  spread: 1,
  reverse: 0,
  has_mask: 0,
  recurrent_dropout: false,
};
const GRADIENT = { has_carry: 0, has_dout: 1, dout_offset: 0, dout_batch: 6, dout_time: 3, dout_unit: 1 };

/** One head of width 3: two queries of 33 keys, or the other way round; 33 is more than a tile. */
const ONE_HEAD = {
  ...{ batch: 1, heads: 1, queries: 2, keys: 33, head_dim: 3, scale: 0.5, causal: 0, query_start: 0 },
  ...{ q_offset: 0, q_batch: 0, q_row: 3, q_head: 0, k_offset: 0, k_batch: 0, k_row: 3, k_head: 0 },
  ...{ v_offset: 0, v_batch: 0, v_row: 3, v_head: 0, mask_kind: 0, mask_offset: 0 },
  ...{ mask_batch: 0, mask_head: 0, mask_row: 0, mask_column: 0 },
  ...{ has_padding: 0, padding_offset: 0, padding_batch: 0 },
  ...{ seed: 1, step: 2, operation: 3, threshold: 0, keep_scale: 1 },
};
const ROWS = { dout_offset: 0, dout_batch: 0, dout_row: 3, dout_head: 0 };

/** Small, but with more than one turn of each loop that has a barrier in it. */
const CASES: readonly RaceCase[] = [
  raceCase(
    "attention",
    "two tiles of keys, two strips of head_dim",
    { ...ONE_HEAD, out_offset: 0, out_batch: 0, out_row: 3, out_head: 0 },
    { q: 40, k: 140, v: 140, mask: 200, padding: 200, out: 40, lse: 2 },
  ),
  raceCase(
    "attention_backward_queries",
    "two tiles of keys, two strips of head_dim",
    { ...ONE_HEAD, ...ROWS, dq_offset: 0, dq_batch: 0, dq_row: 3, dq_head: 0, accumulate: 0 },
    { q: 40, k: 140, v: 140, mask: 200, padding: 200, stats: 4, dout: 40, dq: 40 },
  ),
  raceCase(
    "attention_backward_keys",
    "two tiles of queries, two strips of head_dim",
    {
      ...{ ...ONE_HEAD, queries: 33, keys: 2, ...ROWS },
      ...{ dk_offset: 0, dv_offset: 6, dkv_batch: 0, dkv_row: 3, dkv_head: 0, accumulate: 0 },
    },
    { q: 140, k: 40, v: 40, mask: 200, padding: 200, stats: 66, dout: 140, dkv: 40 },
  ),
  ...[1, 32].map((lanes) =>
    raceCase(
      "argmax",
      `${lanes} lanes`,
      { ...middleAxis(2, 9, 3, lanes), smallest: false },
      { x: 54, out: 6 },
    ),
  ),
  ...[1, 32].map((lanes) =>
    raceCase(
      "reduce",
      `${lanes} lanes`,
      { ...middleAxis(2, 9, 3, lanes), scale: 1, power: 1, accumulate: 0, out_offset: 0, operation: 0 },
      { x: 54, out: 6 },
    ),
  ),
  raceCase(
    "categorical_cross_entropy",
    "two rows",
    { rows: 2, classes: 3, p_offset: 0, targets_offset: 0, clip: 1e-7, integer_targets: false },
    { p: 6, targets: 6, loss: 2, sums: 2, inside: 2 },
  ),
  raceCase(
    "cross_entropy",
    "two rows",
    { rows: 2, classes: 3, logits_offset: 0, targets_offset: 0, ignore_index: -100, smoothing: 0 },
    { logits: 6, targets: 2, loss: 2, lse: 2, correct: 2 },
  ),
  raceCase(
    "cross_entropy_total",
    "more rows than one",
    { rows: 3, targets_offset: 0, ignore_index: -100, mean: 1 },
    { loss: 3, correct: 3, targets: 3, result: 3 },
  ),
  raceCase(
    "embedding_sort",
    "repeated ids, two blocks",
    { count: 20, rows: 3, ids_offset: 0 },
    { ids: Int32Array.from({ length: 20 }, (_, i) => IDS[i % 5]), starts: 4, order: 20 },
  ),
  raceCase(
    "embedding_backward",
    "an id with more hits than slices",
    {
      rows: 2,
      width: 3,
      inner_count: 1,
      dout_offset: 0,
      dout_outer: 3,
      dout_inner: 0,
      padding_row: 0xffffffff,
      accumulate: 0,
    },
    { starts: [0, 1, 10], order: Array.from({ length: 10 }, (_, i) => i), dout: 30, dtable: 6 },
  ),
  ...[1, 64].flatMap((lanes) => [
    raceCase(
      "layer_norm",
      `${lanes} lanes`,
      {
        rows: 2,
        columns: 5,
        lanes,
        x_offset: 0,
        weight_offset: 0,
        bias_offset: 0,
        has_weight: 1,
        has_bias: 1,
        eps: 1e-5,
      },
      { x: 10, weight: 5, bias: 5, out: 10, stats: 4 },
    ),
    raceCase(
      "layer_norm_backward",
      `${lanes} lanes`,
      {
        rows: 2,
        columns: 5,
        lanes,
        x_offset: 0,
        weight_offset: 0,
        dout_offset: 0,
        has_weight: 1,
        accumulate: 0,
      },
      { x: 10, stats: 4, weight: 5, dout: 10, dx: 10 },
    ),
  ]),
  raceCase(
    "layer_norm_backward_weights",
    "more rows than slices",
    { rows: 10, columns: 3, rows_per_block: 10, x_offset: 0, dout_offset: 0 },
    { x: 30, stats: 20, dout: 30, sums: 6 },
  ),
  raceCase(
    "layer_norm_backward_total",
    "more blocks than slices",
    { blocks: 10, columns: 3, write_weight: 1, write_bias: 2 },
    { sums: 60, dweight: 3, dbias: 3 },
  ),
  ...[1, 64].flatMap((lanes) => {
    const shared = {
      rows: 2,
      columns: 9,
      lanes,
      operation: 3,
      threshold: 5,
      scale: 2,
      weight_offset: 0,
      has_weight: 1,
    };
    return [
      raceCase(
        "residual_norm",
        `${lanes} lanes, rows that share four neighbours`,
        { ...shared, x_offset: 0, sublayer_offset: 0, bias_offset: 0, has_bias: 1, eps: 1e-5 },
        { x: 18, sublayer: 18, counter: 2, weight: 9, bias: 9, sum: 18, out: 18, stats: 4 },
      ),
      raceCase(
        "residual_norm_backward",
        `${lanes} lanes, rows that share four neighbours`,
        { ...shared, dout_offset: 0, dsum_offset: 0, has_dsum: 1, write_x: 1, write_sublayer: 2 },
        { sum: 18, stats: 4, weight: 9, dout: 18, dsum: 18, counter: 2, dx: 18, dsublayer: 18 },
      ),
    ];
  }),
  ...[1, 64].map((lanes) =>
    raceCase(
      "metric_counts",
      `${lanes} lanes, two turns`,
      {
        rows: 65,
        classes: 3,
        lanes,
        predictions_offset: 0,
        targets_offset: 0,
        mask_offset: 0,
        has_mask: 0,
        threshold: 0.5,
        targets_kind: 0,
      },
      { predictions: 195, targets: 195, mask: 128, counts: 16 },
    ),
  ),
  ...[1, 64].map((lanes) =>
    raceCase(
      "quantize_rows",
      `${lanes} lanes`,
      { rows: 2, columns: 9, lanes, x_offset: 0 },
      { x: 18, q: 6, scale: 2 },
    ),
  ),
  ...(["softmax", "log_softmax"] as const).flatMap((kernel) =>
    [1, 64].map((lanes) =>
      raceCase(kernel, `${lanes} lanes`, { rows: 2, columns: 5, lanes, x_offset: 0 }, { x: 10, out: 10 }),
    ),
  ),
  ...(["softmax_backward", "log_softmax_backward"] as const).flatMap((kernel) =>
    [1, 64].map((lanes) =>
      raceCase(
        kernel,
        `${lanes} lanes`,
        { rows: 2, columns: 5, lanes, dout_offset: 0, accumulate: 0 },
        { y: 10, dout: 10, dx: 10 },
      ),
    ),
  ),
  raceCase(
    "gru_before_sequence",
    "two steps, more units than threads",
    { ...TWO_STEPS, halves: 3, has_state: 0 },
    { gates: 72, q: 24, wh: 27, h: 36, mask: 8, keep: 36 },
  ),
  raceCase(
    "gru_before_sequence_backward",
    "two steps and the first state, more units than threads",
    { ...TWO_STEPS, ...GRADIENT, end: 3, halves: 3, has_state: 1 },
    { gates: 72, q: 24, wh: 27, h: 36, dout: 24, dh_carry: 12, mask: 8, keep: 36 },
  ),
  raceCase(
    "gru_sequence",
    "two steps, more units than threads",
    { ...TWO_STEPS, has_state: 0, has_bias: 1 },
    { gates: 72, q: 24, wh: 27, bias: 9, h: 36, mask: 8, keep: 36 },
  ),
  raceCase(
    "gru_sequence_backward",
    "two steps and the first state, more units than threads",
    { ...TWO_STEPS, ...GRADIENT, end: 3, has_state: 1 },
    { gates: 72, q: 24, wh: 27, h: 36, dout: 24, dh_carry: 12, mask: 8, keep: 36 },
  ),
  raceCase(
    "rnn_sequence",
    "two steps, more units than threads",
    { ...TWO_STEPS, has_state: 0, relu: false },
    { pre: 24, wh: 9, h: 36, mask: 8, keep: 12 },
  ),
  raceCase(
    "rnn_sequence_backward",
    "two steps and the first state, more units than threads",
    { ...TWO_STEPS, ...GRADIENT, end: 3, relu: false },
    { dpre: 24, wh: 9, h: 36, dout: 24, dh_carry: 12, mask: 8, keep: 12 },
  ),
  raceCase(
    "lstm_sequence",
    "two steps, more units than threads",
    {
      batch: 4,
      hidden: 3,
      steps: 2,
      reverse: 0,
      has_state: 0,
      has_mask: 0,
      recurrent_dropout: true,
    },
    { gates: 96, wh: 36, h: 36, c: 36, mask: 8, keep: 48 },
  ),
  raceCase(
    "lstm_sequence_backward",
    "two steps, more units than threads",
    {
      batch: 4,
      hidden: 3,
      steps: 2,
      reverse: 0,
      has_carry: 0,
      has_state: 0,
      has_dout: 1,
      has_mask: 0,
      dout_offset: 0,
      dout_batch: 6,
      dout_time: 3,
      dout_unit: 1,
      recurrent_dropout: true,
    },
    { gates: 96, wh: 36, c: 36, dout: 24, dh_carry: 12, dc_carry: 12, mask: 8, keep: 48 },
  ),
  raceCase(
    "lstm_sequence_direct",
    "two steps, more units than threads",
    { batch: 1, hidden: 12, steps: 2, reverse: 0, has_state: 0, has_mask: 0, recurrent_dropout: false },
    { gates: 96, wh: 576, h: 36, c: 36, mask: 2, keep: 48 },
  ),
  raceCase(
    "lstm_sequence_backward_direct",
    "two steps, eight units a thread",
    {
      ...{ batch: 1, hidden: 16, steps: 2, reverse: 0, has_state: 0, has_mask: 0, recurrent_dropout: false },
      ...{ has_carry: 0, has_dout: 1, dout_offset: 0, dout_batch: 32, dout_time: 16, dout_unit: 1 },
    },
    { gates: 128, wh: 1024, c: 48, dout: 32, dh_carry: 16, dc_carry: 16, mask: 2, keep: 64 },
  ),
  raceCase(
    "matmul",
    "ragged, two strips",
    {
      batch: 1,
      batch_inner: 1,
      rows: 2,
      inner: 5,
      columns: 3,
      accumulate: 0,
      has_bias: 1,
      keep_pre: 0,
      activation: 0,
      a_offset: 0,
      a_row: 5,
      a_column: 1,
      a_batch: 0,
      a_batch_inner: 0,
      b_offset: 0,
      b_row: 3,
      b_column: 1,
      b_batch: 0,
      b_batch_inner: 0,
      bias_offset: 0,
      out_offset: 0,
      a_by_column: false,
      b_by_column: false,
    },
    { a: 10, b: 15, bias: 3, pre: 6, out: 6 },
  ),
  raceCase(
    "matmul_masked",
    "one gate, ragged, two strips",
    {
      batch: 1,
      rows: 2,
      inner: 5,
      columns: 3,
      accumulate: 0,
      has_bias: 1,
      a_offset: 0,
      a_row: 5,
      a_column: 1,
      a_batch: 0,
      b_offset: 0,
      b_row: 3,
      b_column: 1,
      b_batch: 0,
      mask_offset: 0,
      mask_rows: 1,
      out_offset: 0,
      out_row: 3,
      out_batch: 0,
      masked: 0,
      a_by_column: false,
      b_by_column: false,
    },
    { a: 10, b: 15, mask: 5, bias: 3, out: 6 },
  ),
];

/** The params struct as the kernel reads it. */
function packParams(kernel: KernelName, params: Record<string, unknown>): ArrayBuffer {
  const bytes = new ArrayBuffer(KERNELS[kernel].paramsSize);
  const view = new DataView(bytes);
  for (const { name, offset, type, length } of KERNELS[kernel].params) {
    const values = length === 1 ? [params[name] as number] : (params[name] as number[]);
    values.forEach((value, i) => {
      if (type === "f32") view.setFloat32(offset + 4 * i, value, true);
      else view.setUint32(offset + 4 * i, value >>> 0, true);
    });
  }
  return bytes;
}

/** What the detector has to say about one launch of a source. */
function racesIn(source: string, { kernel, params, buffers }: RaceCase): string[] {
  const values = params as unknown as Record<string, unknown>;
  const group: Record<string, unknown> = { 0: { uniform: packParams(kernel, values) } };
  KERNELS[kernel].bindings.forEach(({ name, type }, i) => {
    const content = buffers[name];
    const numbers =
      typeof content === "number" ? Array.from({ length: content }, (_, n) => n) : Array.from(content);
    group[i + 1] = (type === "f32" ? Float32Array.from(numbers) : Int32Array.from(numbers)).buffer;
  });
  const constants = Object.fromEntries(KERNELS[kernel].overrides.map(({ name }) => [name, values[name]]));
  // One workgroup, so that it has to take all the turns of a kernel whose workgroups share the rows.
  const { races, errors } = detectRaces(source, kernel, [1, 1, 1], { 0: group }, { constants });
  return [...new Set([...errors, ...races.map(({ message }) => message)])];
}

const BARRIER = /\b(workgroup|storage)Barrier\(\);/g;
const withBarrier = Object.values(KERNELS).filter(({ source }) => source.match(BARRIER));

/** Barriers, counted from 0, whose absence is no race in the detector's sense. */
const SPARE: { readonly [K in KernelName]?: readonly number[] } = {
  // At the end of a turn: the thread that reads the result is the one that writes this slot next.
  categorical_cross_entropy: [5],
  cross_entropy: [4],
  // They order atomics, which the detector never reports; and one of a workgroup and a storage barrier in a row.
  embedding_sort: [0, 1, 3, 5, 6, 7, 8],
};

describe("races between the threads of a workgroup", () => {
  it("every kernel with a barrier has a case here", () => {
    const covered = new Set<string>(CASES.map(({ kernel }) => kernel));
    expect(withBarrier.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });

  for (const c of CASES)
    it(`${c.kernel}, ${c.name}: none`, () => expect(racesIn(rewritten(c.kernel), c)).toEqual([]));
});

describe("the detector can fail", () => {
  // The last case of each kernel is the one in which threads work together.
  for (const c of new Map(CASES.map((c) => [c.kernel, c])).values())
    it(`${c.kernel}: finds the race when a barrier is taken out`, () => {
      const source = rewritten(c.kernel);
      const unseen = [...source.matchAll(BARRIER)].flatMap(({ 0: barrier, index }, n) => {
        const without = source.slice(0, index) + source.slice(index + barrier.length);
        return racesIn(without, c).length === 0 ? [n] : [];
      });
      expect(unseen).toEqual(SPARE[c.kernel] ?? []);
    });

  it("finds a barrier that some threads never reach", () => {
    const source = rewritten("softmax").replace("let end =", "if (local == 3u) { return; }\n  let end =");
    const c = CASES.findLast(({ kernel }) => kernel === "softmax")!;
    expect(racesIn(source, c).join()).toContain("exited before reaching the barrier");
  });
});
