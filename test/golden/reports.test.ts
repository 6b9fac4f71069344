import { describe, expect, it } from "vitest";
import { ENGINE_VERSION } from "../../src/catalogue/engine-version";
import { reportSample } from "./report-sample";

const FILES = import.meta.glob<string>("./reports/*", { query: "?raw", import: "default", eager: true });

const TAGS =
  "a b bdi body caption code col colgroup dd div dl dt h1 h2 h3 head header html main meta p rect section small span " +
  "style svg table tbody td th thead title tr";

/** What is stored is compared by its version: whoever sees this fail raises ENGINE_VERSION and looks at what came out. */
function expectStored(name: string, text: string): void {
  const file = `./reports/${name}`;
  const help =
    `test/golden/${file.slice(2)} is not what the engine makes of the sample. A change of what reports say needs ` +
    `another ENGINE_VERSION (now ${ENGINE_VERSION}); the text is then:\n${text}`;
  expect(FILES[file], help).toBe(text);
}

describe("the report of a hostile catalogue", () => {
  it("is the same bytes under the same engine version, however the catalogue arrives", async () => {
    const { ndjson } = await reportSample(1e6);
    expectStored(`nasty-${ENGINE_VERSION}.ndjson`, ndjson);
    for (const size of [1, 3, 64]) expect((await reportSample(size)).ndjson).toBe(ndjson);
  });

  it("is rendered as CSV, for Excel and as a page", async () => {
    const { csv, excel, html } = await reportSample(7);
    expectStored("nasty.csv", csv);
    expectStored("nasty-excel.csv", excel);
    expectStored("nasty.html", html);
  });

  it("is a page without a tag, an attribute or a link that a value has made", async () => {
    const { html, htmlEn } = await reportSample(1e6);
    for (const page of [html, htmlEn]) {
      expect(page).not.toMatch(/<script|<img|<b>t|onmouseover="|javascript:alert\(1\)"/);
      expect(page).not.toContain("\u202E");
      expect(page).not.toContain("\u0000");
      const names = new Set([...page.matchAll(/<([a-z0-9]+)/gi)].map(([, name]) => name));
      expect([...names].sort().join(" ")).toBe(TAGS);
      expect([...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
        "https://example.com/rules?a=1&#38;b=&#34;2&#34;",
      ]);
      expect(page).not.toMatch(/<[^>]*\s(?:src|on\w+)=|url\(|@import|http-equiv="refresh"/);
    }
    expect(html).toContain("O &#60;b&#62;título&#60;/b&#62; tem marcação.");
    expect(htmlEn).toContain("The title holds markup.");
    expect(html).toContain("[U+202E]&#60;gnp.exe[U+0000][U+0007]");
  });
});
