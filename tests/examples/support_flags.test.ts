import { describe, expect, expectTypeOf, it } from "vitest";
import { FlagError, formatHelp, parseFlags, textFlags } from "../../examples/support/flags.ts";
import { editDistance, fold, nearest, orList } from "../../examples/support/nearest.ts";

const table = {
  ...textFlags,
  stride: { type: "integer", default: 1, min: 1, help: "characters between two windows" },
  "batch-size": { type: "integer", default: 64, min: 1, max: 1024, help: "windows in a batch" },
  temperature: { type: "number", min: 0, help: "how daring the text is" },
  shuffle: { type: "boolean", default: true, help: "mixing the windows" },
  cell: { type: "choice", choices: ["lstm", "gru"], default: "lstm", help: "the recurrent layer" },
  epochs: { type: "integer", default: 15, min: 1, help: "times through the text" },
} as const;
const about = { name: "npm run demo --", summary: "Shows flags.", examples: ["npm run demo -- --quick"] };
const parse = (...argv: string[]) => parseFlags(table, argv, about);

describe("parseFlags", () => {
  it("gives defaults, the table's before the common ones, with inferred types", () => {
    const flags = parse();
    expect(flags).toMatchObject({ stride: 1, batchSize: 64, shuffle: true, cell: "lstm", epochs: 15 });
    expect(flags).toMatchObject({ device: "auto", seed: 42, out: "out", quick: false, download: false });
    expect([flags.data, flags.steps, flags.temperature, flags.help]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expectTypeOf(flags.batchSize).toEqualTypeOf<number>();
    expectTypeOf(flags.epochs).toEqualTypeOf<number>();
    expectTypeOf(flags.steps).toEqualTypeOf<number | undefined>();
    expectTypeOf(flags.temperature).toEqualTypeOf<number | undefined>();
    expectTypeOf(flags.cell).toEqualTypeOf<"lstm" | "gru">();
    expectTypeOf(flags.device).toEqualTypeOf<"auto" | "webgpu" | "cpu">();
    expectTypeOf(flags.shuffle).toEqualTypeOf<boolean>();
    expectTypeOf(flags.play).toEqualTypeOf<string | undefined>();
  });

  it("reads --name value, --name=value and --no-name; the last one counts", () => {
    expect(parse("--batch-size", "32", "--temperature=0.5", "--no-shuffle", "--cell", "gru")).toMatchObject({
      batchSize: 32,
      temperature: 0.5,
      shuffle: false,
      cell: "gru",
    });
    expect(parse("--seed", "1", "--seed=2").seed).toBe(2);
    expect(parse("--data=--odd name.txt").data).toBe("--odd name.txt");
  });

  it.each([
    [["--devise", "cpu"], "unknown flag --devise; did you mean --device?"],
    [["--batchsize=3"], "unknown flag --batchsize; did you mean --batch-size?"],
    [["--no-shufle"], "unknown flag --no-shufle; did you mean --no-shuffle?"],
    [["--no-quick"], "unknown flag --no-quick; see --help"],
    [["--xyzzy"], "unknown flag --xyzzy; see --help"],
    [["--constructor"], "unknown flag --constructor; see --help"],
    [["-x"], "unknown flag -x; see --help"],
    [["file.txt"], 'unexpected argument "file.txt"; flags start with --, see --help'],
    [["--seed", "abc"], '--seed expects a whole number ≥ 0, got "abc"; leave it out for 42'],
    [["--seed", "-1"], '--seed expects a whole number ≥ 0, got "-1"; leave it out for 42'],
    [["--seed", "1.5"], '--seed expects a whole number ≥ 0, got "1.5"; leave it out for 42'],
    [["--batch-size=0"], '--batch-size expects a whole number from 1 to 1024, got "0"; leave it out for 64'],
    [["--temperature", "0,5"], '--temperature expects a number ≥ 0, got "0,5"; write 0.5'],
    [["--temperature", "Infinity"], '--temperature expects a number ≥ 0, got "Infinity"; see --help'],
    [["--device", "gpu"], '--device expects auto, webgpu or cpu, got "gpu"; did you mean webgpu?'],
    [["--device", "laser"], '--device expects auto, webgpu or cpu, got "laser"; leave it out for auto'],
    [["--data"], "--data expects a value (FILE), got nothing; see --help"],
    [["--data", "--quick"], "--data expects a value (FILE), got the flag --quick; is its value missing?"],
    [["--quick=yes"], '--quick takes no value, got "yes"; write --quick alone'],
  ])("refuses %j", (argv, message) => {
    expect(() => parse(...argv)).toThrow(new FlagError(message));
  });

  it("takes a common flag away that the table sets to null", () => {
    const without = { ...table, data: null } as const;
    expect(() => parseFlags(without, ["--data", "x"], about)).toThrow("unknown flag --data; see --help");
    const flags = parseFlags(without, ["--seed", "3"], about);
    expect([flags.seed, "data" in flags]).toEqual([3, false]);
    expectTypeOf(flags).not.toHaveProperty("data");
    expect(formatHelp(without, about)).not.toContain("--data");
  });

  it("returns the help, whatever else is on the line", () => {
    expect(parse("--devise", "--help").help).toBe(formatHelp(table, about));
    expect(parse("-h").help).toContain("Usage: npm run demo -- [flags]");
  });
});

describe("formatHelp", () => {
  it("fits in 96 columns and names every flag once, with its default", () => {
    const long = { type: "string", help: "a sentence that goes on ".repeat(8).trim() } as const;
    const help = formatHelp({ ...table, "a-flag-with-a-very-long-name": long }, about);
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(96);
    expect(help).toMatch(/--batch-size N +windows in a batch \(default: 64\)/);
    expect(help).toMatch(/--no-shuffle +switch off: mixing the windows/);
    expect(help).toMatch(/--cell NAME +the recurrent layer: lstm or gru \(default: lstm\)/);
    expect(help.match(/--epochs/g)).toHaveLength(1);
    expect(help).toContain("\nExamples\n  npm run demo -- --quick");
  });
});

describe("nearest", () => {
  it("counts a swap of neighbours as one edit", () => {
    expect(editDistance("device", "deivce")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });

  it("suggests only what is close", () => {
    expect(nearest("sede", ["seed", "steps"])).toBe("seed");
    expect(nearest("zzz", ["seed", "steps"])).toBeUndefined();
    expect(nearest("", ["a"])).toBeUndefined();
  });

  it("folds case, accents, ligatures and punctuation", () => {
    expect(fold("  L’Amour  MÉDECIN, cœur! ")).toBe("l amour medecin coeur");
    expect(orList(["a", "b", "c"])).toBe("a, b or c");
  });
});
