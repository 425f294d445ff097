/** What a keyboard, an editor or another edition puts in place of a character. */

const APOSTROPHES = ["'", "’", "‘", "ʼ", "´", "`"];
const QUOTES = ['"', "“", "”", "„", "«", "»"];
const DASHES = ["-", "–", "—", "‐", "‑", "−"];
/** No-break, narrow no-break, thin and ideographic spaces. */
const SPACES = [" ", "\u00a0", "\u202f", "\u2009", "\u3000"];

/** What plainTypography writes for each group. */
const PLAIN = new Set([APOSTROPHES, QUOTES, DASHES, SPACES].map(([first]) => first));

const VARIANTS = new Map<string, readonly string[]>([
  ["…", ["..."]],
  ["œ", ["oe"]],
  ["Œ", ["Oe", "OE"]],
  ["æ", ["ae"]],
  ["Æ", ["Ae", "AE"]],
  ["ß", ["ss"]],
  ["ſ", ["s"]],
  ["“", ['"', "«", "„"]],
  ["«", ['"', "“", "„"]],
  ["„", ['"', "«", "“"]],
  ["”", ['"', "»", "“"]],
  ["»", ['"', "”", "“"]],
  ["\t", [" "]],
  // Invisible: the \r of a Windows line end, a byte-order mark, a zero-width space, a soft hyphen.
  ["\r", [""]],
  ["\ufeff", [""]],
  ["\u200b", [""]],
  ["\u00ad", [""]],
]);
for (const group of [APOSTROPHES, QUOTES, DASHES, SPACES])
  for (const character of group)
    if (!VARIANTS.has(character))
      VARIANTS.set(
        character,
        group.filter((other) => other !== character),
      );

/**
 * Ways to write a character that read the same, best first: other apostrophes, quotes, dashes and spaces, ligatures
 * spelled out, and accents as separate marks.
 */
export function typographicVariants(character: string): readonly string[] {
  const variants = VARIANTS.get(character) ?? [];
  const marks = character.normalize("NFD");
  return marks === character ? variants : [...variants, marks];
}

/** Characters that a reader would take for a given one, best first: its variants, its other case, its bare letter. */
export function similarCharacters(character: string): string[] {
  const bare = character.normalize("NFD").replace(/\p{M}/gu, "");
  const candidates = [
    ...(VARIANTS.get(character) ?? []),
    character.toLowerCase(),
    character.toUpperCase(),
    bare,
    bare.toLowerCase(),
    bare.toUpperCase(),
    character.normalize("NFC"),
    character.normalize("NFKC"),
  ];
  return [...new Set(candidates)].filter((candidate) => candidate !== character && candidate !== "");
}

/** One spelling for all that read the same: ' for any apostrophe, " for any quote, - for any dash, oe for œ. */
export function plainTypography(text: string): string {
  let plain = "";
  for (const character of text.normalize("NFC"))
    plain += PLAIN.has(character) ? character : (VARIANTS.get(character)?.[0] ?? character);
  return plain;
}
