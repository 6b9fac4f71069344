import { defineConfig } from "vitest/config";

export const PURE = ["test/catalogue/**/*.test.ts", "test/domain/**/*.test.ts"];

/** The engine and the domain need no platform: Node runs them, in threads that share their modules. */
export default defineConfig({
  test: { name: "pure", include: PURE, pool: "threads", isolate: false, testTimeout: 20_000 },
});
