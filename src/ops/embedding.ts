import { record } from "../autograd.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { Storage } from "../memory.ts";
import { collapseAxes, formatShape, isContiguous, normalizeAxis, sizeOf } from "../shape.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { checkIds } from "./ids.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";
import { permute } from "./view.ts";

/** No table row has this number. */
const NO_ROW = 0xffffffff;

/** What `embedding` takes beside ids and table. */
export interface EmbeddingOptions {
  /** The row that gets no gradient; a negative number counts from the end. */
  paddingIdx?: number;
}

/** A table bigger than one binding would need a launch per window. */
function checkSize(where: string, table: Tensor): void {
  const { backend } = table.device;
  const bytes = table.size * 4;
  if (bytes > backend.maxBindingBytes)
    throw new ValueError(
      `${where}: a table of ${formatShape(table.shape)} takes ${(bytes / 2 ** 20).toFixed(0)} MiB, and this device ` +
        `binds at most ${(backend.maxBindingBytes / 2 ** 20).toFixed(0)} MiB (${backend.description})`,
    );
}

/** The rows of `table` that `ids` name: [...ids.shape, ...the table's other axes]. */
function gather(where: string, ids: Tensor, table: Tensor, paddingRow: number): Tensor {
  expectDtype(where, "ids", ids, "i32");
  const device = sameDevice(where, ids, table);
  checkSize(where, table);
  const [rows, ...inner] = table.shape;
  checkIds(`${where}: id`, ids, rows, `is outside the table of ${rows} rows`);
  const source = isContiguous(inner, table.strides.slice(1)) ? table : contiguousOf(table);
  const lookups = contiguousOf(ids);
  const width = sizeOf(inner);
  const out = emptyTensor(device, [...ids.shape, ...inner], table.dtype);
  device.backend.run(
    "embedding",
    {
      count: ids.size,
      rows,
      width,
      ids_offset: lookups.offset,
      table_offset: source.offset,
      table_row: source.strides[0],
    },
    { ids: lookups.storage.bind(), table: source.storage.bind(), out: out.storage.bind() },
  );
  record(where, [table], [out], [lookups], ([dout], sink) => {
    if (!dout) return;
    sink.into(table, (dtable, accumulate) => scatter(lookups, dout, dtable, paddingRow, accumulate));
  });
  return out;
}

/** Adds up the rows of dout [...ids.shape, ...] that belong to each row of the table. */
function scatter(ids: Tensor, dout: Tensor, dtable: Tensor, paddingRow: number, accumulate: boolean): void {
  const { device } = dtable;
  const [rows] = dtable.shape;
  const rank = ids.shape.length;
  const positions = collapseAxes(dout.shape.slice(0, rank), [dout.strides.slice(0, rank)]);
  if (positions.shape.length > 2 || !isContiguous(dout.shape.slice(rank), dout.strides.slice(rank))) {
    scatter(ids, contiguousOf(dout), dtable, paddingRow, accumulate);
    return;
  }
  const [outer, inner] = [...new Array<number>(2 - positions.shape.length).fill(0), ...positions.strides[0]];
  const starts = new Storage(device.memory, "u32", rows + 1);
  const order = new Storage(device.memory, "u32", ids.size);
  starts.retain();
  order.retain();
  device.backend.run(
    "embedding_sort",
    { count: ids.size, rows, ids_offset: ids.offset },
    { ids: ids.storage.bind(), starts: starts.bind(), order: order.bind() },
  );
  device.backend.run(
    "embedding_backward",
    {
      rows,
      width: dtable.size / rows,
      inner_count: positions.shape.at(-1) ?? 1,
      dout_offset: dout.offset,
      dout_outer: outer,
      dout_inner: inner,
      padding_row: paddingRow,
      accumulate: accumulate ? 1 : 0,
    },
    {
      starts: starts.bind(),
      order: order.bind(),
      dout: dout.storage.bind(),
      dtable: dtable.storage.bind(),
    },
  );
  starts.release();
  order.release();
}

/**
 * Looks up ids [...] (i32) in a table [rows, width]: the result is [..., width]. The table's gradient is the ordered
 * sum of the rows that arrive, so it repeats bit for bit; two launches. Throws a ShapeError unless the table is a
 * matrix, and a ValueError for an id outside the table where the ids are known on the host; on the device they are
 * clamped.
 */
export function embedding(ids: Tensor, table: Tensor, options: EmbeddingOptions = {}): Tensor {
  checkOptions("embedding", options, ["paddingIdx"]);
  expectDtype("embedding", "table", table, "f32");
  if (table.shape.length !== 2)
    throw new ShapeError(`embedding: the table is ${formatShape(table.shape)}, expected [rows, width]`);
  const { paddingIdx } = options;
  if (paddingIdx === undefined) return gather("embedding", ids, table, NO_ROW);
  const [rows] = table.shape;
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  if (!Number.isInteger(row) || row < 0 || row >= rows)
    throw new ValueError(`embedding: paddingIdx ${paddingIdx} is outside the table of ${rows} rows`);
  return gather("embedding", ids, table, row);
}

/**
 * The elements of x at these indices of an axis, as torch.index_select and numpy.take: ids (i32) of any shape take
 * the place of the axis. x is f32 or i32; its gradient adds up what repeated ids share. Throws as `embedding` does.
 */
export function indexSelect(x: Tensor, axis: number, ids: Tensor): Tensor {
  const at = normalizeAxis("indexSelect", axis, x.shape.length);
  if (at === 0) return gather("indexSelect", ids, x, NO_ROW);
  const axes = x.shape.map((_, i) => i);
  const rows = permute(x, [at, ...axes.filter((i) => i !== at)]);
  const picked = gather("indexSelect", ids, rows, NO_ROW);
  // The axes of the ids come first; those that were before the chosen axis go back to the front.
  const rank = ids.shape.length;
  const order = picked.shape.map((_, i) => i);
  return permute(picked, [
    ...order.slice(rank, rank + at),
    ...order.slice(0, rank),
    ...order.slice(rank + at),
  ]);
}
