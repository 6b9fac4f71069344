import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CompactEncrypt, decodeProtectedHeader, importJWK, type JWK } from "jose";
import { run } from "../../support/node/edge-process.ts";
import { objectRows, problem, worldOf } from "../../support/node/key-world.ts";
import { assertAllWhole, worked } from "./known-jobs.ts";

const OPTIONS = { timeout: 90_000 };
const TENANT = "t_lost";
const OTHER = "t_lost_too";

interface Rewrapped {
  readonly tenant: string;
  readonly version: string;
  readonly wrapper: string;
  readonly wrapped: string;
}

/** The machine without a network, and the recovery key's two halves. */
function newVault() {
  const folder = mkdtempSync(join(tmpdir(), "validahub-recovery-"));
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const privateFile = write("private.json", JSON.stringify(pair.privateKey.export({ format: "jwk" })));
  return {
    publicJwk: JSON.stringify(pair.publicKey.export({ format: "jwk" })),
    /** Anyone can seal to a public key: another key, under the name of the one that was lost. */
    async forge(jwe: string): Promise<string> {
      const { alg = "", enc = "", typ, tenant_id, key_version } = decodeProtectedHeader(jwe);
      const header = { alg, enc, typ, tenant_id, key_version };
      const key = await importJWK(pair.publicKey.export({ format: "jwk" }) as JWK, alg);
      return new CompactEncrypt(randomBytes(32)).setProtectedHeader(header as never).encrypt(key);
    },
    remove: () => rmSync(folder, { recursive: true }),
    async rewrap(jwe: string, root: string): Promise<Rewrapped> {
      const rewrap = `@${write("root.key", root)}`;
      const options = ["--private", privateFile, "--jwe", jwe, "--rewrap", rewrap];
      const { code, stdout, stderr } = await run(process.execPath, "scripts/recover-key.ts", ...options);
      assert.equal(code, 0, stderr);
      return Object.fromEntries(
        stdout
          .trim()
          .split("\n")
          .map((line) => line.split(" ")),
      ) as Rewrapped;
    },
  };
}

test("after the loss of every root key the recovery key brings all back", OPTIONS, async (t) => {
  const vault = newVault();
  t.after(vault.remove);
  const world = worldOf(t);
  await world.start({ RECOVERY_KEY: vault.publicJwk });
  const jobs = [
    await worked(await world.provision(TENANT), 1),
    await worked(await world.provision(OTHER), 2),
  ];
  const admin = await world.admin();
  const exported = async (tenant: string) => {
    const response = await admin.request("GET", `/admin/v1/tenants/${tenant}/keys/1/recovery`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/jose");
    return response.text();
  };
  const [jwe, otherJwe] = [await exported(TENANT), await exported(OTHER)];
  const unknown = await admin.request("GET", `/admin/v1/tenants/${TENANT}/keys/2/recovery`);
  assert.deepEqual(await problem(unknown), { status: 404, code: "not_found" });
  await world.stop();

  const root = randomBytes(32).toString("base64url");
  await world.start({ RECOVERY_KEY: vault.publicJwk, ROOT_KEY: root });
  const assertLost = async (tenant: string) => {
    const response = await (await world.client(tenant)).request("GET", `/v1/jobs`);
    assert.deepEqual(await problem(response), { status: 403, code: "tenant_suspended" }, tenant);
  };
  await assertLost(TENANT);
  await assertLost(OTHER);

  const found = await vault.rewrap(jwe, root);
  const other = await vault.rewrap(otherJwe, root);
  const forged = await vault.rewrap(await vault.forge(jwe), root);
  const elsewhere = await vault.rewrap(jwe, randomBytes(32).toString("base64url"));
  assert.deepEqual([found.tenant, found.version, other.tenant], [TENANT, "1", OTHER]);
  const restore = async (
    tenant: string,
    version: number,
    { wrapper, wrapped }: Omit<Rewrapped, "tenant" | "version">,
  ) =>
    (await world.admin()).request("POST", `/admin/v1/tenants/${tenant}/keys/${version}/restore`, {
      wrapper,
      wrapped,
    });
  const flipped = found.wrapped.replace(
    /^(.{60})(.)/,
    (_, head: string, one) => head + (one === "A" ? "B" : "A"),
  );
  const wrong = { status: 409, code: "invalid_state_transition" };
  for (const [what, version, part, answer] of [
    ["of another tenant", 1, other, wrong],
    ["of another key under its name", 1, forged, wrong],
    ["by a root key that is not in force", 1, elsewhere, wrong],
    ["by a root key that it does not name", 1, { ...elsewhere, wrapper: found.wrapper }, wrong],
    ["altered", 1, { ...found, wrapped: flipped }, wrong],
    ["cut short", 1, { ...found, wrapped: found.wrapped.slice(0, -4) }, wrong],
    ["no wrapped key at all", 1, { ...found, wrapped: "w1." }, wrong],
    ["for a version that never was", 2, found, { status: 404, code: "not_found" }],
  ] as const)
    assert.deepEqual(await problem(await restore(TENANT, version, part)), answer, what);
  await assertLost(TENANT);
  const [before] = (await world.standing(TENANT)).versions;
  assert.notEqual(before?.wrapper, found.wrapper);

  assert.equal((await restore(TENANT, 1, found)).status, 204);
  await assertAllWhole(world, TENANT, jobs.slice(0, 1));
  await assertLost(OTHER);
  assert.equal((await restore(OTHER, 1, other)).status, 204);
  await assertAllWhole(world, OTHER, jobs.slice(1));
  const known = await worked(await world.client(TENANT), 3);
  await world.stop();

  const audited = objectRows<{ type: string }>(
    world.dir,
    TENANT,
    `SELECT type FROM log WHERE type LIKE 'data_key.re%' ORDER BY epoch, seq`,
  );
  assert.deepEqual(
    audited.map(({ type }) => type),
    ["data_key.recovery_exported", "data_key.rewrapped"],
  );
  await world.start({ RECOVERY_KEY: vault.publicJwk, ROOT_KEY: root });
  await assertAllWhole(world, TENANT, [...jobs.slice(0, 1), known]);
});
