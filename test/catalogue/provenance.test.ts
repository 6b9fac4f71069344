import { expect, it } from "vitest";
import { provenanceOf, provenanceWarnings } from "../../src/catalogue/profile/provenance";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const RULES = [
  { id: "fresh", source: "https://a.example", checked_on: "2026-05-28" },
  { id: "old", source: "https://a.example", checked_on: "2026-05-27" },
  { id: "undated", source: "a letter" },
  { id: "blank", source: "  ", checked_on: "2026-11-24" },
  { id: "own" },
];

it("counts what has a source, and names what was checked more than 180 days ago", () => {
  expect(provenanceOf(RULES, NOW)).toEqual({
    rules: 5,
    with_source: 3,
    oldest_checked_on: "2026-05-27",
    stale: [{ id: "old", checked_on: "2026-05-27", days: 181 }],
  });
  expect(provenanceOf([], NOW)).toEqual({ rules: 0, with_source: 0, oldest_checked_on: null, stale: [] });
});

it("warns of what is stale and of a source without a date", () => {
  expect(provenanceWarnings(RULES, NOW).map(({ path }) => path)).toEqual(["/rules/1/checked_on", "/rules/2"]);
});
