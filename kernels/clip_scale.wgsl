// clip_scale: shrinks gradients whose global norm is too large.
//
//   norm = √(Σ g²)        g = g · min(1, max_norm / (norm + 1e-6))
//
//   sum_squares  [1]      Σ g² over all gradients, from reduce
//   g            [count]  gradients, in place
//   norm         [1]      the norm before clipping, written once
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none.   CPU twin: src/backend/cpu/clip_scale.ts.
// Source: Pascanu, Mikolov & Bengio 2013; the 1e-6 is PyTorch's.

struct Params {
  count: u32,
  offset: u32,
  max_norm: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sum_squares: array<f32>;
@group(0) @binding(2) var<storage, read_write> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> norm: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn clip_scale(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  let total = sqrt(sum_squares[0]);
  if (i == 0u) { norm[0] = total; }
  if (i >= params.count) { return; }
  let factor = params.max_norm / (total + 1e-6);
  if (factor < 1.0) { g[params.offset + i] *= factor; }
}
