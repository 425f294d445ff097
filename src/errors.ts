/** Base class of every error that wgrad throws on purpose. */
export class WgradError extends Error {
  override name = "WgradError";
}

/** Shapes, ranks or dtypes that do not fit an operation. */
export class ShapeError extends WgradError {
  override name = "ShapeError";
}

/** A value outside what an operation takes: an id beyond a table, an unknown option, an empty text. */
export class ValueError extends WgradError {
  override name = "ValueError";
}

/** No device, a lost device, or a kernel that the device refused. */
export class DeviceError extends WgradError {
  override name = "DeviceError";
}

/** A tensor whose memory was already given back. */
export class FreedTensorError extends WgradError {
  override name = "FreedTensorError";
}

/** Verify mode found a kernel that differs from its CPU twin. */
export class VerifyError extends WgradError {
  override name = "VerifyError";
}

/** A file that is not what it should be: truncated, of another model, in another encoding. */
export class FileFormatError extends WgradError {
  override name = "FileFormatError";
}

/** The name among `names` nearest to `name` by edit distance, or undefined when none is close. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    previous = row;
  }
  return previous[b.length];
}

/** Throws when `options` has a key that is not in `known`, with the nearest name. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    throw new ValueError(
      `${where}: unknown option "${key}"${near ? `; did you mean "${near}"?` : `; known: ${known.join(", ")}`}`,
    );
  }
}
