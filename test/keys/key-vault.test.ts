import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { R2KeyVault } from "../../src/keys/key-vault";
import { freshTenantId } from "../support/tenants";

const vault = new R2KeyVault(env.KEYS);
const hex = (half: Uint8Array | string | null) =>
  typeof half === "string" ? half : Buffer.from(half ?? []).toString("hex");
const context = (version = 1) => ({ tenantId: freshTenantId(), version });

describe("the vault", () => {
  it("makes the half of a number once: whoever comes later takes another number", async () => {
    const place = context();
    const made = await Promise.all([1, 2, 3, 4].map(() => vault.create(place)));
    const [half, ...more] = made.filter((each) => each !== "taken");
    expect([half?.length, more]).toEqual([32, []]);
    expect(await vault.create(place)).toBe("taken");
    expect(hex(await vault.read(place))).toBe(hex(half ?? null));
    const { tenantId } = place;
    expect(await vault.create({ tenantId, version: 2 })).toHaveLength(32);
  });

  it("destroys one version for good, and no other", async () => {
    const place = context();
    const other = { ...place, version: 2 };
    await vault.create(place);
    const kept = await vault.create(other);
    await vault.destroy(place);
    await vault.destroy(place);
    expect(await vault.read(place)).toBeNull();
    expect(hex(await vault.read(other))).toBe(hex(kept));
  });

  it("shreds a tenant, makes none for it again, and leaves one whose id begins alike", async () => {
    const place = context();
    const alike = { tenantId: `${place.tenantId}_2` as typeof place.tenantId, version: 1 };
    const kept = await vault.create(alike);
    for (const version of [1, 2, 3]) await vault.create({ ...place, version });
    await vault.shred(place.tenantId);
    await vault.shred(place.tenantId);
    for (const version of [1, 2, 3, 4]) {
      expect(await vault.read({ ...place, version })).toBeNull();
      expect(await vault.create({ ...place, version })).toBe("shredded");
      expect(await vault.read({ ...place, version })).toBeNull();
    }
    expect(hex(await vault.read(alike))).toBe(hex(kept));
  });
});
