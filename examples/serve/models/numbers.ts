/** Numbers out of what a client sent, for models that read numbers and no words. */
import { ValueError } from "../../../src/index.ts";
import type { Input } from "../served_model.ts";

/** A list of numbers as it is; a text such as "21 6 37" or "[21, 6, 37]" split. Throws a ValueError for anything else. */
export function numbersOf(input: Input): readonly number[] {
  if (typeof input !== "string") return input;
  const words = input
    .replace(/^\s*\[|\]\s*$/g, "")
    .split(/[\s,;]+/)
    .filter((word) => word !== "");
  const numbers = words.map(Number);
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new ValueError(
      `ce modèle lit des nombres, tels que "21 6 37", et non ${JSON.stringify(words[wrong])}`,
    );
  return numbers;
}

/** Throws a ValueError unless there are `count` whole numbers from 0, all below `limit`. */
export function checkTokens(numbers: readonly number[], count: number | null, limit: number): void {
  if (count !== null && numbers.length !== count)
    throw new ValueError(`ce modèle lit ${count} nombres à la fois, et non ${numbers.length}`);
  for (const value of numbers)
    if (!(Number.isInteger(value) && value >= 0 && value < limit))
      throw new ValueError(`ce modèle lit des nombres entiers de 0 à ${limit - 1}, et non ${value}`);
}
