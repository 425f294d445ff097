/** int8: the kernels against their twins, the layer against PyTorch and against its error bound. */
import {
  Embedding,
  Linear,
  Module,
  moduleBytes,
  noGrad,
  QuantizedLinear,
  quantizeDynamic,
  quantizedLinear,
  quantizeRows,
  readSafetensors,
  relu,
  Sequential,
  ReLU,
  type Tensor,
  TransformerEncoderLayer,
  tensor,
  writeSafetensors,
} from "../../src/index.ts";
import fixture from "../fixtures/quantized_linear.json" with { type: "json" };
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";
import { launchCase, output } from "./launch.ts";
import { stateOf } from "./nn.ts";

const ROWS = [
  [1, 1],
  [3, 5],
  [67, 32],
  [5, 33],
  [2, 64],
  [3, 1000],
  [70, 6],
];

/** Numbers of which many lie on or beside the middle between two integers of their row's scale, and a row of zeros. */
function halves(rows: number, columns: number): Float32Array {
  const x = testNumbers(2 + rows * columns, columns).map((v, i) =>
    i % 3 === 0 ? v : Math.fround((Math.round(v * 60) + 0.5) * Math.fround(2 / 127.5)),
  );
  for (let r = 0; r < rows; r++) x[2 + r * columns + ((r * 5) % columns)] = r % 2 === 0 ? -2 : 2;
  if (rows > 2) x.fill(0, 2 + 2 * columns, 2 + 3 * columns);
  return x;
}

const quantizeCases = ROWS.map(([rows, columns]) =>
  launchCase(
    "quantize_rows",
    `[${rows}, ${columns}], to the last integer`,
    { rows, columns, lanes: columns <= 32 ? 1 : 64, x_offset: 2 },
    {
      x: halves(rows, columns),
      q: output(rows * Math.ceil(columns / 4), true),
      scale: output(rows),
    },
  ),
);

/** Words of four int8 from numbers that repeat exactly. */
function packed(rows: number, columns: number, seed: number): Int32Array {
  const words = Math.ceil(columns / 4);
  const bytes = new Int8Array(4 * rows * words);
  const numbers = testNumbers(rows * columns, seed);
  for (let i = 0; i < numbers.length; i++)
    bytes[Math.floor(i / columns) * 4 * words + (i % columns)] = Math.round(numbers[i] * 64);
  bytes[0] = -128;
  return new Int32Array(bytes.buffer);
}

const PRODUCTS = [
  [1, 1, 1],
  [3, 5, 7],
  [33, 20, 34],
  [1, 130, 65],
  [70, 64, 31],
];

const productCases = PRODUCTS.flatMap(([rows, inner, columns]) =>
  [0, 1].map((has_bias) =>
    launchCase(
      "matmul_int8",
      `[${rows}, ${inner}] · [${inner}, ${columns}]${has_bias ? " + bias" : ""}`,
      { rows, words: Math.ceil(inner / 4), columns, has_bias },
      {
        x: packed(rows, inner, 1),
        x_scale: testNumbers(rows, 2).map((v) => Math.abs(v) / 127),
        w: packed(columns, inner, 3),
        w_scale: testNumbers(columns, 4).map((v) => Math.abs(v) / 127),
        ...(has_bias ? { bias: testNumbers(columns, 5) } : {}),
        out: output(rows * columns),
      },
    ),
  ),
);

/** Each number by its row's integer and scale. */
async function restored(
  { values, scale }: { values: Tensor; scale: Tensor },
  columns: number,
): Promise<number[]> {
  const bytes = new Int8Array(Int32Array.from(await values.data()).buffer);
  const scales = await scale.data();
  const stride = bytes.length / scales.length;
  return Array.from(
    { length: scales.length * columns },
    (_, i) => bytes[Math.floor(i / columns) * stride + (i % columns)] * scales[Math.floor(i / columns)],
  );
}

