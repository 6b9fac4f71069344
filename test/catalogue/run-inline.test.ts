import { describe, expect, it } from "vitest";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { DEFAULT_PROFILE } from "../../src/catalogue/profiles/default";
import { runInline } from "../../src/catalogue/run/run-inline";

describe("runInline", () => {
  it("answers with text whatever the catalogue is encoded in", async () => {
    const file = "sku,título,preço,estoque\n1,ação  total,2.50,3\n";
    const text = Uint8Array.from(file, (character) => character.charCodeAt(0));
    const profile = compileProfile(DEFAULT_PROFILE);
    const outcome = await runInline({ text, profile, mode: "correct", findingsMax: 10 });
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        summary: { reading: { encoding: "windows-1252" } },
        output: file.replace("ação  total", "ação total"),
      },
    });
  });
});
