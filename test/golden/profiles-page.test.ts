import { expect, it } from "vitest";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { profilesPage } from "./profiles-page";

const PAGES = import.meta.glob<string>("../../docs/profiles.md", {
  query: "?raw",
  import: "default",
  eager: true,
});

it("docs/profiles.md tells of the shipped profiles as they are", () => {
  const text = profilesPage(SHIPPED_PROFILES.values());
  expect(Object.values(PAGES), `docs/profiles.md is not as the profiles are. Its text is:\n${text}`).toEqual([
    text,
  ]);
});
