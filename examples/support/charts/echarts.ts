// Apache ECharts as its one ready-made file: as modules it is six hundred, which take Node and Deno seconds to load.
// The page's bundle takes examples/web/echarts.ts in its place, which holds only what is drawn.

export { init } from "echarts/dist/echarts.esm.min.mjs";
