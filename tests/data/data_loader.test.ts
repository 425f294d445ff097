import { afterEach, describe, expect, it } from "vitest";
import type { HostArray } from "../../src/data/batch.ts";
import { DataLoader, type DataLoaderOptions } from "../../src/data/data_loader.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { manualSeed } from "../../src/device.ts";
import { ValueError } from "../../src/errors.ts";
import { CharacterWindows } from "../../src/text/windows.ts";

type Numbers = { readonly x: HostArray<Int32Array> };

/** The numbers 0 … length − 1; counts how often a batch was made. */
class Counting implements Dataset<Numbers> {
  readonly length: number;
  made = 0;
  constructor(length: number) {
    this.length = length;
  }
  get(index: number): Numbers {
    return { x: { data: Int32Array.of(index), shape: [] } };
  }
  batch(indices: Int32Array): Numbers {
    this.made++;
    return { x: { data: indices.slice(), shape: [indices.length] } };
  }
}

const loader = (length: number, options: DataLoaderOptions = {}): DataLoader<Numbers> =>
  new DataLoader(new Counting(length), options);
/** The samples of the rest of the epoch, batch by batch. */
const epoch = (from: DataLoader<Numbers>): number[][] => Array.from(from, ({ x }) => [...x.data]);

afterEach(() => manualSeed(0));

describe("DataLoader", () => {
  it("goes through the dataset in order", () => {
    const ordered = loader(7, { batchSize: 3 });
    expect(ordered.batches).toBe(3);
    expect(epoch(ordered)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(ordered.state).toEqual({ epoch: 1, position: 0 });
    expect(epoch(ordered)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });

  it("leaves out a smaller last batch when asked", () => {
    const dropping = loader(7, { batchSize: 3, dropLast: true });
    expect(dropping.batches).toBe(2);
    expect(epoch(dropping)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(loader(6, { batchSize: 3, dropLast: true }).batches).toBe(2);
    expect(loader(3).batches).toBe(3);
  });

  it("shuffles each epoch anew, every sample once", () => {
    const shuffled = loader(1000, { batchSize: 64, shuffle: true, seed: 3 });
    const first = epoch(shuffled).flat();
    const second = epoch(shuffled).flat();
    const inOrder = Array.from({ length: 1000 }, (_, i) => i);
    expect(first).not.toEqual(inOrder);
    expect(second).not.toEqual(first);
    expect(first.toSorted((a, b) => a - b)).toEqual(inOrder);
    expect(second.toSorted((a, b) => a - b)).toEqual(inOrder);
  });

  it("decides the order by seed and epoch only", () => {
    const options = { batchSize: 5, shuffle: true, seed: 11 };
    const a = loader(50, options);
    const b = loader(50, { ...options, prefetch: 3, batchSize: 7 });
    expect(epoch(a).flat()).toEqual(epoch(b).flat());
    expect(epoch(a).flat()).toEqual(epoch(b).flat());
    const later = loader(50, options);
    later.state = { epoch: 2, position: 0 };
    expect(epoch(later)).toEqual(epoch(a));
    expect(epoch(loader(50, { ...options, seed: 12 }))).not.toEqual(epoch(loader(50, options)));
  });

  it("takes the seed of manualSeed when it has none", () => {
    manualSeed(11);
    const unseeded = epoch(loader(50, { shuffle: true }));
    expect(unseeded).toEqual(epoch(loader(50, { shuffle: true, seed: 11 })));
    manualSeed(12);
    expect(epoch(loader(50, { shuffle: true }))).not.toEqual(unseeded);
  });

  it("stacks samples of a dataset that makes no batches", () => {
    const { length, get } = new Counting(3);
    const stacked = new DataLoader<Numbers>({ length, get }, { batchSize: 2 });
    expect([...stacked]).toEqual([
      { x: { data: Int32Array.of(0, 1), shape: [2] } },
      { x: { data: Int32Array.of(2), shape: [1] } },
    ]);
  });

  it("gives the same in for and for await", async () => {
    const options = { batchSize: 4, shuffle: true, seed: 5, prefetch: 2 };
    const batches: number[][] = [];
    const awaited = loader(30, options);
    for await (const { x } of awaited) batches.push([...x.data]);
    expect(batches).toEqual(epoch(loader(30, options)));
    expect(awaited.state).toEqual({ epoch: 1, position: 0 });
  });

  it("serves every window of a text once", () => {
    const windows = new CharacterWindows(
      Int32Array.from({ length: 100 }, (_, i) => i),
      { window: 10 },
    );
    const seen: number[] = [];
    for (const { inputs, targets } of new DataLoader(windows, { batchSize: 8, shuffle: true, seed: 1 }))
      targets.data.forEach((target, row) => {
        expect(inputs.data[row * 10 + 9]).toBe(target - 1);
        seen.push(target);
      });
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, i) => i + 10));
  });
});

