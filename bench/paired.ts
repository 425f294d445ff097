/** Engines that do the same work in turn: first their results are compared, then their times. */
import { type ApiCounts, counting } from "./watch.ts";
import {
  columns,
  type Figures,
  type Setting,
  show,
  showBytes,
  type Spread,
  spread,
  timed,
} from "./question.ts";

/** One engine with one piece of work, made and loaded but not run. */
export interface Contender {
  /** "wgrad", "TF.js WebGPU", … */
  readonly name: string;
  /** Makes this engine the current one where its library has such a thing; outside the timed part. */
  enter?(): Promise<void>;
  /** Does the work so many times and waits for the end. */
  run(times: number): Promise<void>;
  /** Numbers that every engine should have after the same runs: a product, losses so far. */
  answer(): Promise<ArrayLike<number>>;
  dispose?(): void;
}

/** How to make one engine's contender: making it may fail, which is said in the table. */
export interface Entry {
  readonly name: string;
  make(): Promise<Contender>;
}

export interface Contest {
  /** wgrad first: the others are compared with it. */
  entries: readonly Entry[];
  /** Largest difference of an answer from the first engine's, relative to the largest number of that. */
  tolerance: number;
  /** Runs before answers are compared, the first of which compiles. */
  warmUp: number;
  /** Repeats short work within a round until it takes so many milliseconds; once when left out. */
  roundMilliseconds?: number;
  /** Timed rounds take about so long together; at least three, at most fifty. */
  budgetMilliseconds: number;
  /** Operations of one run, for GFLOP/s. */
  flop?: number;
}

interface Place extends Spread {
  name: string;
  firstMs: number;
  rounds: number;
  repeats: number;
  difference: number;
  /** Its time over the first engine's, round by round. */
  ratio: Spread;
  counts: ApiCounts;
}

export interface Outcome {
  text: string;
  figures: Figures;
  /** Engines whose results differ. */
  wrong: string[];
}

const MAX_ROUNDS = 50;
const MIN_ROUNDS = 3;
const MAX_REPEATS = 4096;

function largestDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(got[i] - expected[i]);
    if (!(off <= largest)) largest = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return scale > 0 ? largest / scale : largest;
}

/** A contender that has run, with what is known of it so far. */
interface Runner {
  contender: Contender;
  firstMs: number;
  difference: number;
  counts: ApiCounts;
  repeats: number;
  times: number[];
}

const enter = (contender: Contender): Promise<void> => contender.enter?.() ?? Promise.resolve();

/** Makes an engine's contender, compiles, warms up and compares. Gives why not, where it does not work out. */
async function prepare(
  entry: Entry,
  contest: Contest,
  expected: ArrayLike<number> | null,
): Promise<{ runner: Runner; answer: ArrayLike<number> } | { failure: string; wrong: boolean }> {
  let contender: Contender | undefined;
  try {
    contender = await entry.make();
    await enter(contender);
    const first = contender;
    const firstMs = await timed(() => first.run(1));
    for (let i = 1; i < contest.warmUp; i++) await contender.run(1);
    const answer = await contender.answer();
    const difference = largestDifference(answer, expected ?? answer);
    if (!(difference <= contest.tolerance)) {
      contender.dispose?.();
      const off = `its results differ by ${difference.toExponential(1)}, allowed ${contest.tolerance}`;
      return { failure: off, wrong: true };
    }
    const { counts } = await counting(() => first.run(1));
    return {
      runner: { contender, firstMs, difference, counts, repeats: 1, times: [] },
      answer,
    };
  } catch (error) {
    contender?.dispose?.();
    return { failure: String((error as Error).message ?? error).split("\n")[0], wrong: false };
  }
}

async function calibrate(runner: Runner, least: number): Promise<void> {
  const { contender } = runner;
  await enter(contender);
  while (runner.repeats < MAX_REPEATS) {
    const took = await timed(() => contender.run(runner.repeats));
    if (took >= least) return;
    runner.repeats = Math.min(
      MAX_REPEATS,
      runner.repeats * Math.min(8, Math.max(2, Math.ceil(least / Math.max(took, 0.01)))),
    );
  }
}

