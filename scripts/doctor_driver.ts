/** What `npm run doctor` measures and finds out about a driver; none of it is right or wrong. */

import { crossEntropy, type Device, logSoftmax, matmul, neg, softmax, tensor } from "../src/index.ts";
import { inTime, isNaNByBits, numbers } from "./doctor_checks.ts";

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Milliseconds from a launch to its result on the host, median of ten. */
export async function roundTrip(device: Device): Promise<number> {
  const x = tensor([1], { device });
  const times: number[] = [];
  for (let n = 0; n < 13; n++) {
    const start = performance.now();
    await inTime(() => neg(x).data());
    times.push(performance.now() - start);
  }
  const warm = times.slice(3).sort((a, b) => a - b); // the first ones build the pipeline
  return (warm[4] + warm[5]) / 2;
}

/** What a profile of one matmul gives, or why there is none. */
export async function timestamps(device: Device): Promise<{ works: boolean; text: string }> {
  const x = tensor(numbers(1, 128 * 128), { device, shape: [128, 128] });
  try {
    const [first] = await device.profile(() => {
      matmul(x, x);
    });
    return {
      works: true,
      text: `profile works: ${first.kernel} 128×128×128 took ${first.milliseconds.toFixed(3)} ms`,
    };
  } catch (error) {
    return { works: false, text: (error as Error).message };
  }
}

/** Which of the ops over rows give a number where their row holds a NaN: they rely on the driver's exp to keep it. */
export async function opsThatHideNaN(device: Device): Promise<string[]> {
  const x = tensor([[1, Number.NaN, 2]], { device });
  const first = tensor(Int32Array.of(0), { device });
  const outs = { softmax: softmax(x), log_softmax: logSoftmax(x), cross_entropy: crossEntropy(x, first) };
  const hidden: string[] = [];
  for (const [kernel, out] of Object.entries(outs))
    if (!Array.from(await inTime(() => out.data()), isNaNByBits).every(Boolean)) hidden.push(kernel);
  return hidden;
}

/** Bare WGSL, without the precautions of kernels/. */
const RAW = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(1)
fn main() {
  out[0] = tanh(x[0]);
  out[1] = x[1] * x[1] - x[2];
  out[2] = select(0.0, 1.0, x[3] != x[3]);
  out[3] = max(x[3], 0.0);
  out[4] = x[4] * 0.5;
}`;

/** How a driver calculates where WGSL leaves it open; none of it is an error. */
export async function driverFacts(gpu: GPUDevice): Promise<Fact[]> {
  // (1 + 2^-12)² = 1 + 2^-11 + 2^-24, whose last term only a contracted a · b − c keeps.
  const input = Float32Array.of(89, 1 + 2 ** -12, 1 + 2 ** -11, Number.NaN, 2 ** -126);
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const buffer = (usage: number) => gpu.createBuffer({ size: input.byteLength, usage });
  const [x, out, readable] = [STORAGE | COPY_DST, STORAGE | COPY_SRC, MAP_READ | COPY_DST].map(buffer);
  gpu.queue.writeBuffer(x, 0, input);
  const pipeline = await gpu.createComputePipelineAsync({
    layout: "auto",
    compute: { module: gpu.createShaderModule({ code: RAW }) },
  });
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    gpu.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [x, out].map((part, binding) => ({ binding, resource: { buffer: part } })),
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(out, 0, readable, 0, input.byteLength);
  gpu.queue.submit([encoder.finish()]);
  const [tanh89, contracted, unequal, maximum, subnormal] = await inTime(async () => {
    await readable.mapAsync(GPUMapMode.READ);
    return new Float32Array(readable.getMappedRange().slice(0));
  });
  for (const part of [x, out, readable]) part.destroy();
  return [
    { name: "tanh(89)", value: `${tanh89}${tanh89 === 1 ? "" : "; the kernels clamp at ±15"}` },
    {
      name: "a · b − c",
      value: contracted === 0 ? "two roundings, no contraction to fma" : "contracted to fma",
    },
    {
      name: "v != v",
      value: unequal === 1 ? "tells NaN" : "does not tell NaN; the kernels look at the bits",
    },
    {
      name: "max(NaN, 0)",
      value: `${maximum}${Number.isNaN(maximum) ? "" : "; the kernels test for NaN first"}`,
    },
    { name: "subnormal numbers", value: subnormal === 0 ? "flushed to 0" : "kept" },
  ];
}
