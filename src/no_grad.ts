import { withGrad } from "./autograd.ts";
import { WgradError } from "./errors.ts";
import { type Claim, inScope } from "./memory.ts";
import { Tensor } from "./tensor.ts";

/**
 * Runs `fn` without recording gradients, and frees every tensor made in it except those in what it returns (a
 * tensor, or arrays and plain objects of them). Throws when `fn` returns a promise, whose work would outlive it.
 */
export function noGrad<T>(fn: () => T): T {
  return withGrad(false, () =>
    inScope(
      () => {
        const result = fn();
        if (result instanceof Promise)
          throw new WgradError(
            "noGrad: the function returned a promise; make the tensors inside, and await their data() outside",
          );
        return result;
      },
      (result) => claimsIn(result, []),
    ),
  );
}

function claimsIn(value: unknown, found: Claim[]): Claim[] {
  if (value instanceof Tensor) {
    if (value.claim) found.push(value.claim);
  } else if (Array.isArray(value)) for (const item of value) claimsIn(item, found);
  else if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) claimsIn(item, found);
  return found;
}
