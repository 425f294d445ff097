import { describe, expect, it } from "vitest";
import { FileFormatError, ValueError } from "../../src/errors.ts";
import { checkFits, modelFingerprint, packCheckpoint, unpackCheckpoint } from "../../src/io/checkpoint.ts";
import { readSafetensors, type TensorMap, writeSafetensors } from "../../src/io/safetensors.ts";
import { CharacterVocabulary } from "../../src/text/vocabulary.ts";

const model = (): TensorMap =>
  new Map([
    ["lstm.weight_ih_l0", { shape: [2, 2], dtype: "f32", data: Float32Array.of(1, 2, 3, 0.1) }],
    ["fc.bias", { shape: [2], dtype: "f32", data: Float32Array.of(-1, -0) }],
  ]);
const optimizer = (): TensorMap =>
  new Map([
    ["0.step", { shape: [], dtype: "i32", data: Int32Array.of(12) }],
    ["0.exp_avg", { shape: [2, 2], dtype: "f32", data: Float32Array.of(0, 1e-30, NaN, 4) }],
  ]);
const values = (tensors: TensorMap): unknown =>
  [...tensors].map(([name, { shape, dtype, data }]) => [name, shape, dtype, data]);
const shapes = (entries: Record<string, number[]>): Map<string, { shape: number[] }> =>
  new Map(Object.entries(entries).map(([name, shape]) => [name, { shape }]));

describe("checkpoints", () => {
  it("come back as they were", () => {
    const state = {
      settings: { hidden: 256, lr: 0.001, play: "Le Misanthrope", resume: null, quiet: false },
      step: 12345,
      random: { seed: 4294967295, stream: 7, counter: 2 ** 52 + 1 },
      losses: [2 / 7, 0.1 + 0.2, 5e-324, Number.MAX_VALUE, -0, 1 / 3],
      text: '« Molière » ’ 😀 \u2028 " \\ \n \ud800',
      empty: {},
    };
    const bytes = packCheckpoint({ model: model(), optimizer: optimizer(), state });
    const back = unpackCheckpoint(bytes, "moliere.safetensors");
    expect(values(back.model)).toStrictEqual(values(model()));
    expect(values(back.optimizer)).toStrictEqual(values(optimizer()));
    expect(back.state).toStrictEqual(state);
    expect(Object.is((back.state.losses as number[])[4], -0)).toBe(true);
  });

  it("are safetensors files that other tools can open", () => {
    const bytes = packCheckpoint({ model: model(), optimizer: optimizer(), state: { step: 1 } });
    const { tensors, metadata } = readSafetensors(bytes);
    expect([...tensors.keys()]).toEqual([
      "model.lstm.weight_ih_l0",
      "model.fc.bias",
      "optimizer.0.step",
      "optimizer.0.exp_avg",
    ]);
    expect(Object.keys(metadata)).toEqual(["wgrad"]);
    expect(JSON.parse(metadata.wgrad)).toEqual({
      format: 1,
      model: "fc.bias [2]\nlstm.weight_ih_l0 [2, 2]",
      state: { step: 1 },
    });
  });

  it("pack to the same bytes from what was unpacked", () => {
    const bytes = packCheckpoint({ model: model(), optimizer: optimizer(), state: { b: 1, a: [0.1] } });
    expect(packCheckpoint(unpackCheckpoint(bytes))).toEqual(bytes);
    const offset = new Uint8Array(bytes.length + 3);
    offset.set(bytes, 3);
    expect(packCheckpoint(unpackCheckpoint(offset.subarray(3)))).toEqual(bytes);
  });

  it("hold no optimizer where there is none, and objects that know their JSON", () => {
    const vocabulary = CharacterVocabulary.from("Tartuffe’😀");
    const state = { vocabulary, skipped: undefined };
    const back = unpackCheckpoint(packCheckpoint({ model: model(), optimizer: new Map(), state }));
    expect(back.optimizer.size).toBe(0);
    expect(Object.keys(back.state)).toEqual(["vocabulary"]);
    expect(CharacterVocabulary.fromJSON(back.state.vocabulary).characters).toEqual(vocabulary.characters);
  });

  it("refuse state that JSON would lose, by its place", () => {
    const pack = (state: unknown) => () =>
      packCheckpoint({ model: new Map(), optimizer: new Map(), state: state as object });
    expect(pack({ metrics: { loss: [1, NaN] } })).toThrow(ValueError);
    expect(pack({ metrics: { loss: [1, NaN] } })).toThrow(
      "packCheckpoint: state.metrics.loss[1] is NaN, which JSON cannot hold; has training diverged?",
    );
    expect(pack({ best: -Infinity })).toThrow("packCheckpoint: state.best is -Infinity");
    expect(pack({ ids: Int32Array.of(1) })).toThrow(
      "packCheckpoint: state.ids is a Int32Array, which JSON would",
    );
    expect(pack({ at: new Map() })).toThrow("packCheckpoint: state.at is a Map");
    expect(pack({ f: () => 1 })).toThrow("packCheckpoint: state.f is a function");
    expect(pack({ n: 1n })).toThrow("packCheckpoint: state.n is a bigint");
    expect(pack({ list: [undefined] })).toThrow("packCheckpoint: state.list[0] is undefined");
    expect(pack({ list: new Array(1) })).toThrow("packCheckpoint: state.list[0] is undefined");
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(pack(circle)).toThrow("nested more than 100 deep; does it contain itself?");
    expect(pack([])).toThrow("packCheckpoint: state must be a plain object");
  });
});

