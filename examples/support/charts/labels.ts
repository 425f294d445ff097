// Places for the labels of points, so that each can be read.

import { textPixels } from "./theme.ts";

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where a label goes: its middle, in pixels, and where a line to its point ends when it is not beside it. */
export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  readonly leader?: { readonly x: number; readonly y: number };
}

/** Directions tried, best first: right, left, above, below, the diagonals. */
const DIRECTIONS = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
] as const;
const DISTANCES = [0, 6, 14, 24, 36, 50, 66, 84];
const ROUNDS = 6;

/**
 * Places labels beside their points such that they stay inside the plot and cover neither each other nor a
 * point, as far as there is room: each takes the cheapest of 64 places, given the others, a few times over.
 */
export function placeLabels(
  points: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  plot: Box,
  options: { fontSize?: number; radius?: number } = {},
): LabelPlace[] {
  const { fontSize = 12, radius = 6 } = options;
  const sizes = points.map(({ text }) => [textPixels(text, fontSize) + 4, fontSize * 1.2]);
  const dots = points.map(({ x, y }) => around(x, y, 2 * radius, 2 * radius));
  const candidates = points.map(({ x, y }, i) => {
    const [width, height] = sizes[i];
    return DISTANCES.flatMap((distance, step) =>
      DIRECTIONS.map(([dx, dy], rank) => {
        const sideways = dx === 0 ? 0 : radius + 2 + width / 2 + distance * (dy === 0 ? 1 : 0.7);
        const upright =
          dy === 0 ? 0 : (dx === 0 ? radius + 1 : 0) + height / 2 + distance * (dx === 0 ? 1 : 0.7);
        const center = { x: x + dx * sideways, y: y + dy * upright };
        const box = around(center.x, center.y, width, height);
        const out =
          Math.max(0, plot.left - box.left) +
          Math.max(0, box.right - plot.right) +
          Math.max(0, plot.top - box.top) +
          Math.max(0, box.bottom - plot.bottom);
        const onDots = dots.reduce((sum, dot, k) => sum + (k === i ? 0 : overlap(box, dot)), 0);
        const leader =
          distance > 6 ? { x: clamp(x, box.left, box.right), y: clamp(y, box.top, box.bottom) } : undefined;
        const own = { box, point: { x, y }, leader };
        const through = dots.filter((dot, k) => k !== i && runsThrough(own, dot)).length;
        return {
          ...center,
          ...own,
          // An overlap of a few pixels costs more than the longest way.
          cost: 1000 * out + 20 * onDots + 40 * through + rank + 3 * step * step,
        };
      }),
    );
  });
  const chosen = candidates.map((places) => places[0]);
  // Those in a crowd choose first.
  const crowd = points.map(({ x, y }) =>
    points.reduce((sum, other) => sum + 1 / (20 + Math.hypot(x - other.x, y - other.y)), 0),
  );
  const order = points.map((_, i) => i).sort((a, b) => crowd[b] - crowd[a]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const i of order) {
      let least = Number.POSITIVE_INFINITY;
      for (const place of candidates[i]) {
        let cost = place.cost;
        for (let k = 0; k < chosen.length && cost < least; k++)
          if (k !== i) cost += 20 * overlap(place.box, chosen[k].box) + crossings(place, chosen[k]);
        if (cost < least) [least, chosen[i]] = [cost, place];
      }
    }
  }
  return chosen.map(({ x, y, leader }) => ({ x, y, leader }));
}

function around(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
}

interface Candidate {
  readonly box: Box;
  readonly point: { readonly x: number; readonly y: number };
  readonly leader?: { readonly x: number; readonly y: number };
}

/** What it costs when one label's line runs through the other's text. */
function crossings(a: Candidate, b: Candidate): number {
  return (runsThrough(a, b.box) ? 150 : 0) + (runsThrough(b, a.box) ? 150 : 0);
}

function runsThrough({ point, leader }: Candidate, box: Box): boolean {
  if (leader === undefined) return false;
  for (let share = 0; share <= 1; share += 0.1) {
    const x = point.x + share * (leader.x - point.x);
    const y = point.y + share * (leader.y - point.y);
    if (x > box.left && x < box.right && y > box.top && y < box.bottom) return true;
  }
  return false;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** The area that two boxes share. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
