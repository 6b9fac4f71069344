import { defineConfig } from "vitest/config";

/** The engine and the domain by themselves, in Node: neither needs the platform. */
export default defineConfig({
  test: {
    include: ["test/catalogue/**/*.test.ts", "test/domain/**/*.test.ts"],
    pool: "threads",
    isolate: false,
    testTimeout: 20_000,
  },
});
