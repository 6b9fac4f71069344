import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sealContext } from "../../src/crypto/sealed-context";
import { KEY_LIFE_MS } from "../../src/domain/tier";
import { resealMessageParts } from "../../src/queues/messages";
import { resealFiles } from "../../src/queues/reseal-files";
import { tenantPrefix } from "../../src/storage/keys";
import { messageKeys } from "../support/callers";
import { problemOf } from "../support/problems";
import { eventually } from "../support/tenants";
import { CATALOGUE, SealedTenant } from "../support/sealed-tenant";

const MEMBERS = { seller_id: "s-1", metadata: { note: "kept" } };

/** The versions that the tenant's files are sealed by, as R2 has them. */
async function fileVersions({ id }: SealedTenant): Promise<string[]> {
  const { objects } = await env.FILES.list({ prefix: tenantPrefix(id), include: ["customMetadata"] });
  return objects.map(({ customMetadata }) => customMetadata?.["seal"]?.split(".")[1] ?? "clear");
}

const halves = async ({ id }: SealedTenant): Promise<string[]> =>
  (await env.KEYS.list({ prefix: `${id}/` })).objects.map(({ key }) => key.slice(id.length + 1));

const rowVersions = (sealed: SealedTenant, table: "jobs" | "log"): Promise<string[]> =>
  sealed.inside((_stores, sql) =>
    sql
      .exec<{ sealed: string }>(`SELECT sealed FROM ${table} WHERE sealed IS NOT NULL`)
      .toArray()
      .map((row) => row.sealed.split(".")[1] ?? ""),
  );

async function shardVersions({ id }: SealedTenant): Promise<string[]> {
  const found = await Promise.all(
    [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3].flatMap((db) =>
      ["jobs", "events"].map(
        async (table) =>
          (
            await db
              .prepare(`SELECT sealed FROM ${table} WHERE tenant_id = ? AND sealed IS NOT NULL`)
              .bind(id)
              .all<{ sealed: string }>()
          ).results,
      ),
    ),
  );
  return found.flat().map(({ sealed }) => sealed.split(".")[1] ?? "");
}

