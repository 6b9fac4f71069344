import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import type { Api } from "../../../scripts/client/api.ts";
import { until } from "../../support/node/edge-process.ts";
import {
  filesOf,
  inDatabases,
  type KeyWorld,
  objectRows,
  rows,
  sha256,
} from "../../support/node/key-world.ts";

const WITHIN_MS = 20_000;
const REASON = "O cliente pediu a eliminação";
const VAULT = "validahub-keys";

export interface Shred {
  readonly id: string;
  readonly status: "erasing" | "erased" | "complete";
  readonly destroyed_keys: readonly { readonly version: number; readonly commitment: string }[];
  readonly log: { readonly epoch: number; readonly seq: number; readonly hash: string };
  readonly certificate: string | null;
}

export async function shred(admin: Api, tenant: string, scope: object): Promise<Shred> {
  const path = `/admin/v1/tenants/${tenant}/shred`;
  const made = await admin.json<Shred>("POST", path, 202, { ...scope, reason: REASON });
  assert.equal(made.certificate, null);
  return made;
}

/** Waits until nothing that is served holds it any more. */
export const erased = (admin: Api, tenant: string, shred: Shred): Promise<Shred> =>
  reached(admin, tenant, shred, ["erased", "complete"]);

/** Waits until older copies are unreadable as well. */
export const completed = (admin: Api, tenant: string, shred: Shred): Promise<Shred> =>
  reached(admin, tenant, shred, ["complete"]);

const reached = (admin: Api, tenant: string, { id }: Shred, statuses: readonly string[]) =>
  until(`the shredding to be ${statuses[0]}`, WITHIN_MS, async () => {
    const path = `/admin/v1/tenants/${tenant}/shreds/${id}`;
    const now = await admin.json<Shred>("GET", path, 200);
    return statuses.includes(now.status) && now;
  });

export async function verified(world: KeyWorld, { certificate }: Shred): Promise<Record<string, unknown>> {
  const jwks = (await (await fetch(`${world.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
  const { payload, protectedHeader } = await compactVerify(certificate ?? "", createLocalJWKSet(jwks));
  assert.equal(protectedHeader.typ, "validahub-shred-certificate+jws");
  // Signed by none other: a certificate with a word changed does not verify.
  const [head, , signature] = (certificate ?? "").split(".");
  const text = Buffer.from(payload).toString().replace(REASON, "Outro motivo qualquer");
  const forged = [head, Buffer.from(text).toString("base64url"), signature].join(".");
  await assert.rejects(compactVerify(forged, createLocalJWKSet(jwks)));
  return JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
}

/** The storage but for the vault of keys, as a backup holds it; `restore` puts it back beside the vault as it is by then. */
export function backedUp(dir: string): { restore(): void; remove(): void } {
  const storage = join(dir, "storage");
  const copy = mkdtempSync(join(tmpdir(), "validahub-backup-"));
  const blobs = new Set(readdirSync(join(storage, "r2", VAULT, "blobs")));
  const [database] = inDatabases(dir, "_mf_objects", (found, path) =>
    found
      .prepare(`SELECT blob_id FROM _mf_objects`)
      .all()
      .some((row) => blobs.has(String(row["blob_id"])))
      ? [path]
      : [],
  );
  assert(database, "the vault's database is not found");
  const isVault = (path: string) => path.startsWith(join(storage, "r2", VAULT)) || path.startsWith(database);
  cpSync(storage, copy, { recursive: true, filter: (path) => !isVault(path) });
  return {
    restore() {
      for (const path of filesOf(storage)) if (!isVault(path)) rmSync(path);
      cpSync(copy, storage, { recursive: true });
    },
    remove: () => rmSync(copy, { recursive: true }),
  };
}

/** The bytes of one half of a tenant's key. */
export function vaultHalf(dir: string, key: string): Buffer {
  const query = `SELECT blob_id FROM _mf_objects WHERE key = '${key}'`;
  const [found] = rows<{ blob_id: string }>(dir, "_mf_objects", query);
  return readFileSync(join(dir, "storage/r2", VAULT, "blobs", found?.blob_id ?? ""));
}

export const holding = (dir: string, bytes: Buffer) =>
  filesOf(dir).filter((path) => readFileSync(path).includes(bytes));

type Entry = Readonly<Record<string, string | number | null>>;

/** Recomputes every link of the tenant's log; its entries. */
export function assertChain(dir: string, tenant: string): readonly Entry[] {
  const entries = objectRows<Entry>(dir, tenant, `SELECT * FROM log ORDER BY epoch, seq`);
  const names = ["epoch", "seq", "kind", "event_seq", "id", "type", "subject", "time_ms", "actor_id"];
  let previous = "0".repeat(64);
  for (const [index, entry] of entries.entries()) {
    const linked = [...names, "traceparent", "payload_digest"].map((name) => entry[name]);
    assert.equal(entry["seq"], index + 1);
    assert.equal(entry["prev_hash"], previous);
    previous = sha256(JSON.stringify([previous, ...linked]));
    assert.equal(entry["hash"], previous, `entry ${index + 1}`);
  }
  return entries;
}

/** The certificate's word against the object's own tables as they were before and are after. */
export function assertCertified(claims: Record<string, unknown>, shred: Shred, log: readonly Entry[]) {
  const { certificate: _, status: __, ...facts } = shred as Shred & Record<string, unknown>;
  assert.deepEqual(claims, facts);
  assert.equal(claims["requested_by"], "operator:operator_local");
  assert.equal(claims["reason"], REASON);
  const { seq, hash } = shred.log;
  assert.equal(log.find((entry) => entry["seq"] === seq)?.["hash"], hash);
  assert.equal(log.find((entry) => entry["seq"] === seq)?.["type"], "data.shredded");
}

export const keysInForce = (dir: string, tenant: string) =>
  objectRows<{ version: number; commitment: string }>(
    dir,
    tenant,
    `SELECT version, commitment FROM data_keys WHERE wrapped IS NOT NULL ORDER BY version`,
  ).map((row) => ({ ...row }));
