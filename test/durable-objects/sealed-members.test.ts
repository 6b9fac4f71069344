import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { canonicalJson, sha256Hex } from "../../src/crypto/canonical-json";
import { expectWholeChain, logRows } from "../support/chain";
import { eventually } from "../support/tenants";
import { SealedTenant } from "../support/sealed-tenant";

const MEMBERS = {
  seller_id: "seller-4711",
  callback_url: "https://hooks.example/secret-path",
  metadata: { note: "canary-metadata", deep: [1, { a: "ção" }] },
};
const SECRETS = ["seller-4711", "secret-path", "canary-metadata"];

const shards = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];

describe("what a job says of its client", () => {
  it("rests sealed in the object and in the shard, and is given back as it was", async () => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    expect(job).toMatchObject(MEMBERS);
    expect(await sealed.job(job.id)).toMatchObject(MEMBERS);
    const { data } = await sealed.tenant.json<{
      data: { data: object }[];
    }>("GET", "/v1/events?type=job.submitted");
    expect(data[0]?.data).toMatchObject(MEMBERS);

    const everything = await sealed.inside((_stores, sql) =>
      sql
        .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_*'`)
        .toArray()
        .map(({ name }) => JSON.stringify(sql.exec(`SELECT * FROM ${name}`).toArray()))
        .join("\n"),
    );
    for (const secret of SECRETS) expect(everything).not.toContain(secret);
    expect(everything).toContain("s1.1.");

    const projected = () =>
      Promise.all(
        shards.map(async (db) => {
          const rows = async (table: string) =>
            (await db.prepare(`SELECT * FROM ${table} WHERE tenant_id = ?`).bind(sealed.id).all()).results;
          return [...(await rows("jobs")), ...(await rows("events"))];
        }),
      ).then((found) => found.flat());
    const rows = await eventually(projected, (found) => found.some((row) => row["status"] === "queued"));
    for (const secret of SECRETS) expect(JSON.stringify(rows)).not.toContain(secret);
    expect(rows.filter((row) => String(row["sealed"]).startsWith("s1.1."))).toHaveLength(2);
  });

  it("is read again by an object that was started anew, and by a retry of the job", async () => {
    const sealed = await SealedTenant.fresh();
    const { id } = await sealed.submit(MEMBERS);
    await sealed.inside(({ jobs }) => {
      const job = jobs.find(id);
      if (job) jobs.save({ ...job, status: "failed" });
    });
    await evictDurableObject(sealed.stub);
    expect(await sealed.job(id)).toMatchObject(MEMBERS);
    const again = await sealed.tenant.json<{ id: string }>("POST", `/v1/jobs/${id}/retry`);
    expect(await sealed.job(again.id)).toMatchObject(MEMBERS);
  });

  it("is found by its seller, and by no other", async () => {
    const sealed = await SealedTenant.fresh();
    const mine = [await sealed.submit({ seller_id: "a" }), await sealed.submit({ seller_id: "a" })];
    await sealed.submit({ seller_id: "A" });
    await sealed.submit();
    const list = (seller: string) =>
      sealed.tenant.json<{ data: { id: string }[]; meta: { total: number } }>(
        "GET",
        `/v1/jobs?seller_id=${encodeURIComponent(seller)}`,
      );
    const found = await list("a");
    expect(found.data.map(({ id }) => id)).toEqual(mine.map(({ id }) => id).reverse());
    expect(found.meta.total).toBe(2);
    expect((await list("nobody")).data).toEqual([]);
  });

  it("is in the chain by a digest whose salt is sealed with it", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.submit(MEMBERS);
    await sealed.submit();
    const rows = await sealed.inside((_stores, sql) => logRows(sql));
    expectWholeChain(rows);
    for (const row of rows) {
      expect(row.salt === null).toBe(row.sealed !== null);
      if (row.salt !== null) expect(sha256Hex(`${row.salt}${row.payload}`)).toBe(row.payload_digest);
    }
    const { data } = await sealed.tenant.json<{ data: { type: string; data: Record<string, unknown> }[] }>(
      "GET",
      "/v1/events?type=job.submitted",
    );
    const { tenant_id: _tenant, ...said } = data[0]?.data ?? {};
    const guess = rows.find(({ sealed: text }) => text !== null);
    for (const salt of ["", guess?.id ?? ""])
      expect(sha256Hex(`${salt}${canonicalJson(said)}`)).not.toBe(guess?.payload_digest);
  });
});