describe("a loader's state", () => {
  const options = { batchSize: 4, shuffle: true, seed: 9 };

  it("continues in the middle of an epoch with the identical batches", () => {
    for (const prefetch of [0, 3])
      for (let stop = 1; stop <= 8; stop++) {
        const whole = loader(30, options);
        const expected = [epoch(whole), epoch(whole), epoch(whole)];
        const first = loader(30, { ...options, prefetch });
        epoch(first);
        let taken = 0;
        let saved = "";
        for (const _ of first) {
          if (++taken < stop) continue;
          saved = JSON.stringify(first.state); // as a checkpoint in the loop's body does
          break;
        }
        expect(JSON.parse(saved)).toEqual({ epoch: 1, position: stop });
        const resumed = loader(30, { ...options, prefetch });
        resumed.state = JSON.parse(saved);
        expect(epoch(resumed)).toEqual(expected[1].slice(stop));
        expect(epoch(resumed)).toEqual(expected[2]);
      }
  });

  it("continues after a loop that was left early", () => {
    const left = loader(30, options);
    const taken: number[][] = [];
    for (const { x } of left) {
      taken.push([...x.data]);
      if (taken.length === 3) break;
    }
    expect([...taken, ...epoch(left)]).toEqual(epoch(loader(30, options)));
    expect(left.state).toEqual({ epoch: 1, position: 0 });
  });

  it("can be set while a loop runs, whatever was prepared before", async () => {
    const jumping = loader(30, { ...options, prefetch: 4 });
    const target = loader(30, options);
    target.state = { epoch: 5, position: 3 };
    const seen: number[][] = [];
    for await (const { x } of jumping) {
      seen.push([...x.data]);
      if (seen.length === 2) jumping.state = target.state;
    }
    expect(seen.slice(2)).toEqual(epoch(target));
    expect(jumping.state).toEqual({ epoch: 6, position: 0 });
  });

  it("refuses places that do not exist", () => {
    const set = (epoch: number, position: number) => () => {
      loader(30, options).state = { epoch, position };
    };
    expect(set(0, 9)).toThrow(ValueError);
    expect(set(0, 9)).toThrow(
      "DataLoader: state.position is 9, an epoch has 8 batches of 4; was the state saved with another batchSize or dataset?",
    );
    expect(set(0, 0.5)).toThrow("DataLoader: state.position is 0.5");
    expect(set(-1, 0)).toThrow("DataLoader: state.epoch is -1, expected a whole number from 0");
  });
});

describe("peek", () => {
  it("shows the next batch and takes nothing", () => {
    const peeking = loader(10, { batchSize: 4, shuffle: true, seed: 2, prefetch: 1 });
    const expected = epoch(loader(10, { batchSize: 4, shuffle: true, seed: 2 }));
    expect([...peeking.peek().x.data]).toEqual(expected[0]);
    expect(peeking.state).toEqual({ epoch: 0, position: 0 });
    const seen: number[][] = [];
    for (const { x } of peeking) {
      seen.push([...x.data]);
      if (seen.length < 3) expect([...peeking.peek().x.data]).toEqual(expected[seen.length]);
    }
    expect(seen).toEqual(expected);
  });

  it("shows the first batch of the next epoch at the end of one", () => {
    const ending = loader(4, { batchSize: 2, shuffle: true, seed: 2 });
    ending.state = { epoch: 0, position: 2 };
    const next = [...ending.peek().x.data];
    expect(epoch(ending)).toEqual([]);
    expect(epoch(ending)[0]).toEqual(next);
  });
});

describe("prefetch", () => {
  it("prepares the next batches at the first await, and each batch once", async () => {
    const dataset = new Counting(12);
    const ahead = new DataLoader(dataset, { batchSize: 2, prefetch: 2 });
    const made: number[] = [];
    for (const _ of ahead) {
      made.push(dataset.made);
      await Promise.resolve();
      made.push(dataset.made);
    }
    expect(made).toEqual([1, 3, 3, 4, 4, 5, 5, 6, 6, 6, 6, 6]);
  });

  it("leaves an error to the batch that has it", async () => {
    class Broken extends Counting {
      override batch(indices: Int32Array): Numbers {
        if (indices[0] === 4) throw new ValueError("sample 4 is broken");
        return super.batch(indices);
      }
    }
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const { x } of new DataLoader(new Broken(8), { batchSize: 2, prefetch: 3 }))
        seen.push(x.data[0]);
    };
    await expect(loop()).rejects.toThrow("sample 4 is broken");
    expect(seen).toEqual([0, 2]);
  });
});

describe("DataLoader refuses", () => {
  it.each([
    [0, {}, "DataLoader: the dataset is empty"],
    [
      40,
      { batchSize: 64, dropLast: true },
      "DataLoader: batchSize 64 is larger than the dataset of 40 samples, and dropLast leaves no batch; use a batchSize up to 40, or dropLast: false",
    ],
    [4, { batchSize: 2.5 }, "DataLoader: batchSize is 2.5, expected a whole number from 1"],
    [4, { prefetch: -1 }, "DataLoader: prefetch is -1, expected a whole number from 0"],
    [4, { seed: 2 ** 32 }, "DataLoader: seed is 4294967296, expected a whole number from 0 to 4294967295"],
    [4, { batchsize: 2 }, 'DataLoader: unknown option "batchsize"; did you mean "batchSize"?'],
  ])("%i samples with %j", (length, options, message) => {
    expect(() => loader(length, options as DataLoaderOptions)).toThrow(ValueError);
    expect(() => loader(length, options as DataLoaderOptions)).toThrow(message);
  });
});