/** The promise of quantizedLinear's doc comment, for one row and one channel, with room for f32. */
function bound(x: readonly number[], w: readonly number[]): number {
  const scaleOf = (v: readonly number[]): number => Math.max(...v.map(Math.abs)) / 127.5;
  const sum = (v: readonly number[]): number => v.reduce((total, n) => total + Math.abs(n), 0);
  const [sx, sw] = [scaleOf(x), scaleOf(w)];
  return ((sx / 2) * sum(w) + (sw / 2) * sum(x) + (x.length * sx * sw) / 4) * (1 + 1e-5) + 1e-6;
}

function rowsOf(data: ArrayLike<number>, columns: number): number[][] {
  const flat = Array.from(data);
  return Array.from({ length: flat.length / columns }, (_, r) => flat.slice(r * columns, (r + 1) * columns));
}

class Classifier extends Module {
  embedding: Embedding;
  body: Sequential;
  heads: (Linear | QuantizedLinear)[];

  constructor(device: ConstructorParameters<typeof Linear>[2]) {
    super();
    this.embedding = new Embedding(11, 18, device);
    const shared = new Linear(18, 18, device);
    this.body = new Sequential(shared, new ReLU(), shared, new Linear(18, 30, device));
    this.heads = [new Linear(30, 3, device), new Linear(30, 2, { ...device, bias: false })];
  }

  forward(ids: Tensor): Tensor[] {
    const features = relu(this.body.forward(this.embedding.forward(ids)));
    return this.heads.map((head) => head.forward(features));
  }
}

