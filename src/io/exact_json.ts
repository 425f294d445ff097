/** JSON that comes back as it was: what JSON.stringify would lose or change is refused, by its place. */
import { ValueError } from "../errors.ts";

const MAX_DEPTH = 100;

/**
 * A value as JSON text that parses to an equal value: finite numbers to the last bit (−0 included), strings,
 * booleans, null, arrays, plain objects, and objects with `toJSON`. Properties that are undefined are left out.
 * Throws a ValueError that names the place, as in `state.metrics.loss is NaN`.
 */
export function exactJson(value: unknown, place: string, depth = 0): string {
  const refuse = (what: string): never => {
    throw new ValueError(`${place} is ${what}`);
  };
  if (depth > MAX_DEPTH) return refuse(`nested more than ${MAX_DEPTH} deep; does it contain itself?`);
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value))
        return refuse(
          `${value}, which JSON cannot hold; has training diverged? Use null where a number is unknown`,
        );
      return Object.is(value, -0) ? "-0" : String(value);
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object":
      break;
    default:
      return refuse(`${value === undefined ? "undefined" : `a ${typeof value}`}, which JSON cannot hold`);
  }
  if (value === null) return "null";
  if (Array.isArray(value))
    return `[${Array.from(value, (item, i) => exactJson(item, `${place}[${i}]`, depth + 1)).join(",")}]`;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return exactJson(toJSON.call(value), place, depth + 1);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return refuse(
      `a ${prototype.constructor.name}, which JSON would not give back; store a plain object or an array`,
    );
  const pairs = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(key)}:${exactJson(item, `${place}.${key}`, depth + 1)}`);
  return `{${pairs.join(",")}}`;
}
