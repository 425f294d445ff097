import type { DeviceCase } from "./case.ts";
import { matmulCases } from "./matmul.ts";

export type { DeviceCase } from "./case.ts";

/** Every device case, in the order in which the runtimes run them. */
export const cases: readonly DeviceCase[] = [...matmulCases];
