import { ValueError } from "../errors.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { checkIds } from "./ids.ts";
import { contiguousOf, expectDtype } from "./launch.ts";

/**
 * Class ids [...] (i32) as f32 rows [..., classes] of 0 and a single 1. Losses take ids as they are, so this is for
 * everything else. Throws a ValueError for an id outside the classes where the ids are known on the host; on the
 * device such an id gives a row of 0.
 */
export function oneHot(ids: Tensor, classes: number): Tensor {
  expectDtype("oneHot", "ids", ids, "i32");
  if (!Number.isInteger(classes) || classes < 1)
    throw new ValueError(`oneHot: classes is ${classes}, expected a whole number from 1`);
  checkIds("oneHot: id", ids, classes, `is outside 0..${classes - 1}`);
  const source = contiguousOf(ids);
  const out = emptyTensor(ids.device, [...ids.shape, classes]);
  ids.device.backend.run(
    "one_hot",
    { count: ids.size, classes, ids_offset: source.offset },
    { ids: source.storage.bind(), out: out.storage.bind() },
  );
  return out;
}