describe("a rotation", () => {
  it("seals rows, read model and files anew, destroys the former key, and everything reads as before", async () => {
    const sealed = await SealedTenant.fresh(4);
    const job = await sealed.run(MEMBERS);
    const output = await (await sealed.download(job.id)).text();
    await eventually(
      () => shardVersions(sealed),
      (versions) => versions.length === 2,
    );
    await sealed.rotate();
    const during = await sealed.submit(MEMBERS);
    const standing = await sealed.rotated(2);
    expect(standing.versions.map(({ version, status }) => [version, status])).toEqual([
      [1, "destroyed"],
      [2, "current"],
    ]);
    expect(standing.versions[0]?.wrapper).toBeNull();
    expect(new Set(await rowVersions(sealed, "jobs"))).toEqual(new Set(["2"]));
    expect(new Set(await rowVersions(sealed, "log"))).toEqual(new Set(["2"]));
    expect(new Set(await fileVersions(sealed))).toEqual(new Set(["2"]));
    expect(await halves(sealed)).toEqual(["2"]);
    await eventually(
      () => shardVersions(sealed),
      (versions) => versions.length === 4 && versions.every((version) => version === "2"),
    );

    await evictDurableObject(sealed.stub);
    for (const { id } of [job, during]) expect(await sealed.job(id)).toMatchObject(MEMBERS);
    expect(await (await sealed.download(job.id)).text()).toBe(output);
    const { meta } = await sealed.tenant.json<{ meta: { total: number } }>("GET", "/v1/jobs?seller_id=s-1");
    expect(meta.total).toBe(2);
    const types = await sealed.auditTypes();
    expect(types.filter((type) => type.startsWith("data_key."))).toEqual([
      "data_key.created",
      "data_key.rotated",
    ]);
  });

  it("begins by itself when the tier's time has come, and not before", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.submit(MEMBERS);
    const { due_at: due } = await sealed.standing();
    const made = await sealed.inside(({ dataKeys }) => dataKeys.list()[0]?.createdAtMs ?? 0);
    expect(Date.parse(due ?? "")).toBe(made + KEY_LIFE_MS.enterprise);
    await runDurableObjectAlarm(sealed.stub);
    expect((await sealed.standing()).rotation).toBeNull();
    await sealed.inside(({ timers }, sql) => {
      sql.exec(`UPDATE data_keys SET created_at_ms = ?`, Date.now() - KEY_LIFE_MS.enterprise - 1);
      timers.set("key_rotation", Date.now());
    });
    await evictDurableObject(sealed.stub);
    const standing = await sealed.rotated(2);
    expect(standing.versions[0]?.status).toBe("destroyed");
  });

  it("waits for an upload in parts that its former key seals, and the upload ends well", async () => {
    const sealed = await SealedTenant.fresh();
    const part = 32 * 1024 ** 2;
    const announced = await sealed.tenant.json<{
      parts: { part_number: number; upload_url: string }[];
      complete_url: string;
    }>("POST", "/v1/uploads", { filename: "big.csv", size: 2 * part + 1 });
    const send = (at: number, bytes: number) =>
      exports.default.fetch(
        new Request(announced.parts[at]?.upload_url ?? "", {
          method: "PUT",
          body: new Uint8Array(bytes).fill(97),
        }),
      );
    const first = await (await send(0, part)).json<{ etag: string }>();
    await sealed.rotate();
    await sealed.checking();
    expect((await sealed.standing()).versions.map(({ status }) => status)).toEqual(["retired", "current"]);
    const etags = [
      first,
      await (await send(1, part)).json<{ etag: string }>(),
      await (await send(2, 1)).json<{ etag: string }>(),
    ];
    const complete = await exports.default.fetch(
      new Request(announced.complete_url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ parts: etags.map(({ etag }, at) => ({ part_number: at + 1, etag })) }),
      }),
    );
    expect(complete.status).toBe(200);
    await sealed.rotated(2);
    expect(await fileVersions(sealed)).toEqual(["2"]);
  });

  it("asked for while one is under way is followed by another", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.submit(MEMBERS);
    await sealed.rotate();
    await sealed.rotate();
    const standing = await sealed.rotated(3);
    expect(standing.versions.map(({ status }) => status)).toEqual(["destroyed", "destroyed", "current"]);
  });

  it("takes up late writes of the former key before it destroys it", async () => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    const old = await sealed.inside(({ jobs }) => jobs.findStored(job.id)?.sealed ?? "");
    const { file_id: held } = await sealed.tenant.json<{ file_id: string }>("POST", "/v1/uploads", {
      filename: "b.csv",
      size: 1,
    });
    // An open upload keeps the rotation at its check for as long as the test needs.
    const hold = (untilMs: number) =>
      sealed.inside(({ files }) =>
        files.saveSealing(held, { version: 1, writingId: "x", partBytes: 1, untilMs }),
      );
    await hold(Date.now() + 3_600_000);
    await sealed.rotate();
    await sealed.checking();
    // As a command that held the former key would have left it.
    await sealed.inside(({ jobSeals }) => jobSeals.save(job.id, { sealed: old, sellerIndex: null }));
    await hold(0);
    await sealed.rotated(2);
    await evictDurableObject(sealed.stub);
    expect(await sealed.job(job.id)).toMatchObject(MEMBERS);
  });

  it("takes along what the shard alone still has", async () => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    await eventually(
      () => shardVersions(sealed),
      (versions) => versions.length === 2,
    );
    await sealed.inside((_stores, sql) => {
      sql.exec(`DELETE FROM jobs WHERE id = ?`, job.id);
      sql.exec(`DELETE FROM log WHERE type = 'job.submitted'`);
    });
    await sealed.rotate();
    await sealed.rotated(2);
    expect(await shardVersions(sealed)).toEqual(["2", "2"]);
  });

  it("lets no upload that began before it take away what another has brought since", async () => {
    const sealed = await SealedTenant.fresh();
    const announced = await sealed.tenant.json<{ upload_url: string; file_id: string }>(
      "POST",
      "/v1/uploads",
      {
        filename: "a.csv",
        size: 6,
      },
    );
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const put = (body: BodyInit) =>
      exports.default.fetch(new Request(announced.upload_url, { method: "PUT", body }));
    const slow = put(readable);
    await writer.write(new TextEncoder().encode("sku"));
    await sealed.rotate();
    expect((await put("sku\n1\n")).status).toBe(200);
    await sealed.rotated(2);
    await writer.write(new TextEncoder().encode("\n1\n"));
    await writer.close();
    await problemOf(await slow, 409, "already_uploaded");
    const file = await sealed.tenant.json<{ status: string }>("GET", `/v1/files/${announced.file_id}`);
    expect([file.status, await fileVersions(sealed)]).toEqual(["uploaded", ["2"]]);
  });

  it("takes rows of any size to the shard", async () => {
    const sealed = await SealedTenant.fresh();
    const ref = await sealed.tenant.upload("a.csv", CATALOGUE);
    // Two megabytes is what D1 takes in one value.
    const metadata = { note: "é".repeat(16_000) };
    const jobs = await Promise.all(Array.from({ length: 60 }, () => sealed.submit({ metadata }, ref)));
    await eventually(
      () => shardVersions(sealed),
      (versions) => versions.length === 120,
    );
    await sealed.rotate();
    await sealed.rotated(2);
    expect(new Set(await shardVersions(sealed))).toEqual(new Set(["2"]));
    expect((await sealed.job(jobs[0]?.id ?? "")).metadata).toEqual(metadata);
  });

  it("of an object that was put back to before its end leaves readable what the newer key seals", async () => {
    const sealed = await SealedTenant.fresh();
    const before = await sealed.submit(MEMBERS);
    const copy = await sealed.inside(({ jobs, dataKeys }) => ({
      kept: dataKeys.list()[0]?.kept,
      sealed: jobs.findStored(before.id)?.sealed ?? null,
    }));
    await sealed.rotate();
    const after = await sealed.submit(MEMBERS);
    await sealed.rotated(2);
    await sealed.inside(({ jobSeals }, sql) => {
      sql.exec(
        `UPDATE data_keys SET wrapper_id = ?, wrapped = ?, destroyed_at_ms = NULL WHERE version = 1`,
        copy.kept?.wrapped.wrapperId,
        copy.kept?.wrapped.text,
      );
      jobSeals.save(before.id, { sealed: copy.sealed, sellerIndex: null });
    });
    await evictDurableObject(sealed.stub);
    expect(await sealed.job(after.id)).toMatchObject(MEMBERS);
    expect((await sealed.job(before.id)).unreadable_fields).toHaveLength(3);
    // Its next version has a number that no key had before.
    await sealed.inside((_stores, sql) => sql.exec(`DELETE FROM data_keys WHERE version = 2`));
    await env.KEYS.put(`${sealed.id}/1`, new Uint8Array(32));
    await evictDurableObject(sealed.stub);
    expect((await sealed.tenant.call("GET", `/v1/jobs/${after.id}`)).status).toBe(403);
  });

  it("keeps what does not open from stopping it, and takes it for nothing else", async () => {
    const sealed = await SealedTenant.fresh();
    const [broken, good] = [await sealed.submit(MEMBERS), await sealed.submit(MEMBERS)];
    await sealed.inside((_stores, sql) =>
      sql.exec(`UPDATE jobs SET sealed = 's1.1.' || substr(sealed, 9) WHERE id = ?`, broken.id),
    );
    await sealed.rotate();
    await sealed.rotated(2);
    expect((await sealed.job(broken.id)).unreadable_fields).toHaveLength(3);
    expect(await sealed.job(good.id)).toMatchObject(MEMBERS);
  });

  it("goes on with another worker when one has fallen silent, and the late one changes nothing", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.tenant.upload("a.csv", CATALOGUE);
    await sealed.rotate();
    const silent = crypto.randomUUID();
    // A worker that was sent and is never heard of again.
    await sealed.inside(({ keyState, timers }) => {
      const rotation = keyState.rotation();
      if (!rotation) throw new Error("no rotation");
      keyState.saveRotation({ ...rotation, phase: "files", token: silent, leaseExpiresAtMs: Date.now() - 1 });
      timers.set("key_rotation", Date.now());
    });
    await sealed.rotated(2);
    const context = { tenantId: sealed.id, epoch: 1, traceparent: null };
    const message = {
      version: 1,
      context: sealContext(messageKeys(), context, resealMessageParts({ token: silent })),
      token: silent,
    } as const;
    expect(await resealFiles(env, messageKeys(), message)).toMatchObject({ type: "discard" });
    const forged = { ...message, context: { ...message.context, tenantId: "t_other" } };
    expect(await resealFiles(env, messageKeys(), forged)).toMatchObject({ type: "refuse" });
  });

  it("leaves a file that was deleted meanwhile deleted", async () => {
    const sealed = await SealedTenant.fresh();
    const ref = await sealed.tenant.upload("a.csv", CATALOGUE);
    const kept = await sealed.tenant.upload("b.csv", CATALOGUE);
    await sealed.rotate();
    const removed = await sealed.tenant.call("DELETE", `/v1/files/${ref.split("/")[1]}`);
    expect(removed.status).toBe(204);
    await sealed.rotated(2);
    const { objects } = await env.FILES.list({ prefix: tenantPrefix(sealed.id) });
    expect(objects.map(({ key }) => key)).toEqual([`${sealed.id}/${kept}`]);
  });
});