export const quantizedCases: DeviceCase[] = [
  ...quantizeCases,
  ...productCases,
  {
    name: "matmul_int8: sums of whole numbers are exact, whatever their order",
    async run(device) {
      // Scales of 1, and sums below 2^24, which f32 holds: nothing may be rounded anywhere.
      const [rows, inner, columns] = [5, 900, 6];
      const x = packed(rows, inner, 7);
      const w = packed(columns, inner, 8);
      const bytes = [new Int8Array(x.buffer), new Int8Array(w.buffer)];
      const expected = Array.from({ length: rows * columns }, (_, i) => {
        let total = 0;
        for (let k = 0; k < inner; k++)
          total += bytes[0][Math.floor(i / columns) * inner + k] * bytes[1][(i % columns) * inner + k];
        return total;
      });
      const { backend } = device;
      const upload = (data: ArrayLike<number>, type: "i32" | "f32") => {
        const buffer = backend.alloc(type, data.length);
        backend.write(buffer, data);
        return { buffer, offset: 0, length: data.length };
      };
      const out = upload(new Float32Array(rows * columns), "f32");
      backend.run(
        "matmul_int8",
        { rows, words: inner / 4, columns, has_bias: 0 },
        {
          ...{ x: upload(x, "i32"), x_scale: upload(new Float32Array(rows).fill(1), "f32") },
          ...{ w: upload(w, "i32"), w_scale: upload(new Float32Array(columns).fill(1), "f32"), out },
        },
      );
      await assertEqual(await backend.read(out.buffer), expected);
    },
  },
  {
    name: "quantizeRows: at most half a scale off; NaN and infinity show",
    async run(device) {
      const columns = 37;
      const data = testNumbers(4 * columns, 5).map((v, i) => v * 10 ** (Math.floor(i / columns) - 2));
      const back = await restored(quantizeRows(tensor(data, { device, shape: [2, 2, columns] })), columns);
      for (const [r, row] of rowsOf(data, columns).entries()) {
        const half = (Math.max(...row.map(Math.abs)) / 127.5 / 2) * (1 + 1e-6);
        for (const [k, v] of row.entries()) {
          const off = Math.abs(back[r * columns + k] - v);
          assert(
            off <= half,
            `row ${r}, element ${k}: ${v} came back off by ${off}, half a scale is ${half}`,
          );
        }
      }
      const odd = tensor([1, Number.NaN, 2, -3, 0, 0, 1, Number.NEGATIVE_INFINITY], {
        device,
        shape: [4, 2],
      });
      const { scale } = quantizeRows(odd);
      await assertClose(scale, [Number.NaN, Math.fround(3 / 127.5), 2 ** -23, Infinity], 1e-7, "scale");
      const linear = QuantizedLinear.from(new Linear(2, 1, { device }));
      const out = await noGrad(() => linear.forward(odd)).data();
      assert(Number.isNaN(out[0]) && !Number.isNaN(out[1]) && Number.isNaN(out[3]), `NaN is lost: ${out}`);
    },
  },
  ...fixture.cases.map(
    (c): DeviceCase => ({
      name: `QuantizedLinear: as PyTorch, ${c.name}`,
      async run(device) {
        const [outputs, inputs] = c.int8.shape;
        const linear = new Linear(inputs, outputs, { device, bias: "bias" in c.stateDict });
        linear.loadStateDict(stateOf(c.stateDict));
        const quantized = QuantizedLinear.from(linear);
        const state = await quantized.stateDict();
        await assertClose(state.get("weight_scale")!.data, c.scale.data, 1e-7, "scale"); // one f32 product
        // A row's largest weight is ±127.5 scales: the last bit of the scale decides between −127 and −128.
        const int8 = state.get("weight")!.data;
        for (const [j, row] of rowsOf(c.stateDict.weight.data, inputs).entries())
          for (const [k, w] of row.entries()) {
            const at = j * inputs + k;
            const middle = -w === Math.max(...row.map(Math.abs));
            const same = int8[at] === c.int8.data[at] || (middle && int8[at] <= -127);
            assert(same, `int8[${at}] is ${int8[at]}, PyTorch has ${c.int8.data[at]} for ${w}`);
          }
        const x = tensor(c.x.data, { device, shape: c.x.shape });
        const y = noGrad(() => quantized.forward(x));
        assertShape(y, c.y.shape);
        const values = await y.data();
        // PyTorch takes one unsigned 8-bit range for the whole of x: a step of (max − min) / 255, and so half of it off.
        const step = (Math.max(0, ...c.x.data) - Math.min(0, ...c.x.data)) / 255;
        for (const [r, row] of rowsOf(c.x.data, inputs).entries())
          for (const [j, w] of rowsOf(c.stateDict.weight.data, inputs).entries()) {
            const allowed = bound(row, w);
            const sumW = w.reduce((total, v) => total + Math.abs(v), 0);
            const at = r * outputs + j;
            const off = Math.abs(values[at] - c.y.data[at]);
            assert(off <= allowed, `y[${at}] is off by ${off}, the bound is ${allowed}`);
            const apart = Math.abs(values[at] - c.quantizedY.data[at]);
            assert(
              apart <= 2 * allowed + step * sumW,
              `y[${at}] is ${apart} from PyTorch's, allowed ${2 * allowed + step * sumW}`,
            );
          }
      },
    }),
  ),
  {
    name: "quantizeDynamic: replaces every Linear by name, saves int8, loads it back",
    async run(device) {
      const model = new Classifier({ device });
      const ids = tensor([1, 5, 10, 3], { device, dtype: "i32" });
      const before = noGrad(() => model.forward(ids));
      const names = new Set((await model.stateDict()).keys());
      const parameters = model.countParameters();
      const report = quantizeDynamic(model);
      // The layer that stands in two places is one layer.
      const replaced = report.layers.map(({ name }) => name).join(" ");
      assert(replaced === "heads.0 heads.1 body.0 body.3", replaced);
      assert(model.body.at(0) === model.body.at(2), "the shared layer was split");
      assert(report.bytesBefore === 4 * parameters, `${report.bytesBefore} bytes before`);
      // Rows of 18 take 20 bytes, rows of 30 take 32; scales and biases 4 bytes each; the embedding stays.
      const bytes = 11 * 18 * 4 + (18 * 20 + 144) + (30 * 20 + 240) + (3 * 32 + 24) + (2 * 32 + 8);
      assert(report.bytesAfter === bytes && moduleBytes(model) === bytes, `${report.bytesAfter} bytes after`);
      assert(model.countParameters() === 11 * 18, "int8 weights count as parameters");
      const state = await model.stateDict();
      for (const name of names) assert(state.has(name), `${name} is no longer in the state dict`);
      assert(state.size === names.size + 4, "scales are in the state dict");
      const after = noGrad(() => model.forward(ids));
      // Three layers of at most 30 terms, each off by about 1 % of its range; that it is not f32 shows, too.
      for (const [i, y] of after.entries()) await assertClose(y, before[i], 0.05, `head ${i}`);
      const difference = Math.abs((await after[0].data())[0] - (await before[0].data())[0]);
      assert(difference > 0, "nothing was quantized");

      const file = writeSafetensors(state);
      assert(file.length < 4 * parameters, `the file has ${file.length} bytes`);
      const other = new Classifier({ device });
      await assertThrows(() => other.loadStateDict(readSafetensors(file).tensors), "unexpected");
      quantizeDynamic(other);
      other.loadStateDict(readSafetensors(file).tensors);
      const loaded = noGrad(() => other.forward(ids));
      for (const [i, y] of loaded.entries()) await assertEqual(y, after[i], `loaded head ${i}`);
      await assertThrows(() => quantizeDynamic(model), "has no Linear layer within");
      await assertThrows(() => quantizeDynamic(new Linear(2, 3, { device })), "use QuantizedLinear.from");
    },
  },
  {
    name: "quantizeDynamic: a Transformer layer keeps its attention in f32, as in PyTorch",
    async run(device) {
      const layer = new TransformerEncoderLayer(12, 3, {
        dimFeedforward: 20,
        activation: "gelu",
        device,
      }).eval();
      const x = tensor(testNumbers(2 * 5 * 12), { device, shape: [2, 5, 12] });
      const before = await noGrad(() => layer.forward(x)).data();
      const { layers } = quantizeDynamic(layer);
      const replaced = layers.map(({ name }) => name).join(" ");
      assert(replaced === "linear1 linear2", replaced);
      assert(layer.self_attn.out_proj instanceof Linear, "the output projection was quantized");
      const after = await noGrad(() => layer.forward(x)).data();
      // Normed outputs near 1, and two layers of at most 20 terms, each off by about 1 % of its range.
      await assertClose(after, before, 0.05);
      assert(
        after.some((v, i) => v !== before[i]),
        "nothing was quantized",
      );
      layer.train();
      await noGrad(() => layer.forward(x)).data();
      const wanted = tensor(testNumbers(2 * 5 * 12), { device, shape: [2, 5, 12], requiresGrad: true });
      await assertThrows(() => layer.forward(wanted), "int8 weights have no gradient");
    },
  },
  {
    name: "quantizedLinear: refuses gradients and sizes that do not fit",
    async run(device) {
      const layer = QuantizedLinear.from(new Linear(6, 2, { device }));
      const x = tensor(testNumbers(12), { device, shape: [2, 6], requiresGrad: true });
      await assertThrows(() => layer.forward(x), "int8 weights have no gradient");
      const narrow = tensor(testNumbers(10), { device, shape: [2, 5] });
      await assertThrows(
        () => layer.forward(narrow),
        "x is [2, 5], expected [..., 6] for a weight of [2, 6]",
      );
      const wide = tensor(testNumbers(18), { device, shape: [2, 9] });
      await assertThrows(
        () => quantizedLinear(wide, layer.weight),
        "x is [2, 9], its rows take 3 words of four int8, the weight's 2",
      );
      await assertThrows(
        () => quantizedLinear(tensor(testNumbers(12), { device, shape: [2, 6] }), layer.weight, narrow),
        "bias is [2, 5], expected [2]",
      );
    },
  },
];