describe("a sealed text that is not what was sealed there", () => {
  type Tamper = (sql: SqlStorage, ids: readonly [string, string]) => void;
  const edit =
    (change: (text: string) => string): Tamper =>
    (sql, [id]) => {
      const { sealed } = sql.exec<{ sealed: string }>(`SELECT sealed FROM jobs WHERE id = ?`, id).one();
      sql.exec(`UPDATE jobs SET sealed = ? WHERE id = ?`, change(sealed), id);
    };
  const swap: Tamper = (sql, [one, other]) => {
    const of = (id: string) =>
      sql.exec<{ sealed: string }>(`SELECT sealed FROM jobs WHERE id = ?`, id).one().sealed;
    const [a, b] = [of(one), of(other)];
    sql.exec(`UPDATE jobs SET sealed = ? WHERE id = ?`, b, one);
    sql.exec(`UPDATE jobs SET sealed = ? WHERE id = ?`, a, other);
  };
  const flip = (text: string, at: number) =>
    `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;

  it.each<[string, Tamper]>([
    ["an altered character", edit((text) => flip(text, 90))],
    ["another version", edit((text) => text.replace("s1.1.", "s1.2."))],
    ["a cut end", edit((text) => text.slice(0, -4))],
    ["another form", edit((text) => `x${text}`)],
    ["the text of another job", swap],
  ])("%s: the rest of the job is answered, without it and without a 5xx", async (_what, tamper) => {
    const sealed = await SealedTenant.fresh();
    const jobs = [await sealed.submit(MEMBERS), await sealed.submit({ metadata: { other: "job" } })] as const;
    await sealed.inside((_stores, sql) => tamper(sql, [jobs[0].id, jobs[1].id]));
    await evictDurableObject(sealed.stub);
    for (let time = 0; time < 3; time++)
      expect(await sealed.job(jobs[0].id)).toMatchObject({
        id: jobs[0].id,
        status: "queued",
        seller_id: null,
        callback_url: null,
        metadata: null,
        unreadable_fields: ["seller_id", "callback_url", "metadata"],
      });
    const page = await sealed.tenant.json<{ data: unknown[] }>("GET", "/v1/jobs");
    expect(page.data).toHaveLength(2);
    expect(JSON.stringify(page)).not.toContain("seller-4711");
    const cancelled = await sealed.tenant.json<{ status: string }>("POST", `/v1/jobs/${jobs[0].id}/cancel`);
    expect(cancelled.status).toBe("cancelled");
    // Once each, however often it was read.
    const entries = await eventually(
      () => sealed.auditTypes(),
      (types) => types.includes("seal.broken"),
    );
    expect(entries.filter((type) => type === "seal.broken").length).toBeLessThanOrEqual(2);
  });

  it("of another tenant opens nowhere else", async () => {
    const [one, other] = [await SealedTenant.fresh(), await SealedTenant.fresh()];
    const theirs = await other.submit(MEMBERS);
    const text = await other.inside((stores) => stores.jobs.findStored(theirs.id)?.sealed ?? "");
    const mine = await one.submit(MEMBERS);
    await one.inside((stores) => stores.jobSeals.save(mine.id, { sealed: text, sellerIndex: null }));
    await evictDurableObject(one.stub);
    expect((await one.job(mine.id)).metadata).toBeNull();
  });
});
