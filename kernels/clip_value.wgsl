// clip_value: keeps each gradient within ±limit, in place.
//
//   g[i] = min(max(g[i], −limit), limit)
//
//   g  [offset … offset + count)  read and written
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none.   CPU twin: src/backend/cpu/clip_value.ts.

struct Params {
  count: u32,
  offset: u32,
  limit: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> g: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn clip_value(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let n = id.x + id.y * groups.x * 64u;
  if (n >= params.count) { return; }
  let v = g[params.offset + n];
  // Comparisons leave NaN as it is; clamp might lose it, and what went wrong must not look right.
  if (v > params.limit) { g[params.offset + n] = params.limit; }
  if (v < -params.limit) { g[params.offset + n] = -params.limit; }
}
