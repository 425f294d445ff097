import { openDevice } from "./src/index.ts";
const load = async (f: string, n: string) => ((await import(`./tests/cases/${f}.ts`)) as any)[n];
const wanted = (globalThis as any).process?.argv?.slice(2) ?? [];
const table: [string, string][] = [["elementwise_kernels","elementwiseKernelCases"],["row_kernels","rowKernelCases"],["elementwise","elementwiseCases"],["reductions","reductionCases"],["softmax","softmaxCases"],["dropout","dropoutCases"],["views","viewCases"],["einsum","einsumCases"],["create","createCases"],["matmul","matmulCases"]];
const cases: any[] = [];
for (const [f, n] of table) try { cases.push(...(await load(f, n))); } catch (e) { console.log("no", f, String((e as Error).message).slice(0, 200)); }
for (const kind of ["cpu", "webgpu"] as const) {
  if (wanted.length && !wanted.includes(kind)) continue;
  const device = await openDevice(kind);
  let failed = 0; let slow = ["", 0] as [string, number];
  const t0 = performance.now();
  for (const c of cases) {
    const t = performance.now();
    try { await c.run(device); } catch (e) { failed++; console.log("FAILED", kind, c.name, "\n   ", (e as Error).message, ((e as Error).stack ?? "").split("\n").filter((l) => /src|tests/.test(l)).slice(0, 2).join("\n")); }
    const d = performance.now() - t; if (d > slow[1]) slow = [c.name, d];
  }
  console.log(kind, device.description, cases.length - failed, "passed", failed, "failed", Math.round(performance.now() - t0), "ms; slowest", slow);
  device.dispose();
}
