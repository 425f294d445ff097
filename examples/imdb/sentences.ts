/** The notebook's sentences and words: what the trained model is tried on. */

/** Eight sentences of your own. */
export const OWN_SENTENCES: readonly string[] = [
  "This movie is absolutely fantastic and amazing",
  "I hated this film it was terrible and boring",
  "The movie was okay nothing special",
  "Best movie I have ever seen in my life",
  "Worst acting and stupid story",
  "The cinematography was beautiful but the story was confusing",
  "Not bad but could be better",
  "This film changed my life incredible experience",
];

/** Five that are hard, and why. */
export const HARD_CASES: readonly { readonly text: string; readonly why: string }[] = [
  { text: "This movie is not bad", why: "négation" },
  { text: "I expected it to be terrible but it was actually okay", why: "contraste" },
  { text: "The worst movie ever... just kidding it was great", why: "sarcasme" },
  { text: "So bad it's good", why: "paradoxe" },
  { text: "Could have been better", why: "nuance" },
];

/** Four that several ways of judging are compared on. */
export const COMPARISON_SENTENCES: readonly string[] = [
  "This movie is absolutely fantastic",
  "I hated this boring film",
  "The movie was not bad at all",
  "This film is so bad it's good",
];

/** The 23 words whose vectors are drawn, in four groups. */
export const WORD_GROUPS: readonly { readonly name: string; readonly words: readonly string[] }[] = [
  { name: "positif", words: ["good", "great", "excellent", "amazing", "wonderful", "fantastic"] },
  { name: "négatif", words: ["bad", "terrible", "awful", "horrible", "worst", "hate"] },
  { name: "contexte", words: ["movie", "film", "story", "actor", "acting", "director"] },
  { name: "descriptif", words: ["boring", "interesting", "funny", "dramatic", "beautiful"] },
];
