/** What every backend promises: order of writes, launches and reads, counts, and errors that are heard. */
import { type DeviceBuffer, whole } from "../../src/backend/backend.ts";
import { TWINS } from "../../src/backend/cpu/twins.ts";
import { KERNELS, type KernelSpec } from "../../src/backend/kernels.generated.ts";
import { UNARY } from "../../src/backend/operations.ts";
import { VerifyBackend } from "../../src/backend/verify.ts";
import type { WebGpuBackend } from "../../src/backend/webgpu/webgpu_backend.ts";
import {
  abs,
  Adam,
  add,
  concat,
  cos,
  crossEntropy,
  type Device,
  DeviceError,
  div,
  exp,
  gelu,
  Linear,
  log,
  LSTM,
  manualSeed,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  openDevice,
  pow,
  relu,
  reshape,
  sigmoid,
  sign,
  silu,
  sin,
  slice,
  softplus,
  sqrt,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  VerifyError,
  zeros,
} from "../../src/index.ts";
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";

/** out = f(x), or out += f(x), for contiguous buffers. */
function launch(device: Device, operation: number, x: DeviceBuffer, out: DeviceBuffer, accumulate = 0): void {
  const { length: count } = out;
  device.backend.run(
    "unary",
    { operation, count, x_offset: 0, accumulate, shape: [1, 1, 1, count], x_strides: [0, 0, 0, 1] },
    { x: whole(x), out: whole(out) },
  );
}

function copy(device: Device, x: DeviceBuffer, out: DeviceBuffer): void {
  launch(device, UNARY.identity, x, out);
}

/** A buffer that holds one value everywhere. */
function filledBuffer(device: Device, length: number, value: number): DeviceBuffer {
  const buffer = device.backend.alloc("f32", length);
  device.backend.write(buffer, new Float32Array(length).fill(value));
  return buffer;
}

/** Throws unless `work` rejects with an error of this class whose message has all these pieces. */
async function assertRejects(
  work: () => Promise<unknown>,
  kind: typeof DeviceError | typeof VerifyError,
  ...pieces: string[]
): Promise<void> {
  let error: unknown;
  try {
    await work();
  } catch (caught) {
    error = caught;
  }
  assert(error instanceof kind, `expected a ${kind.name}, got ${error ?? "no error"}`);
  for (const piece of pieces)
    assert(error.message.includes(piece), `expected "${piece}" in "${error.message}"`);
}

/** Runs on a new device. */
async function onFreshDevice(kind: Device["kind"], run: (device: Device) => Promise<void>): Promise<void> {
  const device = await openDevice(kind);
  try {
    await run(device);
  } finally {
    device.dispose();
  }
}

/** The case on a device of its own, so that its memory, or its failure, is gone afterwards. */
function onItsOwn({ name, run }: DeviceCase): DeviceCase {
  return { name, run: ({ kind }) => onFreshDevice(kind, async (device) => run(device)) };
}

/** Some steps of a small classifier on data that does not change; gives the losses. */
async function train(device: Device, steps: number, awaited = true): Promise<number[]> {
  manualSeed(7);
  const model = new Linear(5, 3, { device });
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  const x = tensor(testNumbers(20), { device, shape: [4, 5] });
  const targets = tensor(Int32Array.of(0, 2, 1, 0), { device });
  const losses: Promise<number>[] = [];
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(relu(x)), targets);
    const value = loss.item();
    value.catch(() => undefined); // awaited at the end, unless the step fails before
    losses.push(value);
    loss.backward();
    const step = optimizer.step();
    if (awaited) await step;
  }
  return Promise.all(losses);
}

/** More elements than 65,535 workgroups of 64 threads have. */
const MANY = 65_600 * 64;

