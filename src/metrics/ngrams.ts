/** Groups of neighbouring tokens, which BLEU and ROUGE count. */
import { ValueError } from "../errors.ts";

/** How often each group of `n` neighbours occurs. */
export function countNgrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const key = JSON.stringify(tokens.slice(i, i + n));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Groups that both have, each as often as the one that has it less often. */
export function sharedNgrams(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let shared = 0;
  for (const [key, count] of a) shared += Math.min(count, b.get(key) ?? 0);
  return shared;
}

/**
 * The references of each hypothesis as lists. Throws a ValueError when there is none, when the numbers of texts
 * differ, or something is no text.
 */
export function checkedReferences(
  where: string,
  hypotheses: readonly string[],
  references: readonly (string | readonly string[])[],
): readonly (readonly string[])[] {
  if (!Array.isArray(hypotheses) || !Array.isArray(references))
    throw new ValueError(`${where}: expected a list of hypotheses and a list of references`);
  if (hypotheses.length === 0) throw new ValueError(`${where}: there is no hypothesis`);
  if (references.length !== hypotheses.length)
    throw new ValueError(
      `${where}: ${hypotheses.length} hypotheses and ${references.length} references, expected one reference, ` +
        "or a list of them, for each hypothesis",
    );
  return hypotheses.map((hypothesis, i) => {
    const list = typeof references[i] === "string" ? [references[i]] : references[i];
    if (!Array.isArray(list) || list.length === 0)
      throw new ValueError(`${where}: hypothesis ${i} has no reference`);
    if ([hypothesis, ...list].some((text) => typeof text !== "string"))
      throw new ValueError(`${where}: hypothesis ${i} and its references must be texts`);
    return list;
  });
}
