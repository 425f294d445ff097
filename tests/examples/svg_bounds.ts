/** Reads an SVG of `renderSvg` as numbers: where every path and text lies, after its transformation. */
import { textPixels } from "../../examples/support/charts/theme.ts";

type Point = [x: number, y: number];

/** What is drawn, and the corners of where. */
export interface Drawn {
  readonly what: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The texts of an SVG, in order. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);
}

/** The SVG's size, and the boxes of its paths and texts (a text's width is estimated); throws on what is no number. */
export function readSvg(svg: string): { width: number; height: number; paths: Drawn[]; texts: Drawn[] } {
  const [, width, height] = /^<svg width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const seen = svg.replace(/<defs\s*>[\s\S]*?<\/defs>/g, "");
  const paths = [...seen.matchAll(/<path ([^>]*)\/>/g)].map(([, attributes]) => {
    const d = attribute(attributes, "d") ?? "";
    return box(d.slice(0, 60), pathPoints(d), attributes);
  });
  const texts = [...seen.matchAll(/<text ([^>]*)>([^<]*)</g)].map(([, attributes, text]) => {
    const size = Number(/font-size:([\d.]+)px/.exec(attributes)?.[1] ?? 12);
    const wide = textPixels(text, size);
    const x = Number(attribute(attributes, "x") ?? 0);
    const y = Number(attribute(attributes, "y") ?? 0);
    const anchor = attribute(attributes, "text-anchor");
    const left = x - (anchor === "middle" ? wide / 2 : anchor === "end" ? wide : 0);
    // Half of the height above and below the middle line; a letter without ascent takes less.
    const corners: Point[] = [
      [left, y - size / 2],
      [left + wide, y + size / 2],
    ];
    return box(text, corners, attributes);
  });
  return { width: Number(width), height: Number(height), paths, texts };
}

/** The pairs of boxes that share more than a few pixels. */
export function overlaps(boxes: readonly Drawn[], slack = 1): string[] {
  return boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      return wide > slack && high > slack ? [`${a.what} | ${b.what}`] : [];
    }),
  );
}

function attribute(attributes: string, name: string): string | undefined {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
}

function box(what: string, points: readonly Point[], attributes: string): Drawn {
  const move = transformation(attribute(attributes, "transform") ?? "");
  const corners =
    points.length === 2
      ? [points[0], points[1], [points[0][0], points[1][1]], [points[1][0], points[0][1]]]
      : points;
  const moved = (corners as Point[]).map(move);
  const xs = moved.map(([x]) => x);
  const ys = moved.map(([, y]) => y);
  const drawn = {
    what,
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  };
  for (const edge of [drawn.left, drawn.top, drawn.right, drawn.bottom])
    if (!Number.isFinite(edge)) throw new Error(`${what} lies at ${edge}: ${attributes}`);
  return drawn;
}

/** `translate(…) rotate(…) scale(…) matrix(…)` as a function; the last one written is applied first. */
function transformation(text: string): (point: Point) => Point {
  const steps = [...text.matchAll(/(\w+)\(([^)]*)\)/g)].map(([, name, list]) => {
    const v = list.split(/[\s,]+/).map(Number);
    if (name === "translate") return ([x, y]: Point): Point => [x + v[0], y + (v[1] ?? 0)];
    if (name === "scale") return ([x, y]: Point): Point => [x * v[0], y * (v[1] ?? v[0])];
    if (name === "matrix")
      return ([x, y]: Point): Point => [v[0] * x + v[2] * y + v[4], v[1] * x + v[3] * y + v[5]];
    if (name === "rotate") {
      const [cos, sin] = [Math.cos((v[0] * Math.PI) / 180), Math.sin((v[0] * Math.PI) / 180)];
      const [cx, cy] = [v[1] ?? 0, v[2] ?? 0];
      return ([x, y]: Point): Point => [
        cos * (x - cx) - sin * (y - cy) + cx,
        sin * (x - cx) + cos * (y - cy) + cy,
      ];
    }
    throw new Error(`transform ${name} is not read`);
  });
  return (point) => steps.reduceRight((at, step) => step(at), point);
}

/** How many numbers each command of a path takes. */
const TAKES: Readonly<Record<string, number>> = {
  m: 2,
  l: 2,
  h: 1,
  v: 1,
  c: 6,
  s: 4,
  q: 4,
  t: 2,
  a: 7,
  z: 0,
};

/** The ends of a path's pieces (and the control points of its curves). */
function pathPoints(d: string): Point[] {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  let start: Point = [0, 0];
  for (const [, command, list] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const lower = command.toLowerCase();
    const takes = TAKES[lower];
    if (takes === undefined) throw new Error(`path command ${command} in ${d.slice(0, 80)}`);
    const values = list.match(/-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/g)?.map(Number) ?? [];
    if (takes > 0 && (values.length === 0 || values.length % takes !== 0))
      throw new Error(`path command ${command}${list} has ${values.length} numbers, in ${d.slice(0, 80)}`);
    const relative = command === lower;
    if (lower === "z") [x, y] = start;
    for (let i = 0; i < values.length; i += Math.max(1, takes)) {
      const part = values.slice(i, i + takes);
      const [fromX, fromY] = relative ? [x, y] : [0, 0];
      if (lower === "h") x = fromX + part[0];
      else if (lower === "v") y = fromY + part[0];
      else {
        // Control points of curves lie outside at most a little; an arc's radii and flags are no points.
        const pairs = lower === "a" ? part.slice(5) : part;
        for (let k = 0; k < pairs.length; k += 2) points.push([fromX + pairs[k], fromY + pairs[k + 1]]);
        [x, y] = points[points.length - 1];
      }
      points.push([x, y]);
      if (lower === "m" && i === 0) start = [x, y];
    }
  }
  return points;
}
