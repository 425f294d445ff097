// embedding_sort: which positions hold each id, by a stable counting sort.
//
//   order[starts[r] … starts[r + 1] − 1] = the positions i with ids[i] = r, ascending
//
//   ids     [count]     clamped to 0 … rows − 1
//   starts  [rows + 1]
//   order   [count]
//
// One workgroup does it all: it counts the ids, turns the counts into starts, then places 256 ids at a time. The rank
// of an id among equal ones of its block keeps the order, and with it the sums of embedding_backward, the same in
// every run. While it places them, starts[r + 1] is where the next position of row r goes; when all are placed, that
// is where row r + 1 starts.
//
// Dispatch: one workgroup of 256 threads.
// Gradient: none; ids have none.   CPU twin: src/backend/cpu/embedding_sort.ts.
// Source: Knuth, The Art of Computer Programming 3, 5.2, algorithm D.

struct Params {
  count: u32,
  rows: u32,
  ids_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> starts: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;

const THREADS = 256u;

var<workgroup> chunk_sums: array<u32, 256>;
var<workgroup> rows_here: array<u32, 256>;

fn row_of(i: u32) -> u32 {
  return u32(clamp(ids[params.ids_offset + i], 0, i32(params.rows) - 1));
}

@compute @workgroup_size(256, 1, 1)
fn embedding_sort(@builtin(local_invocation_index) local: u32) {
  for (var r = local; r <= params.rows; r += THREADS) { atomicStore(&starts[r], 0u); }
  storageBarrier();
  for (var i = local; i < params.count; i += THREADS) { atomicAdd(&starts[row_of(i) + 1u], 1u); }
  storageBarrier();

  // Each thread adds up the counts of a chunk of neighbouring rows, then continues from the chunks before it.
  let chunk = (params.rows + THREADS - 1u) / THREADS;
  let first = min(local * chunk, params.rows);
  let last = min(first + chunk, params.rows);
  var sum = 0u;
  for (var r = first; r < last; r++) { sum += atomicLoad(&starts[r + 1u]); }
  chunk_sums[local] = sum;
  workgroupBarrier();
  var start = 0u;
  for (var k = 0u; k < local; k++) { start += chunk_sums[k]; }
  for (var r = first; r < last; r++) {
    let hits = atomicLoad(&starts[r + 1u]);
    atomicStore(&starts[r + 1u], start);
    start += hits;
  }
  storageBarrier();

  for (var base = 0u; base < params.count; base += THREADS) {
    let i = base + local;
    var row = params.rows;
    if (i < params.count) { row = row_of(i); }
    rows_here[local] = row;
    workgroupBarrier();
    if (i < params.count) {
      var rank = 0u;
      for (var k = 0u; k < local; k++) { rank += select(0u, 1u, rows_here[k] == row); }
      order[atomicLoad(&starts[row + 1u]) + rank] = i;
    }
    storageBarrier();
    workgroupBarrier();
    if (i < params.count) { atomicAdd(&starts[row + 1u], 1u); }
    storageBarrier();
    workgroupBarrier();
  }
}
