// embedding_backward: the gradient of embedding.wgsl for its table.
//
//   dtable[r, c] = Σ dout[i, c]     over the positions i with ids[i] = r, in a fixed order
//
//   starts  [rows + 1]  from embedding_sort.wgsl
//   order   [count]     from embedding_sort.wgsl
//   dout    [count, width]  position i = outer · inner_count + inner lies at
//                           outer · dout_outer + inner · dout_inner: a [batch, time] gradient kept by time needs
//                           no copy
//   dtable  [rows, width]   contiguous, every row; added to when accumulate is 1; nothing for padding_row
//
// A workgroup serves 32 columns of a row. Eight threads share a column, each adding up every eighth position, so
// that an id with thousands of hits takes no longer than need be; their sums are added in order.
//
// Dispatch: (ceil(width / 32), rows) workgroups of 256 threads, at most 65,535 rows; they take turns.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/embedding_backward.ts.
// For software adapters: embedding_backward_direct.wgsl, same interface.

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

const COLUMNS = 32u;
const SLICES = 8u;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256, 1, 1)
fn embedding_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                      @builtin(num_workgroups) groups: vec3<u32>) {
  let slice = local / COLUMNS;
  let column = group.x * COLUMNS + local % COLUMNS;
  for (var row = group.y; row < params.rows; row += groups.y) {
    let start = starts[row];
    let end = select(starts[row + 1u], start, row == params.padding_row);
    var sum = 0.0;
    if (column < params.width) {
      for (var k = start + slice; k < end; k += SLICES) {
        let i = order[k];
        let position = (i / params.inner_count) * params.dout_outer + (i % params.inner_count) * params.dout_inner;
        sum += dout[params.dout_offset + position + column];
      }
    }
    partial[local] = sum;
    workgroupBarrier();
    if (slice == 0u && column < params.width) {
      for (var s = 1u; s < SLICES; s++) { sum += partial[local + s * COLUMNS]; }
      let at = row * params.width + column;
      if (params.accumulate == 1u) { dtable[at] += sum; } else { dtable[at] = sum; }
    }
    workgroupBarrier();
  }
}