/** Lets all engines do the work in turn. Everything that is left out is named, with its reason. */
export async function pair(contest: Contest, setting: Setting): Promise<Outcome> {
  const runners: Runner[] = [];
  const left: [name: string, reason: string][] = [];
  const wrong: string[] = [];
  let expected: ArrayLike<number> | null = null;
  try {
    for (const entry of contest.entries) {
      const prepared = await prepare(entry, contest, expected);
      if ("failure" in prepared) {
        left.push([entry.name, prepared.failure]);
        if (prepared.wrong) wrong.push(entry.name);
        if (expected === null) throw new Error(`${entry.name}: ${prepared.failure}`);
      } else {
        expected ??= prepared.answer;
        runners.push(prepared.runner);
      }
    }
    if (contest.roundMilliseconds !== undefined)
      for (const runner of runners) await calibrate(runner, contest.roundMilliseconds);

    // In turn, and each round starting with another one, so that what else the machine does meets all alike.
    const started = performance.now();
    const rounds = (): number => runners[0].times.length;
    const wanted = setting.steps;
    const more = (): boolean =>
      wanted !== undefined
        ? rounds() < wanted
        : rounds() < MIN_ROUNDS ||
          (rounds() < MAX_ROUNDS && performance.now() - started < contest.budgetMilliseconds);
    while (more()) {
      const start = rounds();
      for (let i = 0; i < runners.length; i++) {
        const runner = runners[(start + i) % runners.length];
        await enter(runner.contender);
        const took = await timed(() => runner.contender.run(runner.repeats));
        runner.times.push(took / runner.repeats);
      }
    }
    setting.progress?.(
      `… ${runners.map(({ contender, times }) => `${contender.name} ${show(spread(times).median)} ms`).join(", ")}`,
    );
    return report(
      runners.map((runner) => placeOf(runner, runners[0])),
      left,
      wrong,
      contest,
    );
  } finally {
    for (const { contender } of runners) contender.dispose?.();
  }
}

function placeOf(runner: Runner, first: Runner): Place {
  const { contender, firstMs, difference, counts, repeats, times } = runner;
  const ratio = spread(times.map((time, i) => time / first.times[i]));
  const { name } = contender;
  return {
    name,
    firstMs,
    rounds: times.length,
    repeats,
    difference,
    counts,
    ratio,
    ...spread(times),
  };
}

function report(places: Place[], left: [string, string][], wrong: string[], { flop }: Contest): Outcome {
  const times = columns(
    [
      "engine",
      "first ms",
      "median ms",
      "min",
      "max",
      ...(flop ? ["GFLOP/s"] : []),
      "of wgrad's time",
      "off by",
    ],
    places.map(({ name, firstMs, median, min, max, ratio, difference }) => [
      name,
      show(firstMs),
      show(median),
      show(min),
      show(max),
      ...(flop ? [show(flop / 1e6 / median)] : []),
      `${show(ratio.median)} (${show(ratio.min)} to ${show(ratio.max)})`,
      difference.toExponential(0),
    ]),
  );
  const onWebGpu = places.filter(({ counts }) => counts.submits > 0);
  const asked = columns(
    [
      "asked of WebGPU per run",
      "dispatches",
      "submits",
      "passes",
      "buffers",
      "bind groups",
      "pipelines",
      "readbacks",
      "written",
    ],
    onWebGpu.map(({ name, counts }) => [
      name,
      ...[
        counts.dispatches,
        counts.submits,
        counts.passes,
        counts.buffers,
        counts.bindGroups,
        counts.pipelines,
        counts.readbacks,
      ].map(String),
      showBytes(counts.bytesWritten),
    ]),
  );
  const missing = left.map(([name, reason]) => `${name}: left out, ${reason}`);
  const rounds = `${places[0].rounds} rounds in turn${places.some(({ repeats }) => repeats > 1) ? `, ${places.map(({ name, repeats }) => `${name} ${repeats}`).join(", ")} runs a round` : ""}`;
  return {
    text: [times, rounds, ...(onWebGpu.length > 0 ? ["", asked] : []), ...missing].join("\n"),
    figures: {
      rounds: places[0].rounds,
      ...(flop ? { gflop: flop / 1e9 } : {}),
      engines: places.map(({ name, firstMs, median, min, max, repeats, difference, ratio, counts }) => ({
        name,
        firstMs,
        ms: { median, min, max },
        repeats,
        difference,
        ofWgrad: { ...ratio },
        ...(flop ? { gflopPerSecond: flop / 1e6 / median } : {}),
        ...(counts.submits > 0 ? { perRun: { ...counts } } : {}),
      })),
      leftOut: left.map(([name, reason]) => ({ name, reason })),
    },
    wrong,
  };
}
