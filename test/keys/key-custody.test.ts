import { randomBytes } from "node:crypto";
import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { recover } from "../../src/keys/escrow";
import { KeyCustody, type KeptKey } from "../../src/keys/key-custody";
import { R2KeyVault, type KeyVault } from "../../src/keys/key-vault";
import { RootKeyWrapper } from "../../src/keys/root-key-wrapper";
import { Wrappers } from "../../src/keys/wrappers";
import { freshTenantId } from "../support/tenants";

const root = () => new RootKeyWrapper(randomBytes(32));
const vault = new R2KeyVault(env.KEYS);
const custodyOf = (wrappers: Wrappers, by: KeyVault = vault) =>
  new KeyCustody(wrappers, by, async () => null);
const down: KeyVault = {
  create: () => Promise.reject(new Error("down")),
  read: () => Promise.reject(new Error("down")),
  destroy: () => Promise.reject(new Error("down")),
  shred: () => Promise.reject(new Error("down")),
};

async function made(custody: KeyCustody, version = 1) {
  const context = { tenantId: freshTenantId(), version };
  const outcome = await custody.make(context);
  if (!outcome.ok) throw new Error(outcome.error);
  return { context, ...outcome.value };
}

describe("a tenant's key", () => {
  it("opens as it was made, and as nothing else", async () => {
    const custody = custodyOf(new Wrappers([root()]));
    const { context, kept, key } = await made(custody);
    expect(await custody.open(context, kept)).toEqual({ ok: true, value: key });
    const other = await made(custody);
    const refused = { ok: false, error: "refused" };
    expect(await custody.open({ ...context, version: 2 }, kept)).toEqual({ ok: false, error: "destroyed" });
    expect(await custody.open(other.context, kept)).toEqual(refused);
    expect(await custody.open(context, { ...kept, wrapped: other.kept.wrapped })).toEqual(refused);
    expect(await custody.open(context, { ...kept, commitment: other.kept.commitment })).toEqual(refused);
  });

  it("needs both halves: the root key alone opens nothing once the vault's is destroyed", async () => {
    const custody = custodyOf(new Wrappers([root()]));
    const { context, kept } = await made(custody);
    expect(await custody.destroy(context)).toBe(true);
    expect(await custody.open(context, kept)).toEqual({ ok: false, error: "destroyed" });
    // Another half in its place makes another key, which the commitment tells.
    await vault.create(context);
    expect(await custody.open(context, kept)).toEqual({ ok: false, error: "refused" });
  });

  it("is unavailable, not refused, while the vault is out of reach", async () => {
    const wrappers = new Wrappers([root()]);
    const { context, kept } = await made(custodyOf(wrappers));
    const cut = custodyOf(wrappers, down);
    const unavailable = { ok: false, error: "unavailable" };
    expect(await cut.open(context, kept)).toEqual(unavailable);
    expect(await cut.make(context)).toEqual(unavailable);
    expect([await cut.destroy(context), await cut.shred(context.tenantId)]).toEqual([false, false]);
  });

  it("stays the same key when somebody else wraps it", async () => {
    const [former, next] = [root(), root()];
    const { context, kept, key } = await made(custodyOf(new Wrappers([former])));
    const anew = await custodyOf(new Wrappers([next, former])).rewrap(context, kept);
    const value: KeptKey | null = anew.ok ? anew.value : null;
    expect(value?.wrapped.wrapperId).toBe(next.id);
    const alone = custodyOf(new Wrappers([next]));
    expect(value && (await alone.open(context, value))).toEqual({ ok: true, value: key });
    expect(await alone.open(context, kept)).toEqual({ ok: false, error: "refused" });
  });

  it("is in escrow by the wrapped half alone: who recovers it still needs the vault's", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ECDH-ES+A256KW", {
      crv: "P-256",
      extractable: true,
    });
    const jwk = await exportJWK(publicKey);
    const former = root();
    const custody = new KeyCustody(new Wrappers([former]), vault, async () => jwk);
    const { context, kept, key } = await made(custody);
    const recovered = await recover(await exportJWK(privateKey), kept.recovery ?? "");
    if (!recovered.ok) throw new Error("It was not recovered.");
    expect(recovered.value).toMatchObject(context);
    expect(Buffer.from(recovered.value.key).equals(Buffer.from(key))).toBe(false);
    const next = new Wrappers([root()]);
    const wrapped = await next.wrap(context, recovered.value.key);
    if (!wrapped.ok) throw new Error("It was not wrapped.");
    const restored = { ...kept, wrapped: wrapped.value };
    expect(await custodyOf(next).open(context, restored)).toEqual({ ok: true, value: key });
    await custody.destroy(context);
    expect(await custodyOf(next).open(context, restored)).toEqual({ ok: false, error: "destroyed" });
  });

  it("held by a customer is in nobody's escrow, and the platform opens what it has wrapped itself", async () => {
    const [platform, customer] = [root(), root()];
    const jwk = await exportJWK((await generateKeyPair("ECDH-ES+A256KW", { extractable: true })).publicKey);
    const custody = new KeyCustody(new Wrappers([platform]), vault, async () => jwk);
    const own = await made(custody);
    const held = custody.heldBy(customer);
    const theirs = await made(held);
    expect([own.kept.recovery === null, theirs.kept.recovery]).toEqual([false, null]);
    expect(theirs.kept.wrapped.wrapperId).toBe(customer.id);
    expect(await custody.open(theirs.context, theirs.kept)).toEqual({ ok: false, error: "refused" });
    expect((await held.open(own.context, own.kept)).ok).toBe(true);
    const after = custody.formerlyHeldBy(customer);
    expect(after.wrapperId).toBe(platform.id);
    expect((await after.open(theirs.context, theirs.kept)).ok).toBe(true);
  });

  it("seals a text of the tenant's for its place alone", async () => {
    const custody = custodyOf(new Wrappers([root()]));
    const place = { tenantId: freshTenantId(), table: "t", column: "c", row: "r" };
    const sealed = await custody.sealText(place, "settings");
    if (!sealed.ok) throw new Error("refused");
    expect(JSON.stringify(sealed.value)).not.toContain("settings");
    expect(await custody.openText(place, sealed.value)).toEqual({ ok: true, value: "settings" });
    for (const other of [
      { ...place, row: "x" },
      { ...place, tenantId: freshTenantId() },
    ])
      expect((await custody.openText(other, sealed.value)).ok).toBe(false);
  });
});
