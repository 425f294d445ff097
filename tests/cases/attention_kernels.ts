/** The attention kernels against their twins: ragged sizes, every mask, dropout, packed operands. */
import { attention } from "../../src/backend/cpu/attention.ts";
import { ATTENTION_MASK } from "../../src/backend/operations.ts";
import { dropoutThreshold } from "../../src/ops/dropout.ts";
import { type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";

interface Setup {
  batch: number;
  heads: number;
  queries: number;
  keys: number;
  headDim: number;
  /** The query row that causality counts from; left out: not causal. */
  causalFrom?: number;
  padding?: boolean;
  mask?: "added" | "forbidden";
  rate?: number;
}

const SETUPS: readonly Setup[] = [
  { batch: 1, heads: 1, queries: 1, keys: 1, headDim: 1 },
  { batch: 2, heads: 3, queries: 5, keys: 7, headDim: 3, causalFrom: 0, padding: true },
  { batch: 1, heads: 2, queries: 9, keys: 33, headDim: 8, mask: "added" },
  { batch: 2, heads: 1, queries: 17, keys: 70, headDim: 33, rate: 0.3 },
  { batch: 1, heads: 2, queries: 3, keys: 41, headDim: 128, causalFrom: 35, padding: true },
  { batch: 1, heads: 1, queries: 41, keys: 5, headDim: 72, mask: "forbidden", padding: true, rate: 0.5 },
  { batch: 2, heads: 2, queries: 40, keys: 36, headDim: 32, causalFrom: 0, mask: "added", rate: 0.1 },
  { batch: 3, heads: 2, queries: 1, keys: 64, headDim: 16, causalFrom: 63 },
];

/** What the variants for software adapters take: head sizes that are multiples of 8. */
const DIRECT_SETUPS: readonly Setup[] = [
  { batch: 1, heads: 1, queries: 1, keys: 1, headDim: 8 },
  { batch: 2, heads: 3, queries: 5, keys: 7, headDim: 16, causalFrom: 0, padding: true },
  { batch: 1, heads: 2, queries: 9, keys: 33, headDim: 24, mask: "added" },
  { batch: 2, heads: 1, queries: 17, keys: 70, headDim: 40, rate: 0.3 },
  { batch: 1, heads: 2, queries: 3, keys: 41, headDim: 128, causalFrom: 35, padding: true },
  { batch: 1, heads: 1, queries: 41, keys: 5, headDim: 72, mask: "forbidden", padding: true, rate: 0.5 },
  { batch: 3, heads: 4, queries: 24, keys: 21, headDim: 8, rate: 0.2 },
  { batch: 2, heads: 2, queries: 40, keys: 36, headDim: 32, causalFrom: 0, mask: "added", rate: 0.1 },
];

function describe({ batch, heads, queries, keys, headDim, causalFrom, padding, mask, rate }: Setup): string {
  const parts = [
    `${batch}×${heads} heads of ${headDim}, ${queries} queries, ${keys} keys`,
    causalFrom === undefined ? "" : `causal from ${causalFrom}`,
    padding ? "padding" : "",
    mask ? `mask ${mask}` : "",
    rate ? `dropout ${rate}` : "",
  ];
  return parts.filter((part) => part).join(", ");
}

/**
 * Every launch of one setup. Queries are a third of a packed projection, keys and values the two halves of one. Offsets
 * are multiples of `unit`: 4 for the variants that load four numbers at once.
 */
function launches(setup: Setup, s: number, unit: 1 | 4): DeviceCase[] {
  const { batch, heads, queries, keys, headDim, causalFrom, rate = 0 } = setup;
  const width = heads * headDim;
  const shared = {
    batch,
    heads,
    queries,
    keys,
    head_dim: headDim,
    scale: 1 / Math.sqrt(headDim),
    causal: causalFrom === undefined ? 0 : 1,
    query_start: causalFrom ?? 0,
    q_offset: 2 * unit,
    q_batch: queries * 3 * width,
    q_row: 3 * width,
    q_head: headDim,
    k_offset: 4 * unit,
    k_batch: keys * 2 * width,
    k_row: 2 * width,
    k_head: headDim,
    v_offset: 4 * unit + width,
    v_batch: keys * 2 * width,
    v_row: 2 * width,
    v_head: headDim,
    mask_kind: setup.mask ? ATTENTION_MASK[setup.mask] : ATTENTION_MASK.none,
    mask_offset: 1,
    mask_batch: 0,
    mask_head: queries * keys,
    mask_row: keys,
    mask_column: 1,
    has_padding: setup.padding ? 1 : 0,
    padding_offset: 3,
    padding_batch: keys,
    seed: 42,
    step: 7,
    operation: s,
    threshold: dropoutThreshold(rate),
    keep_scale: 1 / (1 - rate),
  };
  const q = testNumbers(2 * unit + batch * queries * 3 * width, s);
  const kv = testNumbers(4 * unit + batch * keys * 2 * width, s + 10);
  const places = 1 + heads * queries * keys;
  const mask =
    setup.mask === "added"
      ? testNumbers(places, s + 20).map((m, i) => (i % 5 === 0 ? Number.NEGATIVE_INFINITY : m))
      : setup.mask
        ? Int32Array.from({ length: places }, (_, i) => Number(i % 3 === 1 || i < 10))
        : undefined;
  // The first sequence of several is padding throughout.
  const padding =
    setup.padding &&
    Int32Array.from({ length: 3 + batch * keys }, (_, i) =>
      Number(i % 4 === 2 || (batch > 1 && i < 3 + keys)),
    );
  const optional = { ...(mask ? { mask } : {}), ...(padding ? { padding } : {}) };
  const inputs = { q, k: kv, v: kv, ...optional };
  const places_out = { out_offset: 5 * unit, out_batch: queries * width, out_row: width, out_head: headDim };
  const rows = batch * heads * queries;
  const out = new Float64Array(5 * unit + rows * headDim);
  const lse = new Float64Array(rows);
  const views = { q, k: kv, v: kv, out, lse, ...optional };
  attention({ ...shared, ...places_out }, views as Parameters<typeof attention>[1]);
  const dout = testNumbers(unit + rows * headDim, s + 30);
  const doutPlaces = { dout_offset: unit, dout_batch: queries * width, dout_row: width, dout_head: headDim };
  const stats = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? lse[i / 2] : 0.1 * (i % 7)));
  const name = describe(setup);
  const gradient = (length: number, accumulate: number) =>
    accumulate ? testNumbers(length, 9) : output(length);
  return [
    launchCase(
      unit === 4 ? "attention_direct" : "attention",
      name,
      { ...shared, ...places_out },
      { ...inputs, out: output(out.length), lse: output(rows) },
    ),
    ...(unit === 4
      ? []
      : [
          launchCase(
            "attention_backward_delta",
            name,
            { batch, heads, queries, head_dim: headDim, ...places_out, ...doutPlaces },
            { out: Float32Array.from(out), dout, lse: Float32Array.from(lse), stats: output(2 * rows) },
          ),
        ]),
    ...[0, 1].flatMap((accumulate) => {
      const added = accumulate ? `${name}, added` : name;
      return [
        launchCase(
          unit === 4 ? "attention_backward_queries_direct" : "attention_backward_queries",
          added,
          {
            ...shared,
            ...doutPlaces,
            dq_offset: 0,
            dq_batch: queries * 3 * width,
            dq_row: 3 * width,
            dq_head: headDim,
            accumulate,
          },
          { ...inputs, stats, dout, dq: gradient(batch * queries * 3 * width, accumulate) },
        ),
        launchCase(
          unit === 4 ? "attention_backward_keys_direct" : "attention_backward_keys",
          added,
          {
            ...shared,
            ...doutPlaces,
            dk_offset: width,
            dv_offset: 2 * width,
            dkv_batch: keys * 3 * width,
            dkv_row: 3 * width,
            dkv_head: headDim,
            accumulate,
          },
          { ...inputs, stats, dout, dkv: gradient(batch * keys * 3 * width, accumulate) },
        ),
      ];
    }),
  ];
}

export const attentionKernelCases: DeviceCase[] = [
  ...SETUPS.flatMap((setup, s) => launches(setup, s, 1)),
  ...DIRECT_SETUPS.flatMap((setup, s) => launches(setup, s, 4)),
];
