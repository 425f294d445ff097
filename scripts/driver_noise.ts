import { Transform } from "node:stream";

/** What a missing or unfit Vulkan driver makes Dawn and Mesa print, though a missing adapter is a normal case. */
const FIRST_LINES = [
  /^Warning: (Couldn't load Vulkan|Vulkan \S+ required)/,
  /^error: XDG_RUNTIME_DIR is invalid/,
];
const FOLLOWING = /^( - While |\s+at .*:\d+\)|\s*$)/;

/** Passes a process's error stream on without the drivers' remarks; the example itself says what it found. */
export function withoutDriverNoise(): Transform {
  let rest = "";
  let dropping = false;
  const keep = (line: string): boolean => {
    if (FIRST_LINES.some((pattern) => pattern.test(line))) dropping = true;
    else if (!(dropping && FOLLOWING.test(line))) dropping = false;
    return !dropping;
  };
  return new Transform({
    transform(chunk, _encoding, done) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      done(
        null,
        lines
          .filter(keep)
          .map((line) => `${line}\n`)
          .join(""),
      );
    },
    flush(done) {
      done(null, rest !== "" && keep(rest) ? rest : "");
    },
  });
}
