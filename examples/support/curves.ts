// Curves for charts: smoothing a noisy one, thinning a long one.

/** One curve. Points whose y is not finite are left out. */
export interface ChartSeries {
  readonly name: string;
  /** Ascending; 1, 2, 3 … when left out. */
  readonly x?: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Drawn thin and pale, in the colour of the next series that is not faint. */
  readonly faint?: boolean;
}

/**
 * Exponential moving average, corrected for its start (as Adam corrects its moments), so that the first
 * value is not dragged to zero. `span` is roughly how many values are averaged. Not-finite values are skipped.
 */
export function smooth(values: ArrayLike<number>, span: number): Float64Array {
  const keep = Math.max(0, 1 - 2 / (Math.max(1, span) + 1));
  const result = new Float64Array(values.length);
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) {
      sum = keep * sum + (1 - keep) * values[i];
      weight = keep * weight + (1 - keep);
    }
    result[i] = weight > 0 ? sum / weight : Number.NaN;
  }
  return result;
}

/** A noisy curve twice: as it is, faint, and smoothed (over 1 % of it unless `span` is given). */
export function rawAndSmoothed(curve: {
  readonly name: string;
  readonly x?: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly span?: number;
}): ChartSeries[] {
  const { name, x, y, span = Math.max(5, y.length / 100) } = curve;
  return [
    { name, x, y, faint: true },
    { name: `${name}, moyenne glissante`, x, y: smooth(y, span) },
  ];
}

/**
 * At most `count` points that keep a curve's looks: of each stretch, the point that spans the largest triangle
 * with the point kept before it and the mean of the next stretch.
 * Source: Steinarsson 2013, "Downsampling Time Series for Visual Representation" (LTTB).
 */
export function decimate(
  x: ArrayLike<number> | undefined,
  y: ArrayLike<number>,
  count: number,
): [number, number][] {
  const points: [number, number][] = [];
  for (let i = 0; i < y.length; i++) if (Number.isFinite(y[i])) points.push([x ? x[i] : i + 1, y[i]]);
  if (points.length <= count || count < 3) return points.slice(0, Math.max(count, 0));
  const stretch = (points.length - 2) / (count - 2);
  const border = (k: number) => Math.min(points.length - 1, 1 + Math.floor(k * stretch));
  const kept = [points[0]];
  for (let k = 0; k < count - 2; k++) {
    const [start, end] = [border(k), border(k + 1)];
    const next = points.slice(end, Math.max(end + 1, border(k + 2)));
    const meanX = next.reduce((sum, point) => sum + point[0], 0) / next.length;
    const meanY = next.reduce((sum, point) => sum + point[1], 0) / next.length;
    const [lastX, lastY] = kept[kept.length - 1];
    let best = points[start];
    let bestArea = -1;
    for (let i = start; i < end; i++) {
      const area = Math.abs(
        (lastX - meanX) * (points[i][1] - lastY) - (lastX - points[i][0]) * (meanY - lastY),
      );
      if (area > bestArea) [best, bestArea] = [points[i], area];
    }
    kept.push(best);
  }
  kept.push(points[points.length - 1]);
  return kept;
}
