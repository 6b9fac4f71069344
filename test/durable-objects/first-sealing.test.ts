import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { canonicalJson, sha256Hex } from "../../src/crypto/canonical-json";
import { fileKey, tenantPrefix } from "../../src/storage/keys";
import { eventually } from "../support/tenants";
import { CATALOGUE, SealedTenant } from "../support/sealed-tenant";

const CLEAR = {
  sellerId: "clear-seller",
  callbackUrl: "https://clear.example/",
  metadata: { note: "clear-note" },
};

it("a tenant that is older than sealing is sealed on its first call, its files and its read model soon after", async () => {
  const sealed = await SealedTenant.fresh(2);
  const job = await sealed.run({ metadata: { note: "x" } });
  const digests = await sealed.inside((_stores, sql) => {
    // As the release before has left it: no keys, everything in the clear.
    sql.exec(`DELETE FROM data_keys`);
    sql.exec(`UPDATE jobs SET sealed = NULL, body = json_patch(body, ?)`, JSON.stringify(CLEAR));
    const { payload } = sql
      .exec<{ payload: string }>(`SELECT payload FROM log WHERE type = 'job.submitted'`)
      .one();
    const data = {
      ...(JSON.parse(payload) as object),
      seller_id: CLEAR.sellerId,
      callback_url: CLEAR.callbackUrl,
      metadata: CLEAR.metadata,
    };
    const digest = sha256Hex(`salt${canonicalJson(data)}`);
    sql.exec(
      `UPDATE log SET payload = ?, salt = 'salt', sealed = NULL, payload_digest = ? WHERE type = 'job.submitted'`,
      canonicalJson(data),
      digest,
    );
    return digest;
  });
  await env.KEYS.delete(`${sealed.id}/1`);
  const [, fileId = "", name = ""] = job.file_ref.split("/");
  const path = fileKey(sealed.id, fileId, name);
  await env.FILES.put(path, CATALOGUE);
  await env.FILES.delete([
    `${tenantPrefix(sealed.id)}jobs/${job.id}/output.csv`,
    `${tenantPrefix(sealed.id)}jobs/${job.id}/report.ndjson`,
    `${tenantPrefix(sealed.id)}jobs/${job.id}/summary.json`,
  ]);
  const shards = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];
  for (const db of shards)
    await db
      .prepare(
        `UPDATE events SET sealed = NULL, payload = json_patch(payload, ?) WHERE tenant_id = ? AND type = 'job.submitted'`,
      )
      .bind(JSON.stringify({ seller_id: CLEAR.sellerId }), sealed.id)
      .run();
  await evictDurableObject(sealed.stub);

  expect(await sealed.job(job.id)).toMatchObject({
    seller_id: CLEAR.sellerId,
    callback_url: CLEAR.callbackUrl,
    metadata: CLEAR.metadata,
  });
  // While its files still lie in the clear they can be read.
  const second = await sealed.submit({}, job.file_ref);
  await eventually(
    () => sealed.job(second.id),
    ({ status }) => status === "succeeded",
  );
  await sealed.rotated(1);
  const rests = await sealed.inside((_stores, sql) =>
    JSON.stringify([sql.exec(`SELECT * FROM jobs`).toArray(), sql.exec(`SELECT * FROM log`).toArray()]),
  );
  expect(rests).not.toContain("clear-");
  expect(rests).toContain(digests);
  expect((await env.FILES.head(path))?.customMetadata?.["seal"]).toMatch(/^f1\.1\./);
  for (const db of shards) {
    const { results } = await db.prepare(`SELECT * FROM events WHERE tenant_id = ?`).bind(sealed.id).all();
    expect(JSON.stringify(results)).not.toContain("clear-");
  }
  expect(await sealed.job(job.id)).toMatchObject({ metadata: CLEAR.metadata });
  // From now on nothing in the clear is taken for a file.
  await env.FILES.put(path, CATALOGUE);
  const third = await sealed.submit({}, job.file_ref);
  const ended = await eventually(
    () => sealed.job(third.id),
    ({ status }) => status === "failed" || status === "succeeded",
  );
  expect(ended).toMatchObject({ status: "failed", error: { code: "file_not_found" } });
});
