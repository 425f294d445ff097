// one_hot: class ids as rows of 0 and a single 1.
//
//   out[i, c] = [c = ids[i]]
//
//   ids  [count]           an id outside 0 … classes − 1 gives a row of 0
//   out  [count, classes]  contiguous
//
// Dispatch: one thread per element of out, 64 to a workgroup.
// Gradient: none; ids have none.   CPU twin: src/backend/cpu/one_hot.ts.

struct Params {
  count: u32,
  classes: u32,
  ids_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn one_hot(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count * params.classes) { return; }
  out[i] = select(0.0, 1.0, ids[params.ids_offset + i / params.classes] == i32(i % params.classes));
}
