// adam: one step of Adam over a flat arena of parameters.
//
//   g = g + decay · p
//   p = p − shrink · p
//   m = β₁ m + (1 − β₁) g               v = β₂ v + (1 − β₂) g²
//   p = p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
//
//   p, g, m, v  [size]     parameters, gradients and both moments, side by side in four arenas
//   settings    [rows, 8]  β₁, β₂, decay, lr / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ), ε, shrink; a row per group and
//                          step count
//
// What changes from step to step (t, lr) comes from the settings buffer, not from params. Keras adds its ε to the
// uncorrected √v; the host gives it the same formula with another ε (src/optim/adam.ts). shrink is lr times the weight
// decay of AdamW, 0 for Adam; decay is 0 for AdamW.
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none.   CPU twin: src/backend/cpu/adam.ts.
// Source: Kingma & Ba 2015; Loshchilov & Hutter 2019; in PyTorch's order of operations.

struct Params {
  count: u32,
  offset: u32,
  row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read> settings: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn adam(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let n = id.x + id.y * groups.x * 64u;
  if (n >= params.count) { return; }
  let i = params.offset + n;
  let s = params.row * 8u;
  let beta1 = settings[s];
  let beta2 = settings[s + 1u];
  let decay = settings[s + 2u];
  let step_size = settings[s + 3u];
  let v_scale = settings[s + 4u];
  let eps = settings[s + 5u];
  let shrink = settings[s + 6u];
  let gradient = g[i] + decay * p[i];
  m[i] = beta1 * m[i] + (1.0 - beta1) * gradient;
  v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient;
  p[i] = p[i] - shrink * p[i] - step_size * m[i] / (sqrt(v[i]) * v_scale + eps);
}
