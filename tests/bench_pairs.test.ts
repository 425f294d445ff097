/** The benchmark's own promises: results before times, nothing dropped silently, everyone counted the same way. */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { onnxLstm } from "../bench/next_character.ts";
import { type Contender, type Contest, type Entry, pair } from "../bench/paired.ts";
import { NO_PEERS, openPeers, type Peers, PEER_NAMES, peersOf } from "../bench/peers/peers.ts";
import type { Setting } from "../bench/question.ts";
import { IMDB, MOLIERE } from "../bench/recurrent.ts";
import { sequenceEntries, type SequenceShape, weightsOf } from "../bench/sequence.ts";
import { transformerEntries } from "../bench/transformer_peers.ts";
import { counting, memoryOf, watchMemory } from "../bench/watch.ts";
import { type Device, openDevice } from "../src/index.ts";

const SETTING: Setting = { quick: true, steps: 3, peers: NO_PEERS };
const CONTEST = { tolerance: 1e-3, warmUp: 2, budgetMilliseconds: 1 };

/** An engine that notes its runs and always has the same answer. */
function fake(name: string, answer: number[], log: string[] = []): Entry {
  const contender: Contender = {
    name,
    run: async (times) => void log.push(`${name} ${times}`),
    answer: async () => answer,
    dispose: () => void log.push(`${name} disposed`),
  };
  return { name, make: async () => contender };
}

const contest = (...entries: Entry[]): Contest => ({ ...CONTEST, entries });

interface EngineFigures {
  name: string;
  difference: number;
}
const enginesOf = (figures: object): EngineFigures[] => (figures as { engines: EngineFigures[] }).engines;

describe("engines in turn", () => {
  it("take turns, each starting a round once", async () => {
    const log: string[] = [];
    await pair(contest(fake("wgrad", [1], log), fake("other", [1], log)), SETTING);
    // First run, the rest of the warm-up and the counted run of each; then the rounds.
    expect(log.slice(0, 6)).toEqual([...Array(3).fill("wgrad 1"), ...Array(3).fill("other 1")]);
    expect(log.slice(6)).toEqual(
      ["wgrad 1", "other 1", "other 1", "wgrad 1", "wgrad 1", "other 1"].concat([
        "wgrad disposed",
        "other disposed",
      ]),
    );
  });

  it("are not timed when their results differ, and are named", async () => {
    const log: string[] = [];
    const entries = [fake("wgrad", [2, -4]), fake("near", [2, -4.001]), fake("far", [2, -4.1], log)];
    const { figures, text, wrong } = await pair(contest(...entries), SETTING);
    expect(wrong).toEqual(["far"]);
    expect(log).toEqual(["far 1", "far 1", "far disposed"]);
    expect(enginesOf(figures).map(({ name }) => name)).toEqual(["wgrad", "near"]);
    expect(enginesOf(figures)[1].difference).toBeCloseTo(0.00025, 10);
    expect(text).toContain("far: left out, its results differ by 2.5e-2, allowed 0.001");
  });

  it("are not taken for equal when they have NaN or too few numbers", async () => {
    const entries = [fake("wgrad", [1, 2]), fake("nan", [1, Number.NaN]), fake("short", [1])];
    expect((await pair(contest(...entries), SETTING)).wrong).toEqual(["nan", "short"]);
  });

  it("are named with the reason when they fail", async () => {
    const broken: Entry = { name: "broken", make: () => Promise.reject(new Error("no such kernel\nstack")) };
    const { text, wrong } = await pair(contest(fake("wgrad", [1]), broken), SETTING);
    expect(text).toContain("broken: left out, no such kernel");
    expect(wrong).toEqual([]);
    await expect(pair(contest(broken), SETTING)).rejects.toThrow("broken: no such kernel");
  });
});

describe("peers", () => {
  it("share wgrad's kind of device; PyTorch runs beside either", () => {
    expect(peersOf("webgpu")).toEqual(["tfjs-webgpu", "jax-webgpu", "onnx-webgpu", "torch"]);
    expect(new Set([...peersOf("webgpu"), ...peersOf("cpu")])).toEqual(new Set(PEER_NAMES));
  });
});

describe("calls of WebGPU", () => {
  const names = ["GPUDevice", "GPUQueue", "GPUBuffer", "GPUCommandEncoder", "GPUComputePassEncoder"] as const;
  const scope = globalThis as Record<string, unknown>;
  const before = names.map((name) => scope[name]);
  afterEach(() => {
    names.forEach((name, i) => {
      scope[name] = before[i];
    });
  });

  it("are counted while the work runs, whoever makes them, and only then", async () => {
    class Buffer {
      destroy() {}
      async mapAsync() {}
    }
    class Pass {
      dispatchWorkgroups() {}
      dispatchWorkgroupsIndirect() {}
    }
    class Encoder {
      beginComputePass() {
        return new Pass();
      }
    }
    class Queue {
      submit() {}
      writeBuffer() {}
    }
    class FakeDevice {
      createBuffer(_descriptor: object) {
        return new Buffer();
      }
      createBindGroup() {}
      createComputePipeline() {}
      async createComputePipelineAsync() {}
      createCommandEncoder() {
        return new Encoder();
      }
    }
    Object.assign(scope, {
      GPUDevice: FakeDevice,
      GPUQueue: Queue,
      GPUBuffer: Buffer,
      GPUCommandEncoder: Encoder,
      GPUComputePassEncoder: Pass,
    });
    watchMemory();
    const device = new FakeDevice();
    const queue = new Queue() as unknown as { submit(): void; writeBuffer(...args: unknown[]): void };
    const work = async () => {
      const buffer = device.createBuffer({ size: 64 });
      device.createBuffer({ size: 32, mappedAtCreation: true });
      buffer.destroy();
      buffer.destroy();
      device.createBindGroup();
      const pass = device.createCommandEncoder().beginComputePass();
      pass.dispatchWorkgroups();
      pass.dispatchWorkgroupsIndirect();
      queue.writeBuffer(buffer, 0, new Float32Array(8));
      queue.writeBuffer(buffer, 0, new Float32Array(8), 2, 3);
      queue.writeBuffer(buffer, 0, new ArrayBuffer(10), 4);
      queue.submit();
    };
    const { counts, devices } = await counting(work);
    await work();
    expect(counts).toEqual({
      dispatches: 2,
      submits: 1,
      passes: 1,
      buffers: 2,
      bindGroups: 1,
      pipelines: 0,
      bytesWritten: 32 + 32 + 12 + 6,
      readbacks: 0,
    });
    expect(devices).toEqual([device]);
    expect(memoryOf(devices)).toEqual({ live: 64, peak: 128 });
  });
});

