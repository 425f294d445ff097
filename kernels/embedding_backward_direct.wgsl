// embedding_backward_direct: embedding_backward.wgsl for adapters that run on the processor.
//
//   dtable[r, c] = Σ dout[i, c]     over the positions i with ids[i] = r, ascending
//
//   starts  [rows + 1]      from embedding_sort.wgsl
//   order   [count]         from embedding_sort.wgsl
//   dout    [count, width]  position i = outer · inner_count + inner lies at outer · dout_outer + inner · dout_inner
//   dtable  [rows, width]   contiguous, every row; added to when accumulate is 1; nothing for padding_row
//
// There a barrier costs more than the work between two of them, so one thread adds up all hits of its element.
//
// Dispatch: one thread per element of dtable, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/embedding_backward.ts.

struct Params {
  rows: u32,
  width: u32,
  inner_count: u32,
  dout_offset: u32,
  dout_outer: u32,
  dout_inner: u32,
  padding_row: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read_write> dtable: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn embedding_backward_direct(@builtin(global_invocation_id) id: vec3<u32>,
                             @builtin(num_workgroups) groups: vec3<u32>) {
  let at = id.x + id.y * groups.x * 64u;
  if (at >= params.rows * params.width) { return; }
  let row = at / params.width;
  let column = at % params.width;
  let start = starts[row];
  let end = select(starts[row + 1u], start, row == params.padding_row);
  var sum = 0.0;
  for (var k = start; k < end; k++) {
    let i = order[k];
    let position = (i / params.inner_count) * params.dout_outer + (i % params.inner_count) * params.dout_inner;
    sum += dout[params.dout_offset + position + column];
  }
  if (params.accumulate == 1u) { dtable[at] += sum; } else { dtable[at] = sum; }
}
