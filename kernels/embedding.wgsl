// embedding: rows of a table, looked up by id.
//
//   out[i, c] = table[ids[i], c]
//
//   ids    [count]        clamped to 0 … rows − 1
//   table  [rows, width]  rows table_row words apart
//   out    [count, width] contiguous
//
// The elements are moved as u32 words, so that tables of i32 come through unchanged as well.
//
// Dispatch: one thread per element of out, 64 to a workgroup.
// Gradient: embedding_sort.wgsl, then embedding_backward.wgsl.   CPU twin: src/backend/cpu/embedding.ts.
// Layer: src/nn/embedding.ts.

struct Params {
  count: u32,
  rows: u32,
  width: u32,
  ids_offset: u32,
  table_offset: u32,
  table_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;  // words
@group(0) @binding(3) var<storage, read_write> out: array<u32>;  // words

@compute @workgroup_size(64, 1, 1)
fn embedding(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count * params.width) { return; }
  let row = u32(clamp(ids[params.ids_offset + i / params.width], 0, i32(params.rows) - 1));
  out[i] = table[params.table_offset + row * params.table_row + i % params.width];
}
