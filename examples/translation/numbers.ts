/**
 * Numbers from 0 to 999,999 in English and in French words: the rules that the model must find by itself.
 *
 * English comes in four forms: words with "and" (one thousand nine hundred and eighty-four), the same without it, as
 * Americans write, the reading of a year (nineteen eighty-four), and digits. French comes in one, the traditional
 * spelling: hyphens only between numbers below 100 (mille neuf cent quatre-vingt-quatre), "et" without hyphens in 21,
 * 31 … 71 (vingt et un), an s on vingts and cents that are multiplied and end the number (quatre-vingts, deux cents),
 * none before mille (quatre-vingt mille), and mille without any.
 */

/** The largest number that has words here. */
export const LARGEST = 999_999;
/** Years are read in two halves from the first of these to the last. */
export const YEARS = { first: 1100, last: 1999 } as const;

/** How a number is written in English. */
export type Form = "words" | "american" | "year" | "digits";
export const FORMS: readonly Form[] = ["words", "american", "year", "digits"];

const ENGLISH_UNITS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const FRENCH_UNITS =
  "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split(" ");
const FRENCH_TENS = "vingt trente quarante cinquante soixante".split(" ");

function check(n: number): void {
  if (!(Number.isInteger(n) && n >= 0 && n <= LARGEST))
    throw new RangeError(`${n} has no words here; expected a whole number from 0 to ${LARGEST}`);
}

/** Whether a number may be read as a year. */
export function isYear(n: number): boolean {
  return n >= YEARS.first && n <= YEARS.last;
}

/** A number in one of its English forms; throws a RangeError for numbers without it. */
export function writeEnglish(n: number, form: Form): string {
  check(n);
  if (form === "digits") return String(n);
  if (form === "year") return yearReading(n);
  return englishWords(n, form === "words");
}

/** one thousand nine hundred and eighty-four; `and` stands before what is below 100. */
function englishWords(n: number, and: boolean): string {
  if (n < 1000) return englishBelowThousand(n, and);
  const rest = n % 1000;
  const thousands = `${englishBelowThousand(Math.floor(n / 1000), and)} thousand`;
  if (rest === 0) return thousands;
  return `${thousands} ${and && rest < 100 ? "and " : ""}${englishBelowThousand(rest, and)}`;
}

function englishBelowThousand(n: number, and: boolean): string {
  if (n < 100) return englishBelowHundred(n);
  const hundreds = `${ENGLISH_UNITS[Math.floor(n / 100)]} hundred`;
  return n % 100 === 0 ? hundreds : `${hundreds} ${and ? "and " : ""}${englishBelowHundred(n % 100)}`;
}

function englishBelowHundred(n: number): string {
  if (n < 20) return ENGLISH_UNITS[n];
  const tens = ENGLISH_TENS[Math.floor(n / 10) - 2];
  return n % 10 === 0 ? tens : `${tens}-${ENGLISH_UNITS[n % 10]}`;
}

/** nineteen eighty-four, nineteen oh five, nineteen hundred. */
function yearReading(n: number): string {
  if (!isYear(n))
    throw new RangeError(
      `${n} is not read as a year; expected a number from ${YEARS.first} to ${YEARS.last}`,
    );
  const century = englishBelowHundred(Math.floor(n / 100));
  const rest = n % 100;
  if (rest === 0) return `${century} hundred`;
  return `${century} ${rest < 10 ? "oh " : ""}${englishBelowHundred(rest)}`;
}

/** A number in French words, in the traditional spelling. */
export function writeFrench(n: number): string {
  check(n);
  if (n < 1000) return frenchBelowThousand(n, true);
  const thousands = Math.floor(n / 1000);
  const mille = thousands === 1 ? "mille" : `${frenchBelowThousand(thousands, false)} mille`;
  return n % 1000 === 0 ? mille : `${mille} ${frenchBelowThousand(n % 1000, true)}`;
}

/** `last` where nothing follows: only there do cents and vingts take their s. */
function frenchBelowThousand(n: number, last: boolean): string {
  if (n < 100) return frenchBelowHundred(n, last);
  const [hundreds, rest] = [Math.floor(n / 100), n % 100];
  const cent = hundreds === 1 ? "cent" : `${FRENCH_UNITS[hundreds]} cent${rest === 0 && last ? "s" : ""}`;
  return rest === 0 ? cent : `${cent} ${frenchBelowHundred(rest, last)}`;
}

function frenchBelowHundred(n: number, last: boolean): string {
  if (n < 17) return FRENCH_UNITS[n];
  if (n < 20) return `dix-${FRENCH_UNITS[n - 10]}`;
  if (n === 80) return last ? "quatre-vingts" : "quatre-vingt";
  if (n > 80) return `quatre-vingt-${frenchBelowHundred(n - 80, last)}`;
  // From 70 on, French counts from sixty.
  const tens = n < 70 ? Math.floor(n / 10) : 6;
  const rest = n - 10 * tens;
  const name = FRENCH_TENS[tens - 2];
  if (rest === 0) return name;
  if (rest === 1 || rest === 11) return `${name} et ${FRENCH_UNITS[rest]}`;
  return `${name}-${frenchBelowHundred(rest, last)}`;
}

/**
 * The number that an English text of any form means, or undefined where it is none of them. Case, commas and hyphens
 * do not matter, and neither do spaces between digits.
 */
export function readEnglish(text: string): number | undefined {
  const plain = text.trim().toLowerCase();
  if (/^\d[\d\s,]*$/.test(plain)) {
    const n = Number(plain.replace(/[\s,]/g, ""));
    return n <= LARGEST ? n : undefined;
  }
  const words = plain.split(/[\s,-]+/).filter(Boolean);
  const n = guess(words);
  // Only what the rules write counts: a guess from a text of another kind does not come out the same.
  if (n === undefined || n > LARGEST) return undefined;
  const same = (form: Form): boolean => writeEnglish(n, form).split(/[\s-]/).join(" ") === words.join(" ");
  return same("words") || same("american") || (isYear(n) && same("year")) ? n : undefined;
}

/** What words would mean if they were well-formed. */
function guess(words: readonly string[]): number | undefined {
  let [total, part] = [0, 0];
  let spoken = false;
  for (const word of words) {
    const unit = ENGLISH_UNITS.indexOf(word);
    const tens = ENGLISH_TENS.indexOf(word);
    if (unit >= 0 || tens >= 0) {
      // "nineteen eighty": a number of two digits after another one; "nineteen oh five" has said so already.
      if (spoken && (unit >= 10 || tens >= 0)) part *= 100;
      part += unit >= 0 ? unit : 10 * (tens + 2);
      spoken = true;
    } else if (word === "hundred" || word === "oh") {
      part *= 100;
      spoken = false;
    } else if (word === "thousand") {
      [total, part, spoken] = [part * 1000, 0, false];
    } else if (word !== "and") return undefined;
  }
  return words.length === 0 ? undefined : total + part;
}
