// How a report looks.

/** The report's style sheet: light, dark, narrow, printed. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2933; --muted: #52606d; --line: #d9dee4; --page: #f6f7f9; --card: #ffffff;
  --accent: #0072b2; --good: #00704f; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --muted: #a6b0bb; --line: #3a444f; --page: #14181d; --card: #1d232a; --accent: #6fb7e0;
    --good: #5fc9a3; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 58rem; padding: 2.5rem 1.5rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header { border-bottom: 3px solid var(--accent); padding-bottom: 1rem; margin-bottom: 2rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; text-wrap: balance; }
header p { margin: .5rem 0 0; color: var(--muted); font-size: 1.05rem; }
h2 { margin: 0 0 .75rem; font-size: 1.2rem; line-height: 1.3; }
h3 { margin: 0 0 .35rem; font-size: 1rem; color: var(--muted); font-weight: 600; }
main > * { margin-bottom: 2.5rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16.5rem), 1fr)); gap: 1rem; }
.facts section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.15rem; }
.facts h2 { font-size: 1.05rem; }
dl { margin: 0; }
dl div { display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: 1rem; padding: .3rem 0;
  border-top: 1px solid var(--line); }
dt { color: var(--muted); }
dd { margin: 0 0 0 auto; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
figure { margin: 0 0 1.75rem; break-inside: avoid; }
.chart { overflow: hidden; background: #ffffff; border: 1px solid var(--line); border-radius: .5rem; }
.chart svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
figcaption { margin-top: .5rem; color: var(--muted); font-size: .92rem; }
nav ol { margin: 0; padding-left: 1.4rem; columns: 18rem auto; }
nav li { padding: .1rem 0; break-inside: avoid; }
a { color: var(--accent); }
.chapter > * { margin-top: 0; margin-bottom: 1.25rem; }
.chapter > h2 { margin-bottom: .75rem; padding-top: .5rem; border-top: 1px solid var(--line); }
.chapter > h3 { margin-bottom: .35rem; }
.chapter p { max-width: 46rem; }
.table { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .95rem; }
caption { caption-side: bottom; padding: .6rem .9rem; text-align: left; color: var(--muted); font-size: .92rem; }
th, td { padding: .4rem .9rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--muted); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
.right { text-align: right; white-space: nowrap; }
.center { text-align: center; }
.notes { padding: .9rem 1.15rem; background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--good);
  border-radius: .5rem; break-inside: avoid; }
.notes h3 { color: var(--good); }
.notes ul { margin: 0; padding-left: 1.2rem; }
.output { font: .88rem/1.2 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre;
  overflow-x: auto; overflow-wrap: normal; }
article { margin-bottom: 1.25rem; break-inside: avoid; }
pre { margin: 0; padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.sample { border-left: 4px solid var(--accent); font: 1rem/1.6 Georgia, "Times New Roman", serif; }
.command { font: .9rem/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
@media (max-width: 36rem) {
  body { padding: 1.25rem .9rem 2.5rem; }
  h1 { font-size: 1.5rem; }
  th, td { padding: .35rem .5rem; }
  table { font-size: .86rem; }
  .wide { display: none; }
  .narrow { display: block; }
}
@page { margin: 1.6cm; }
@media print {
  :root { --page: #ffffff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .facts section, h2, h3 { break-inside: avoid; break-after: avoid; }
  .facts section { break-after: auto; }
  .output { white-space: pre-wrap; }
  tr { break-inside: avoid; }
  .wide { display: block; }
  .narrow { display: none; }
}
`;
