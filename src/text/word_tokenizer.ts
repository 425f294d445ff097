/** Line breaks that a web page left in a review. */
const LINE_BREAK = /<br\s*\/?>/gi;

/** The marks that Keras's `Tokenizer` filters by default; the apostrophe is not among them. */
const FILTERED = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~\s]+/;

/**
 * The words of an English text as Keras's `Tokenizer` makes them: lower case, split at spaces and at
 * ``!"#$%&()*+,-./:;<=>?@[\]^_`{|}~``, which are dropped. Apostrophes stay: `don't`, `'90s`. HTML line breaks
 * `<br />` are removed before, so that no word `br` is left of them, which Keras's own IMDB word index has.
 */
export function wordTokens(text: string): string[] {
  return text
    .replace(LINE_BREAK, " ")
    .toLowerCase()
    .split(FILTERED)
    .filter((word) => word !== "");
}