describe("unpackCheckpoint refuses", () => {
  const bytesWith = (wgrad: string, tensors: TensorMap = new Map()): Uint8Array =>
    writeSafetensors(tensors, { wgrad });
  const unpack = (bytes: Uint8Array) => () => unpackCheckpoint(bytes, "m.safetensors");

  it("weights without a state", () => {
    expect(unpack(writeSafetensors(model()))).toThrow(FileFormatError);
    expect(unpack(writeSafetensors(model()))).toThrow(
      'm.safetensors: not a checkpoint: a safetensors file without the metadata "wgrad"',
    );
  });

  it("a newer or unknown format", () => {
    expect(unpack(bytesWith('{"format":2}'))).toThrow(
      "m.safetensors: checkpoint format 2 is newer than this wgrad, which reads 1; update wgrad",
    );
    expect(unpack(bytesWith('{"format":"x"}'))).toThrow('m.safetensors: unknown checkpoint format "x"');
    expect(unpack(bytesWith("null"))).toThrow("m.safetensors: unknown checkpoint format undefined");
  });

  it("damaged metadata, foreign tensors and edited models", () => {
    expect(unpack(bytesWith("{"))).toThrow("m.safetensors: the checkpoint's metadata is not JSON");
    expect(unpack(bytesWith('{"format":1,"state":{}}'))).toThrow('metadata lacks "model" or "state"');
    const good = '{"format":1,"model":"","state":{}}';
    expect(unpack(bytesWith(good))).not.toThrow();
    expect(unpack(bytesWith(good, model()))).toThrow(
      "m.safetensors: tensor \"lstm.weight_ih_l0\" is neither the model's nor the optimizer's",
    );
    const edited: TensorMap = new Map([["model.w", { shape: [1], dtype: "f32", data: Float32Array.of(1) }]]);
    expect(unpack(bytesWith(good, edited))).toThrow("was the file edited by another program?");
  });

  it("a truncated file", () => {
    const bytes = packCheckpoint({ model: model(), optimizer: optimizer(), state: {} });
    expect(unpack(bytes.subarray(0, -4))).toThrow(
      "m.safetensors: truncated safetensors file: header says 44 bytes of data, the file has 40",
    );
  });
});

describe("checkFits", () => {
  const want = shapes({ "lstm.weight_ih_l0": [1024, 128], "fc.bias": [85] });

  it("takes the same tensors in any order", () => {
    checkFits("m.safetensors", shapes({ "fc.bias": [85], "lstm.weight_ih_l0": [1024, 128] }), want);
    expect(modelFingerprint(shapes({ b: [2], a: [] }))).toBe(modelFingerprint(shapes({ a: [], b: [2] })));
    expect(modelFingerprint(shapes({ a: [2] }))).not.toBe(modelFingerprint(shapes({ a: [3] })));
  });

  it("names the shapes that differ", () => {
    const have = shapes({ "lstm.weight_ih_l0": [512, 64], "fc.bias": [85] });
    const check = () => checkFits("moliere.safetensors", have, want);
    expect(check).toThrow(FileFormatError);
    expect(check).toThrow(
      /^checkpoint moliere.safetensors is of another model: lstm.weight_ih_l0 is \[512, 64\], this model has \[1024, 128\]$/,
    );
  });

  it("names what is missing and unexpected, at most three", () => {
    expect(() => checkFits("m", shapes({ "fc.bias": [85], other: [1] }), want)).toThrow(
      "checkpoint m is of another model: lstm.weight_ih_l0 is missing; other is not in this model",
    );
    const have = shapes({ "fc.bias": [4], a: [1], b: [1], c: [1] });
    expect(() => checkFits("m", have, want)).toThrow(
      /: fc.bias is \[4\], this model has \[85\]; lstm.weight_ih_l0 is missing; a is not in this model and 2 more$/,
    );
  });

  it("compares dtypes where both sides say one", () => {
    const i32 = new Map([["x", { shape: [1], dtype: "i32" as const }]]);
    const f32 = new Map([["x", { shape: [1], dtype: "f32" as const }]]);
    expect(() => checkFits("m", i32, f32)).toThrow("x is i32, this model has f32");
    checkFits("m", i32, shapes({ x: [1] }));
  });
});
