/** What every loader of texts gives: reviews in their own words, each with a label. No file access. */

/** One review. */
export interface Review {
  readonly text: string;
  /** 1 is positive, 0 negative. */
  readonly label: number;
  /** What the source calls it. */
  readonly id?: string;
}

/** Reviews from a file, and what was left aside. */
export interface ReviewTable {
  readonly reviews: Review[];
  /** Reviews without a single letter or digit, which teach nothing: where they stood ("ligne 12" below the header, "neg/3_1.txt"). */
  readonly empty: readonly string[];
}

/** Whether a review says anything. */
export function isEmptyReview(text: string): boolean {
  return /^(?:<br\s*\/?>|[^\p{L}\p{N}])*$/iu.test(text);
}

/** In French, for the learner: how many reviews, how many of each kind, and which were left aside. */
export function describeReviews({ reviews, empty }: ReviewTable): string {
  const positive = reviews.filter(({ label }) => label === 1).length;
  const count = (n: number, word: string): string =>
    `${n.toLocaleString("fr-FR")} ${word}${n > 1 ? "s" : ""}`;
  const aside =
    empty.length === 0
      ? ""
      : ` (${count(empty.length, "avis vide")} laissé${empty.length > 1 ? "s" : ""} de côté : ` +
        `${empty.slice(0, 3).join(", ")}${empty.length > 3 ? ", …" : ""})`;
  return (
    `${reviews.length.toLocaleString("fr-FR")} avis : ${count(positive, "positif")}, ` +
    `${count(reviews.length - positive, "négatif")}${aside}`
  );
}
