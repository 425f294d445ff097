/** What does the engine's bookkeeping cost per dispatch, beside the same WebGPU calls made by hand? */
import { WebGpuBackend } from "../src/backend/webgpu/webgpu_backend.ts";
import { Adam, crossEntropyStats, type Device, Embedding, LSTM, Linear, lstm, tensor } from "../src/index.ts";
import { type Answer, columns, type Setting, show, spread } from "./question.ts";

const [BATCH, WIDTH, VOCABULARY] = [1, 4, 4];
const SLOT_BYTES = 256;

const SHADER = `
@group(0) @binding(0) var<uniform> factor: vec4<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = x[id.x] * factor.x; }
`;

/** A training step so small that its kernels cost nothing; gives the host's milliseconds until it is submitted. */
function tinyTraining(device: Device, time: number): () => number {
  const embedding = new Embedding(VOCABULARY, WIDTH, { device });
  const layer = new LSTM(WIDTH, WIDTH, { device, bias: "single" });
  const output = new Linear(WIDTH, VOCABULARY, { device });
  const parameters = [embedding, layer, output].flatMap((module) => [...module.parameters()]);
  const optimizer = new Adam(parameters);
  const [weightIh, weightHh, biasIh] = layer.parameters();
  const ids = Int32Array.from({ length: BATCH * time }, (_, i) => (i * 7) % VOCABULARY);
  return () => {
    const start = performance.now();
    const inputs = tensor(ids, { shape: [BATCH, time], device });
    optimizer.zeroGrad();
    // A dispatch per time step, as at the main job's size.
    const { output: states } = lstm(
      embedding.forward(inputs),
      { weightIh, weightHh, biasIh },
      { launch: "cell" },
    );
    crossEntropyStats(output.forward(states), inputs).loss.backward();
    optimizer.step();
    device.backend.flush();
    return performance.now() - start;
  };
}

/** The same number of dispatches by hand: two pipelines, eight bind groups, one write, one submit. */
function bareLoop(gpu: GPUDevice, dispatches: number): () => number {
  const storage = (): GPUBuffer => gpu.createBuffer({ size: 256, usage: GPUBufferUsage.STORAGE });
  const uniforms = gpu.createBuffer({
    size: dispatches * SLOT_BYTES,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const { COMPUTE: visibility } = GPUShaderStage;
  const layout = gpu.createBindGroupLayout({
    entries: [
      { binding: 0, visibility, buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: 16 } },
      { binding: 1, visibility, buffer: { type: "read-only-storage" } },
      { binding: 2, visibility, buffer: { type: "storage" } },
    ],
  });
  const module = gpu.createShaderModule({ code: SHADER });
  const pipelineLayout = gpu.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipelines = [0, 1].map(() =>
    gpu.createComputePipeline({ layout: pipelineLayout, compute: { module, entryPoint: "main" } }),
  );
  const groups = Array.from({ length: 8 }, () =>
    gpu.createBindGroup({
      layout,
      entries: [uniforms, storage(), storage()].map((buffer, binding) => ({
        binding,
        resource: binding === 0 ? { buffer, size: 16 } : { buffer },
      })),
    }),
  );
  const params = new Uint8Array(dispatches * SLOT_BYTES);
  return () => {
    const start = performance.now();
    gpu.queue.writeBuffer(uniforms, 0, params);
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < dispatches; i++) {
      pass.setPipeline(pipelines[i % 2]);
      pass.setBindGroup(0, groups[i % 8], [i * SLOT_BYTES]);
      pass.dispatchWorkgroups(1, 1, 1);
    }
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    return performance.now() - start;
  };
}

export async function overhead(device: Device, setting: Setting): Promise<Answer> {
  const { backend } = device;
  if (!(backend instanceof WebGpuBackend))
    return { text: "WebGPU only: on the CPU a launch is a function call.", figures: {} };
  const step = tinyTraining(device, setting.quick ? 12 : 60);
  for (let i = 0; i < 3; i++) {
    step();
    await device.finish();
  }
  const before = device.stats();
  step();
  await device.finish();
  const after = device.stats();
  const dispatches = after.dispatches - before.dispatches;
  const bare = bareLoop(backend.device, dispatches);

  // In turn, so that whatever else the machine does meets both; what the device does is waited for outside.
  const rounds = setting.quick ? 20 : 200;
  const times = { engine: [] as number[], bare: [] as number[] };
  for (let i = 0; i < rounds + 20; i++) {
    const engine = step();
    await device.finish();
    const byHand = bare();
    await device.finish();
    if (i < 20) continue; // the runtime still compiles
    times.engine.push((1000 * engine) / dispatches);
    times.bare.push((1000 * byHand) / dispatches);
  }
  const [engine, byHand] = [spread(times.engine), spread(times.bare)];
  const row = (name: string, { median, min, max }: typeof engine): string[] => [
    name,
    show(median),
    show(min),
    show(max),
  ];
  return {
    text:
      `${columns(["host µs per dispatch", "median", "min", "max"], [row("training step", engine), row("bare loop", byHand)])}\n\n` +
      `${dispatches} dispatches and ${after.submits - before.submits} submit per step, ${rounds} steps in turn; ` +
      `the engine adds ${show(engine.median - byHand.median)} µs per dispatch (${show(engine.median / byHand.median)} times the bare loop).`,
    figures: {
      dispatches,
      rounds,
      engineMicroseconds: { ...engine },
      bareMicroseconds: { ...byHand },
      ratio: engine.median / byHand.median,
    },
  };
}
