// rmsprop: one step of RMSprop over a flat arena of parameters.
//
//   g = g + decay · p
//   v = α v + (1 − α) g²
//   m = μ m + by_g · g / (√(v + ε₁) + ε₂)
//   p = p − by_m · m
//
//   p, g, v, m  [size]     parameters, gradients, squares and momentum, side by side in four arenas
//   settings    [rows, 8]  decay, α, 1 − α, μ, ε₁, ε₂, by_g, by_m; a row per group and step count
//
// PyTorch has ε₁ = 0, by_g = 1, by_m = lr; Keras has ε₂ = 0, by_g = lr, by_m = 1 (src/optim/rmsprop.ts).
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none.   CPU twin: src/backend/cpu/rmsprop.ts.
// Source: Tieleman & Hinton 2012, lecture 6.5; in PyTorch's and Keras's order of operations.

struct Params {
  count: u32,
  offset: u32,
  row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read> settings: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn rmsprop(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let n = id.x + id.y * groups.x * 64u;
  if (n >= params.count) { return; }
  let i = params.offset + n;
  let s = params.row * 8u;
  let gradient = g[i] + settings[s] * p[i];
  v[i] = settings[s + 1u] * v[i] + settings[s + 2u] * gradient * gradient;
  let root = sqrt(v[i] + settings[s + 4u]) + settings[s + 5u];
  m[i] = settings[s + 3u] * m[i] + settings[s + 6u] * gradient / root;
  p[i] = p[i] - settings[s + 7u] * m[i];
}