export const backendCases: DeviceCase[] = [
  {
    name: "device: what cannot be opened is refused with the way out",
    async run() {
      await assertThrows(
        () => openDevice("wegpu" as never),
        'unknown device "wegpu"; did you mean "webgpu"?',
      );
      await assertThrows(() => openDevice("tpu-v5" as never), "known: auto, webgpu, cpu");
      await assertThrows(() => openDevice("cpu", { verfy: true } as never), 'did you mean "verify"?');
      await assertThrows(
        () => openDevice("webgpu", { precision: 64 }),
        'precision 64 needs the device "cpu"',
      );
    },
  },
  {
    name: "device: a buffer larger than any it can give is refused by its size",
    async run({ backend }) {
      await assertThrows(() => backend.alloc("f32", 2 ** 50), `${2 ** 50} elements need ${2 ** 52} bytes`);
    },
  },
  {
    name: "device: a disposed one says so, and so do its freed tensors and buffers",
    async run({ kind, backend }) {
      const device = await openDevice(kind);
      const x = tensor([1, 2], { device });
      const y = add(x, x);
      device.dispose();
      await assertRejects(() => y.data(), DeviceError, "this device was disposed of");
      await assertRejects(() => device.finish(), DeviceError, "this device was disposed of");
      const buffer = backend.alloc("f32", 3);
      backend.free(buffer);
      await assertThrows(() => backend.write(buffer, [1]), "was freed and is still used");
      await assertThrows(() => backend.read(buffer), "was freed and is still used");
    },
  },
  {
    name: "tensor: a disposed one cannot be read or computed with",
    async run(device) {
      const x = tensor([1, 2], { device });
      const y = mul(x, 2);
      await y.data();
      y.dispose();
      await assertThrows(() => y.data(), "this tensor's memory was given back");
      await assertThrows(() => add(y, x), "this tensor's memory was given back");
      await assertEqual(mul(x, 2), [2, 4], "its input");
    },
  },
  {
    name: "tensor: two devices do not mix",
    async run({ kind }) {
      await onFreshDevice(kind, async (one) => {
        await onFreshDevice(kind, async (other) => {
          const x = tensor([1], { device: one });
          const y = tensor([1], { device: other });
          await assertThrows(() => add(x, y), "add: tensors are on different devices");
        });
      });
    },
  },
  {
    name: "stats: dispatches, submits, bytes, and memory that returns to the pool",
    async run({ kind }) {
      await onFreshDevice(kind, async (device) => {
        const round = async (): Promise<void> => {
          const x = tensor(new Float32Array(1000).fill(1), { device });
          const y = add(x, x);
          const z = mul(y, y);
          assert((await z.data())[999] === 4, "1 + 1 squared is not 4");
          for (const t of [x, y, z]) t.dispose();
        };
        const before = device.stats();
        await round();
        const first = device.stats();
        assert(first.dispatches - before.dispatches === 2, `${first.dispatches} dispatches`);
        assert(first.bytesRead - before.bytesRead === 4000, `${first.bytesRead} bytes read`);
        assert(first.bytesWritten - before.bytesWritten >= 4000, `${first.bytesWritten} bytes written`);
        assert(
          first.liveBytes === before.liveBytes,
          `${first.liveBytes - before.liveBytes} bytes still live`,
        );
        assert(first.peakLiveBytes >= before.liveBytes + 12_000, `${first.peakLiveBytes} bytes at the peak`);
        if (kind === "cpu") return;
        assert(first.submits - before.submits === 1, `${first.submits} submits`);
        assert(first.pipelines === 2, `${first.pipelines} pipelines for add and mul`);
        assert(first.pooledBytes >= 12_000, `${first.pooledBytes} bytes pooled`);
        await round();
        const second = device.stats();
        assert(second.submits - first.submits === 1, `${second.submits - first.submits} submits`);
        for (const count of ["buffers", "pipelines", "bindGroups", "pooledBytes"] as const)
          assert(second[count] === first[count], `${count}: ${first[count]}, then ${second[count]}`);
      });
    },
  },
  {
    name: "profile: launches and time of each kernel, or a clear refusal",
    async run(device) {
      const x = filledBuffer(device, 64, 1);
      const out = filledBuffer(device, 64, 0);
      const many = 2100; // more than one query set of the WebGPU backend holds
      const measure = () =>
        device.profile(async () => {
          for (let i = 0; i < many; i++) copy(device, x, out);
          await matmul(zeros([3, 4], { device }), zeros([4, 5], { device })).data();
        });
      if (device.kind === "webgpu") {
        const { features } = (device.backend as WebGpuBackend).device;
        if (!features.has("timestamp-query")) {
          await assertThrows(measure, "has no timestamp queries");
          return;
        }
      }
      const times = await measure();
      const launches = new Map(times.map((time) => [time.kernel.replace("_direct", ""), time.launches]));
      assert(launches.get("unary") === many, `${launches.get("unary")} launches of unary`);
      assert(launches.get("matmul") === 1, `${launches.get("matmul")} launches of matmul`);
      assert(
        times.every(({ milliseconds }) => milliseconds >= 0 && milliseconds < 20_000),
        "times are out of range",
      );
      const sorted = times.every((time, i) => i === 0 || times[i - 1].milliseconds >= time.milliseconds);
      assert(sorted, "the longest is not first");
    },
  },
  {
    name: "reads: a value is captured when asked for, not when awaited",
    async run(device) {
      const { backend } = device;
      const a = filledBuffer(device, 100, 1);
      const one = backend.read(a);
      backend.write(a, new Float32Array(100).fill(2));
      const two = backend.read(a);
      copy(device, filledBuffer(device, 100, 3), a);
      const three = backend.read(a);
      backend.write(a, [4, 5], 98);
      const part = backend.read(a, 97, 3);
      await assertEqual(await part, [3, 4, 5], "the end");
      for (const [value, read] of [one, two, three].entries())
        await assertEqual(await read, new Float32Array(100).fill(value + 1), `read ${value}`);
    },
  },
  {
    name: "reads: weights asked for before a step are those before it",
    async run(device) {
      manualSeed(1);
      const model = new Linear(3, 2, { device });
      const start = await model.weight.data();
      const optimizer = new Adam(model.parameters(), { lr: 0.1 });
      const loss = sum(model.forward(tensor([[1, 2, 3]], { device })));
      loss.backward();
      const before = model.weight.data();
      await optimizer.step();
      const after = await model.weight.data();
      await assertEqual(await before, start, "before the step");
      assert(after[0] !== start[0], "the step changed nothing");
    },
  },
  {
    name: "reads: 300 at once, awaited in any order",
    async run(device) {
      const out = device.backend.alloc("f32", 10);
      const reads = Array.from({ length: 300 }, (_, i) => {
        device.backend.run("fill", { count: 10, offset: 0, value: i }, { out: whole(out) });
        return device.backend.read(out, i % 10, 1);
      });
      for (let i = 299; i >= 0; i--) await assertEqual(await reads[i], [i], `read ${i}`);
    },
  },
  {
    name: "writes: each launch sees what was written before it, and only that",
    async run(device) {
      const { backend } = device;
      const x = backend.alloc("f32", 200);
      const outs = Array.from({ length: 20 }, () => backend.alloc("f32", 200));
      for (const [i, out] of outs.entries()) {
        if (i === 0) backend.write(x, new Float32Array(200).fill(-1));
        backend.write(x, [i], 7 * i);
        copy(device, x, out);
      }
      for (const [i, out] of outs.entries()) {
        const expected = new Float32Array(200).fill(-1);
        for (let k = 0; k <= i; k++) expected[7 * k] = k;
        await assertEqual(await backend.read(out), expected, `launch ${i}`);
      }
    },
  },
  {
    name: "pool: a buffer that is freed and taken again does not disturb launches that still wait",
    async run(device) {
      const { backend } = device;
      const outs = Array.from({ length: 40 }, (_, i) => {
        const x = backend.alloc("f32", 333, i % 2 === 0);
        backend.write(x, new Float32Array(333).fill(i));
        const out = backend.alloc("f32", 333);
        copy(device, x, out);
        backend.free(x);
        return out;
      });
      const reads = outs.map((out) => {
        const read = backend.read(out);
        backend.free(out);
        return read;
      });
      // Takes the freed ones again before anything was submitted or read.
      for (let i = 0; i < 40; i++) filledBuffer(device, 333, -5);
      for (const [i, read] of reads.entries())
        await assertEqual(await read, new Float32Array(333).fill(i), `output ${i}`);
    },
  },
  {
    name: "launches: 5,000 in one step, more than the params of one submit",
    async run(device) {
      const ones = filledBuffer(device, 70, 1);
      const out = filledBuffer(device, 70, 0);
      const before = device.stats();
      for (let i = 0; i < 5000; i++) launch(device, UNARY.identity, ones, out, 1);
      await assertEqual(await device.backend.read(out), new Float32Array(70).fill(5000));
      const { dispatches, submits } = device.stats();
      assert(dispatches - before.dispatches === 5000, `${dispatches - before.dispatches} dispatches`);
      if (device.kind === "webgpu")
        assert(submits - before.submits <= 4, `${submits - before.submits} submits for 5,000 launches`);
    },
  },
  onItsOwn({
    name: "sizes: more elements than 65,535 workgroups have",
    async run(device) {
      const numbers = Float32Array.from({ length: MANY }, (_, i) => i % 1013);
      const x = tensor(numbers, { device });
      const y = add(x, x);
      const edges = [0, 65_535 * 64 - 4, MANY - 8];
      for (const start of edges) {
        const expected = numbers.slice(start, start + 8).map((v) => v + v);
        await assertEqual(slice(y, 0, start, start + 8), expected, `from ${start}`);
      }
    },
  }),
  {
    name: "sizes: nothing at all",
    async run(device) {
      const none = zeros([0, 3], { device });
      const x = tensor([[1, 2, 3]], { device, requiresGrad: true });
      assertShape(add(none, 1), [0, 3]);
      await assertEqual(relu(add(none, x)), [], "an empty sum");
      assert((await sum(none).item()) === 0, "the sum of nothing is not 0");
      await assertEqual(sum(none, { axis: 0 }), [0, 0, 0], "columns without rows");
      assertShape(matmul(none, zeros([3, 2], { device })), [0, 2]);
      await assertEqual(
        matmul(zeros([2, 0], { device }), zeros([0, 2], { device })),
        [0, 0, 0, 0],
        "no inner",
      );
      await assertEqual(concat([none, x], 0), [1, 2, 3], "concat");
      sum(add(mul(none, x), 0)).backward();
      await assertEqual(x.grad!, [0, 0, 0], "the gradient of nothing");
    },
  },
  {
    name: "NaN: no op makes a number of it",
    async run(device) {
      const x = tensor(
        [
          [Number.NaN, 1],
          [2, 3],
        ],
        { device },
      );
      const made: Record<string, Tensor> = {
        log: log(tensor([-1], { device })),
        sqrt: sqrt(tensor([-1], { device })),
        pow: pow(tensor([-1], { device }), 0.5),
        max: max(x),
        min: min(x),
        mean: mean(x),
        matmul: matmul(x, x),
        crossEntropy: sub(crossEntropy(x, tensor(Int32Array.of(1, 0), { device })), 1e38),
      };
      for (const op of [exp, log, sqrt, abs, relu, sigmoid, tanh, gelu, silu, softplus, sign, sin, cos])
        made[`${op.name} of NaN`] = op(x);
      for (const op of [add, mul, div, maximum, minimum, pow]) {
        made[`${op.name}, NaN left`] = op(x, 2);
        made[`${op.name}, NaN right`] = op(2, x);
      }
      const state = new LSTM(2, 2, { device }).forward(
        tensor(
          [
            [
              [Number.NaN, 1],
              [1, 1],
            ],
          ],
          { device },
        ),
      );
      made.lstm = slice(reshape(state.output, [-1]), 0, 2, 4);
      for (const [name, result] of Object.entries(made)) {
        const [first] = await result.data();
        // A loss of Infinity stops training as well; a driver whose exp(NaN) is Infinity gives that.
        assert(!Number.isFinite(first), `${name} is ${first}`);
      }
      await assertEqual(log(tensor([0], { device })), [Number.NEGATIVE_INFINITY], "log 0");
      await assertEqual(
        pow(tensor([-2, -2, -8], { device }), tensor([3, 2, 0], { device })),
        [-8, 4, 1],
        "pow",
      );
    },
  },
  {
    name: "steps: awaited or not, the numbers are the same",
    async run(device) {
      const awaited = await train(device, 12);
      await assertEqual(await train(device, 12, false), awaited, "without await");
      assert(awaited[11] < awaited[0], "nothing was learnt");
    },
  },
  {
    name: "steps: at most a few are in flight when they are awaited",
    async run(device) {
      if (device.kind === "cpu") {
        await train(device, 3); // a step on the CPU is done when it returns
        return;
      }
      const { queue } = (device.backend as WebGpuBackend).device;
      const model = new Linear(64, 64, { device });
      const optimizer = new Adam(model.parameters());
      const x = tensor(testNumbers(64 * 64), { device, shape: [64, 64] });
      let done = 0;
      for (let i = 1; i <= 12; i++) {
        sum(model.forward(x)).backward();
        await optimizer.step();
        assert(i - 1 - done <= 3, `${i - 1 - done} steps were in flight`);
        queue.onSubmittedWorkDone().then(() => done++);
      }
    },
  },
  {
    name: "errors: a launch that the device refuses is named at the next await",
    async run({ kind }) {
      await onFreshDevice(kind, async (device) => {
        const b = filledBuffer(device, 64, 3);
        const out = device.backend.alloc("f32", 64);
        copy(device, b, out); // a good one before it
        launch(device, UNARY.square, b, b); // WebGPU allows no buffer to be read and written in one launch
        if (kind === "cpu") {
          await assertEqual(await device.backend.read(b), new Float32Array(64).fill(9));
          return;
        }
        await assertRejects(() => device.backend.read(b), DeviceError, "webgpu: the device refused", "unary");
        await assertRejects(() => device.finish(), DeviceError, "unary");
        await assertRejects(() => train(device, 1), DeviceError, "unary");
      });
      await onFreshDevice(kind, async (device) => {
        const b = filledBuffer(device, 64, 3);
        launch(device, UNARY.square, b, b);
        if (kind === "cpu") return;
        await assertRejects(() => device.finish(), DeviceError, "unary");
      });
      await onFreshDevice(kind, async (device) => {
        if (kind === "cpu") return;
        const b = filledBuffer(device, 64, 3);
        launch(device, UNARY.square, b, b);
        // A step is heard of two steps later at most.
        await assertRejects(() => train(device, 4), DeviceError, "unary");
      });
    },
  },
  {
    name: "errors: a binding off its alignment is refused with the kernel's name",
    async run({ kind }) {
      await onFreshDevice(kind, async (device) => {
        const x = filledBuffer(device, 64, 3);
        const out = device.backend.alloc("f32", 8);
        device.backend.run(
          "unary",
          {
            operation: 4,
            count: 8,
            x_offset: 0,
            accumulate: 0,
            shape: [1, 1, 1, 8],
            x_strides: [0, 0, 0, 1],
          },
          { x: { buffer: x, offset: 3, length: 8 }, out: whole(out) },
        );
        if (kind === "cpu") await assertEqual(await device.backend.read(out), new Float32Array(8).fill(9));
        else await assertRejects(() => device.backend.read(out), DeviceError, "refused kernel unary");
      });
    },
  },
  {
    name: "errors: a kernel that does not compile is named at the next await",
    async run({ kind }) {
      const kernels = KERNELS as { fill: KernelSpec };
      const { fill } = kernels;
      kernels.fill = { ...fill, source: fill.source.replace("params.value", "params.valeu") };
      assert(kernels.fill.source !== fill.source, "kernels/fill.wgsl has no params.value");
      try {
        await onFreshDevice(kind, async (device) => {
          const out = device.backend.alloc("f32", 8);
          device.backend.run("fill", { count: 8, offset: 0, value: 2 }, { out: whole(out) });
          if (kind === "cpu") await assertEqual(await device.backend.read(out), new Float32Array(8).fill(2));
          else
            await assertRejects(() => device.backend.read(out), DeviceError, "refused kernel fill", "valeu");
        });
      } finally {
        kernels.fill = fill;
      }
    },
  },
  {
    name: "errors: a lost device is heard of at the next await",
    async run({ kind }) {
      if (kind === "cpu") return; // there is no device to lose
      const awaits: ((device: Device, y: Tensor) => Promise<unknown>)[] = [
        (_, y) => y.data(),
        (device) => device.finish(),
        (device) => train(device, 4),
      ];
      for (const wait of awaits)
        await onFreshDevice(kind, async (device) => {
          const x = tensor([1, 2], { device });
          const y = add(x, x);
          await y.data();
          (device.backend as WebGpuBackend).device.destroy();
          await assertRejects(() => wait(device, y), DeviceError, "the GPU device was lost (destroyed)");
        });
    },
  },
  {
    name: "verify: training passes",
    async run({ kind }) {
      const device = await openDevice(kind, { verify: true });
      const plain = await openDevice(kind);
      assert(device.description.includes("every launch verified"), device.description);
      assert(device.kind === kind, `it is a ${device.kind} device`);
      await assertEqual(await train(device, 3), await train(plain, 3), "the losses without verify");
      await assertThrows(() => device.profile(() => undefined), "verified launches cannot be timed");
      for (const d of [device, plain]) d.dispose();
    },
  },
  {
    name: "verify: a kernel that differs from its twin is named, with the place and both values",
    async run({ kind }) {
      const device = await openDevice(kind, { verify: true });
      const twins = TWINS as { fill: (typeof TWINS)["fill"] };
      const { fill } = twins;
      const out = device.backend.alloc("f32", 8);
      device.backend.run("fill", { count: 8, offset: 0, value: 2 }, { out: whole(out) });
      // The launch is over; now the twin that it is checked against gets the sixth element wrong.
      twins.fill = (params, views) => {
        fill(params, views);
        views.out[5] = 2.5;
      };
      try {
        await assertRejects(
          () => device.backend.read(out),
          VerifyError,
          "launch 1, kernel fill: out[5] is 2 on the device and 2.5 in its twin",
          "kernels/fill.wgsl",
        );
      } finally {
        twins.fill = fill;
      }
      await assertRejects(() => device.finish(), VerifyError, "kernel fill"); // it stays so
      device.dispose();
    },
  },
  {
    name: "verify: the first kernel that makes a NaN of numbers is named",
    async run({ kind }) {
      const device = await openDevice(kind, { verify: true });
      const x = tensor([4, 1, -1, 9], { device });
      const wrong = add(relu(log(x)), x);
      await assertRejects(
        () => wrong.data(),
        VerifyError,
        "kernel unary: out[2] is NaN",
        "its inputs have none",
      );
      device.dispose();
      const again = await openDevice(kind, { verify: true });
      const given = tensor([1, Number.NaN], { device: again });
      await assertClose(mul(given, 2), [2, Number.NaN], 0, "a NaN that was there before");
      again.dispose();
    },
  },
  {
    name: "verify: any number of launches without an await",
    async run({ kind }) {
      const inner = await openDevice(kind);
      const backend = new VerifyBackend(inner.backend);
      const out = backend.alloc("f32", 4);
      for (let i = 0; i < 200; i++)
        backend.run("fill", { count: 4, offset: 0, value: i }, { out: whole(out) });
      await assertEqual(await backend.read(out), [199, 199, 199, 199]);
      await backend.finish();
      inner.dispose();
    },
  },
];
