import { describe, it } from "vitest";
import { compareSoups } from "../catalogue/soups";

describe("the engine, papaparse and csv-parse", () => {
  it.each(Array.from({ length: 20 }, (_, part) => part))(
    "read 5,000 soups as they were written (%i of 20)",
    async (part) => {
      await compareSoups(5_000, 1_000 + part);
    },
    120_000,
  );
});