describe("training", () => {
  let device: Device;
  let peers: Peers;

  beforeAll(async () => {
    device = await openDevice("cpu");
    peers = await openPeers(["tfjs-cpu"]);
    expect(peers.missing).toEqual([]);
  });

  const small = { batch: 3, time: 5, embedding: 4, hidden: 6, vocabulary: 11 };
  const shapes: [string, SequenceShape][] = [
    ["LSTM from every position", { ...MOLIERE, ...small, classes: 11 }],
    ["LSTM from the last state", { ...MOLIERE, ...small, classes: 11, from: "last" }],
    ["LSTM, binary, masked", { ...IMDB, ...small, masked: true }],
    ["GRU", { ...MOLIERE, ...small, classes: 11, cell: "gru" }],
  ];
  /** Three steps of wgrad and of TensorFlow.js. */
  async function expectSameLosses(entries: readonly Entry[]): Promise<void> {
    const answers: ArrayLike<number>[] = [];
    for (const entry of entries) {
      const contender = await entry.make();
      await contender.enter?.();
      await contender.run(3);
      answers.push(await contender.answer());
      contender.dispose?.();
    }
    const [ours, theirs] = answers;
    expect(theirs).toHaveLength(3);
    // Both in f32, in other orders; Adam divides small gradients by their own size.
    for (let i = 0; i < 3; i++) expect(theirs[i]).toBeCloseTo(ours[i], 4);
    expect(ours[2]).toBeLessThan(ours[0]);
  }

  for (const [name, shape] of shapes)
    it(`${name} has the losses of TensorFlow.js in three steps`, () =>
      expectSameLosses(sequenceEntries(device, shape, peers).entries));

  it("and a Transformer too", () => {
    const sizes = { layers: 1, width: 8, heads: 2, feedforward: 12, vocabulary: 7, batch: 2, time: 5 };
    return expectSameLosses(transformerEntries(device, sizes, { ...SETTING, peers }).entries);
  });

  it("says why an engine cannot train it", () => {
    const jax = [{ label: "jax-js WASM" }] as Peers["jax"];
    const { absent } = sequenceEntries(device, shapes[3][1], { ...NO_PEERS, tfjs: [], jax });
    expect(absent).toEqual(["jax-js WASM: has no recurrent layer and no scan"]);
  });
});

describe("ONNX models", () => {
  /** The fields of a protobuf message: numbers as they are, and bytes. */
  function fields(content: Uint8Array): [field: number, value: number | Uint8Array][] {
    const found: [number, number | Uint8Array][] = [];
    let at = 0;
    const varint = (): number => {
      let value = 0;
      for (let shift = 1; ; shift *= 128) {
        const byte = content[at++];
        value += (byte % 128) * shift;
        if (byte < 128) return value;
      }
    };
    while (at < content.length) {
      const key = varint();
      const value = varint();
      if (key % 8 === 0) found.push([key >> 3, value]);
      else found.push([key >> 3, content.subarray(at, (at += value))]);
    }
    return found;
  }
  const text = (value: number | Uint8Array): string => new TextDecoder().decode(value as Uint8Array);

  it("hold the operators and constants of the graph", () => {
    const small = { batch: 1, embedding: 3, hidden: 4, vocabulary: 7, classes: 7 };
    const shape: SequenceShape = { ...MOLIERE, ...small, from: "last" };
    const model = fields(onnxLstm(shape));
    expect(model.map(([field]) => field)).toEqual([1, 7, 8]);
    const graph = fields(model[1][1] as Uint8Array);
    const parts = (wanted: number) =>
      graph.filter(([field]) => field === wanted).map(([, value]) => fields(value as Uint8Array));
    const operators = parts(1).map((node) => text(node.find(([field]) => field === 4)![1]));
    expect(operators).toEqual(["Gather", "Transpose", "LSTM", "Squeeze", "Gemm"]);
    const kernel = parts(5).find((constant) => constant.some(([f, v]) => f === 8 && text(v) === "kernel"))!;
    expect(kernel.filter(([field]) => field === 1).map(([, size]) => size)).toEqual([1, 16, 3]);
    const raw = kernel.find(([field]) => field === 9)![1] as Uint8Array;
    const values = new Float32Array(raw.slice().buffer);
    // The second block is the output gate, the fourth of PyTorch's.
    const ours = weightsOf(shape).kernel;
    expect(values.subarray(12, 24)).toEqual(ours.subarray(36, 48));
  });
});
