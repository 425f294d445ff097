/** Beam search over several prompts at once. */
import { type GeneratedSequence, longest, type Settings } from "./options.ts";
import { banTokens, deadEnd, logProbabilities, type Scorer } from "./scores.ts";

/** An open sequence. */
interface Beam {
  readonly ids: Int32Array;
  /** Σ log p of its new ids. */
  readonly sum: number;
  /** Its row in the last call of the step. */
  readonly row: number;
}

interface Candidate {
  readonly beam: Beam;
  readonly token: number;
  readonly sum: number;
}

/** The search for one prompt. */
class Search {
  beams: readonly Beam[];
  done = false;
  readonly #ended: GeneratedSequence[] = [];
  readonly #settings: Settings;
  readonly #start: number;
  readonly #end: number;

  constructor(prompt: Int32Array, row: number, settings: Settings) {
    this.beams = [{ ids: prompt, sum: 0, row }];
    this.#settings = settings;
    this.#start = prompt.length;
    this.#end = longest(settings, prompt);
  }

  /** Moves on by one id; `logits` holds one row for each open sequence. */
  advance(logits: readonly Float64Array[]): void {
    const { numBeams, eosToken } = this.#settings;
    const open: Beam[] = [];
    // Twice as many: were all of numBeams the end token, numBeams others would still be there to go on.
    for (const [rank, { beam, token, sum }] of this.#best(logits, 2 * numBeams).entries()) {
      const ids = extended(beam.ids, token);
      if (token !== eosToken) open.push({ ids, sum, row: beam.row });
      else if (rank < numBeams) this.#add(ids, sum);
      if (open.length === numBeams) break;
    }
    if (open.length === 0 && this.#ended.length === 0) throw deadEnd(this.beams[0].ids, this.#settings);
    this.beams = open;
    if (open.length === 0 || open[0].ids.length >= this.#end) this.finish();
    else this.done = this.#cannotImprove(open[0]);
  }

  /** Ends the search: open sequences count as they are. */
  finish(): void {
    for (const { ids, sum } of this.beams) this.#add(ids, sum);
    this.done = true;
  }

  /** What was found, best first. */
  results(): GeneratedSequence[] {
    return this.#ended.slice(0, this.#settings.numReturnSequences);
  }

  /** The `count` likeliest continuations, best first; of equals, the earlier beam and the smaller id. */
  #best(logits: readonly Float64Array[], count: number): Candidate[] {
    const best: Candidate[] = [];
    for (const [i, beam] of this.beams.entries()) {
      const scores = logProbabilities(logits[i]);
      banTokens(scores, beam.ids, this.#settings);
      for (let token = 0; token < scores.length; token++) {
        const sum = beam.sum + scores[token];
        if (sum === Number.NEGATIVE_INFINITY) continue;
        if (best.length === count && sum <= best[count - 1].sum) continue;
        if (best.length === count) best.pop();
        insert(best, { beam, token, sum }, (candidate) => candidate.sum);
      }
    }
    return best;
  }

  #score(sum: number, length: number): number {
    return length === 0 ? 0 : sum / length ** this.#settings.lengthPenalty;
  }

  #add(ids: Int32Array, sum: number): void {
    const score = this.#score(sum, ids.length - this.#start);
    insert(this.#ended, { ids, score }, (sequence) => sequence.score);
    if (this.#ended.length > this.#settings.numBeams) this.#ended.pop();
  }

  /** May the search stop, with `best` as the best open sequence? */
  #cannotImprove(best: Beam): boolean {
    const { numBeams, earlyStopping, lengthPenalty } = this.#settings;
    if (this.#ended.length < numBeams) return false;
    if (earlyStopping === true) return true;
    // With a positive penalty the best score is reached at the largest length, otherwise now.
    const end = earlyStopping === "never" && lengthPenalty > 0 ? this.#end : best.ids.length;
    return this.#ended[numBeams - 1].score >= this.#score(best.sum, end - this.#start);
  }
}

/** Puts an item behind those of the same value or a larger one. */
function insert<T>(sorted: T[], item: T, value: (item: T) => number): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(sorted[middle]) >= value(item)) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, item);
}

function extended(ids: Int32Array, token: number): Int32Array {
  const longer = new Int32Array(ids.length + 1);
  longer.set(ids);
  longer[ids.length] = token;
  return longer;
}

/** The best sequences of each prompt. */
export async function beamSearch(
  scorer: Scorer,
  prompts: readonly Int32Array[],
  settings: Settings,
): Promise<GeneratedSequence[][]> {
  const searches = prompts.map((prompt, i) => new Search(prompt, i, settings));
  for (let first = true; ; first = false) {
    const running = searches.filter(({ done }) => !done);
    if (running.length === 0) break;
    if (await settings.shouldStop?.()) {
      for (const search of running) search.finish();
      break;
    }
    // Row i of this call continues row parents[i] of the last one.
    const beams = running.flatMap((search) => search.beams);
    const logits = await scorer.logits(
      beams.map(({ ids }) => ids),
      first ? null : Int32Array.from(beams, ({ row }) => row),
    );
    let row = 0;
    for (const search of running) {
      const from = row;
      search.beams = search.beams.map((beam) => ({ ...beam, row: row++ }));
      search.advance(logits.slice(from, row));
    }
  }
  return searches.map((search) => search.results());
}
