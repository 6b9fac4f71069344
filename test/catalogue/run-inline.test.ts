import { describe, expect, it } from "vitest";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { runInline } from "../../src/catalogue/run/run-inline";

describe("runInline", () => {
  it("answers with text whatever the catalogue is encoded in", async () => {
    const file = "sku,título,preço,estoque\n1,ação  total,2.50,3\n";
    const text = Uint8Array.from(file, (character) => character.charCodeAt(0));
    const [shipped] = SHIPPED_PROFILES.values();
    if (!shipped) throw new Error("No profile is shipped.");
    const profile = compileProfile(shipped);
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
