/** The page's colours for what is drawn in it. */
import { type ChartColors, DARK_PALETTE } from "../support/charts/colors.ts";

/** A colour of the page by its CSS property. */
export function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function pageColors(): ChartColors {
  const [ink, muted, grid, line] = ["--ink", "--muted", "--grid", "--line"].map(css);
  const palette = matchMedia("(prefers-color-scheme: dark)").matches ? DARK_PALETTE : undefined;
  return { ink, muted, grid, line, ground: "transparent", palette };
}
