// sgd: one step of gradient descent with momentum over a flat arena of parameters.
//
//   g = g + decay · p
//   m = μ m + share · g
//   p = p + by_m · m + by_g · g
//
//   p, g, m   [size]     parameters, gradients and momentum, side by side in three arenas
//   settings  [rows, 8]  decay, μ, share, by_m, by_g; a row per group and step count
//
// The formulas of PyTorch and Keras, with and without Nesterov's look ahead, differ in these factors only
// (src/optim/sgd.ts). They come from the settings buffer, since they may change from step to step.
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none.   CPU twin: src/backend/cpu/sgd.ts.
// Source: Sutskever, Martens, Dahl & Hinton 2013.

struct Params {
  count: u32,
  offset: u32,
  row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read> settings: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn sgd(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let n = id.x + id.y * groups.x * 64u;
  if (n >= params.count) { return; }
  let i = params.offset + n;
  let s = params.row * 8u;
  let decay = settings[s];
  let momentum = settings[s + 1u];
  let share = settings[s + 2u];
  let by_m = settings[s + 3u];
  let by_g = settings[s + 4u];
  let gradient = g[i] + decay * p[i];
  m[i] = momentum * m[i] + share * gradient;
  p[i] = p[i] + by_m * m[i] + by_g * gradient;
}
