/** French sentences as words, by rules alone: elisions, inversions, compounds and punctuation. */

/** Runs of what is not a space. */
const CHUNKS = /\S+/gu;

const LEADING_MARK = /^(?:\.{2,}|(?![-‐‑.@/\\])[\p{P}\p{S}][\p{M}\u200d]*)/u;
const TRAILING_MARK = /(?:\.{2,}|(?![-‐‑@/\\])[\p{P}\p{S}][\p{M}\u200d]*)$/u;

/** Words before whose vowel French drops its own: what they leave at the end of a chunk stays with its apostrophe. */
const ELIDED = /^(?:[cdjlmnst]|qu|jusqu|lorsqu|presqu|puisqu|quelqu|quoiqu)['’]$/iu;

/** A full stop that belongs to the word, in any case: M., etc.; n° likewise. */
const ABBREVIATION =
  /^(?:mm?|mr|mmes?|mlles?|dr|pr|ste?|av|apr|cf|etc|pp|janv|févr|avr|juill|oct|nov|déc)\.$|^n[°º]$/iu;
/** J., J.-C., S.N.C.F. */
const INITIALS = /^(?:\p{Lu}\.-?)+$/u;

/** Letters and an apostrophe before a letter. */
const ELISION = /^[\p{L}\p{M}]+['’](?=\p{L})/u;

const ADDRESS = /^(?:https?:\/\/\S+|www\.\S+|[^\s@]+@[^\s@]+\.\p{L}+)$/iu;

/** Words with an apostrophe or a hyphen inside that are one word all the same. */
const WHOLE =
  /^(?:aujourd['’]hui|prud['’]hom\p{L}+|entr['’]\p{L}+|(?:celle|celles|celui|ceux)-ci|ci-(?:contre|dessous|dessus|joint)|(?:moi|toi|lui|elle|elles|eux|nous|vous|soi)-mêmes?|au-(?:delà|dehors|dessous|dessus|devant)|jusque-là|là-(?:bas|dedans|dessous|dessus|haut)|peut-être|quelques-une?s|rendez-vous|c['’]est-à-dire)$/iu;

/** First parts of compounds that stay whole: grand-mère, après-midi, demi-heure, vingt-deux. */
const COMPOUND = new RegExp(
  `^(?:${[
    "anti|après|arc|arcs|arrière|arrières|auto|avant|bas|basse|basses|beau|beaux|belle|belles|bien|cache|casse|chauffe",
    "chou|compte|contre|coupe|couvre|demi|dix|entre|ex|extra|faux|franco|garde|gardes|grand|grande|gratte|gros|haut|haute",
    "hautes|hors|hyper|inter|mal|méga|mi|micro|mini|mot|mots|moyen|multi|néo|non|nord|outre|ouvre|passe|perce|petit|petite",
    "petites|pied|pieds|pique|porte|post|pré|presse|pro|protège|pseudo|quasi|quatre|radio|saint|sainte|sans|semi|serre",
    "soixante|sous|sud|super|sur|taille|télé|tire|tiers|tourne|tout|toute|toutes|trente|trois|ultra|vice|vide|vieux|vingt",
  ].join("|")})-\\p{L}[\\p{L}\\p{M}'’-]*$`,
  "iu",
);

/** arc-en-ciel, pot-au-feu, chef-d’œuvre: a small word joins two. */
const JOINED =
  /^[\p{L}\p{M}]+-(?:(?:à|au|aux|de|des|du|en|et|la|le|lès|près|saint|sous|sur)-(?:l['’])?|d['’])[\p{L}\p{M}]+$/iu;

/** The liaison of va-t-il, which no compound has. */
const LIAISON = /-t-(?:elles?|ils?|on)$/iu;

/** What is split off behind a verb or a noun, its hyphen included. `tu` is not among them: see frenchTokens. */
const SUFFIX = /(?<=\p{L}\p{M}*)-(?:ce|elles?|en|ils?|je|là|moi|nous|on|t|vous)$/iu;

/** Between letters, a hyphen or another mark stands alone; between digits, only signs do. */
const INFIX = /(?<=\p{L}\p{M}*)(\.{2,}|[-‐‑…,:<>=/—–])(?=\p{L})|(?<=\d)([-+*^])(?=\d)|([()[\]{}«»“”"!?;])/u;

/**
 * The words and punctuation marks of a French sentence, split as spaCy's French rules split everyday text:
 * - an elision keeps its apostrophe, ' or ’: `l’anniversaire` → `l’` `anniversaire`, `qu'il` → `qu'` `il`;
 * - inverted pronouns and the liaison t keep their hyphen: `cherchera-t-elle` → `cherchera` `-t` `-elle`,
 *   `dois-je` → `dois` `-je`. spaCy's list lacks `tu`, and so does this one: `viens-tu` → `viens` `-` `tu`;
 * - `aujourd’hui`, `peut-être`, and compounds whose first part is known, such as `après-midi` and `grand-mère`,
 *   stay whole; in others the hyphen is a word of its own: `week-end` → `week` `-` `end`;
 * - punctuation is split off, but for the full stop of an abbreviation (`M.`, `etc.`) and inside numbers (`3,5`).
 *
 * Case is kept: write `frenchTokens(text.toLowerCase())` for a vocabulary in lower case. Spaces give no words.
 * Source: the rules that spaCy publishes for French (spacy.io), on ordinary sentences; its long list of rare
 * compounds is left out.
 */
export function frenchTokens(sentence: string): string[] {
  const tokens: string[] = [];
  for (const [chunk] of sentence.matchAll(CHUNKS)) {
    let core = chunk;
    for (let mark = LEADING_MARK.exec(core); mark && core !== ""; mark = LEADING_MARK.exec(core)) {
      tokens.push(mark[0]);
      core = core.slice(mark[0].length);
    }
    const behind: string[] = [];
    for (let mark = TRAILING_MARK.exec(core); mark && !keepsMark(core); mark = TRAILING_MARK.exec(core)) {
      behind.unshift(mark[0]);
      core = core.slice(0, -mark[0].length);
    }
    if (core !== "") splitWord(core, tokens);
    tokens.push(...behind);
  }
  return tokens;
}

function keepsMark(word: string): boolean {
  return ELIDED.test(word) || ABBREVIATION.test(word) || INITIALS.test(word);
}

/** Adds the parts of a word without marks around it. */
function splitWord(word: string, tokens: string[]): void {
  let core = word;
  // Elisions come first, so that l’après-midi is l’ and a compound.
  for (let elision = elisionOf(core); elision !== ""; elision = elisionOf(core)) {
    tokens.push(elision);
    core = core.slice(elision.length);
  }
  if (isWhole(core)) {
    tokens.push(core);
    return;
  }
  const behind: string[] = [];
  for (let suffix = SUFFIX.exec(core); suffix; suffix = SUFFIX.exec(core)) {
    behind.unshift(suffix[0]);
    core = core.slice(0, suffix.index);
  }
  const parts = core.split(INFIX).filter((part) => part !== undefined && part !== "");
  if (parts.length === 1) tokens.push(core);
  else for (const part of parts) splitWord(part, tokens);
  tokens.push(...behind);
}

function elisionOf(word: string): string {
  if (WHOLE.test(word) || ADDRESS.test(word)) return "";
  return ELISION.exec(word)?.[0] ?? "";
}

function isWhole(word: string): boolean {
  if (WHOLE.test(word) || ADDRESS.test(word)) return true;
  return !LIAISON.test(word) && (COMPOUND.test(word) || JOINED.test(word));
}
