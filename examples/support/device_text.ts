import type { DeviceChoice } from "../../src/index.ts";

const REASONS: Readonly<Record<DeviceChoice, string>> = {
  asked: "choisi dans les réglages",
  gpu: "choisi parce qu'une carte graphique répond",
  software: "choisi parce qu'un pilote logiciel rapide répond",
  "only-swiftshader": "choisi parce que seul SwiftShader répond, et que le processeur le dépasse",
  "no-adapter": "choisi parce qu'aucun adaptateur WebGPU ne répond",
};

/** Why this device computes, in French. */
export function whyThisDevice(choice: DeviceChoice): string {
  return REASONS[choice];
}
