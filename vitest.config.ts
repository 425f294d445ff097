import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from a default export
export default defineConfig({
  test: { include: ["tests/**/*.test.ts"], testTimeout: 20_000, hookTimeout: 60_000, maxWorkers: 2 },
});
