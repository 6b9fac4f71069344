import { describe, expect, it } from "vitest";
import { Hand, hold, IDLE, inside, submit } from "../support/delivery-hands";
import { problemOf } from "../support/problems";
import { eventually, freshTenant, request, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";
import { hook, hookTo, TestReceiver } from "../support/webhooks";

const URL_OK = "https://hooks.example.com/x";
const UNKNOWN = "01890000-0000-7000-8000-000000000000";

const words = (text: string): string[] => text.trim().split(/\s+/);
const calls = (id: string): [method: string, path: string, body?: object][] => [
  ["GET", `/v1/webhooks/${id}`],
  ["PATCH", `/v1/webhooks/${id}`, { description: "x" }],
  ["DELETE", `/v1/webhooks/${id}`],
  ["POST", `/v1/webhooks/${id}/rotate-secret`],
  ["POST", `/v1/webhooks/${id}/test`],
  ["GET", `/v1/webhooks/${id}/deliveries`],
  ["POST", `/v1/webhooks/${id}/replay`, { from_sequence: 1 }],
  ["GET", `/v1/webhooks/${id}/dead-letters`],
  ["POST", `/v1/webhooks/${id}/dead-letters/replay`],
  ["POST", `/v1/webhooks/${id}/dead-letters/1-1/replay`],
];
const callOf = (body: object | undefined) => (body ? { body } : {});

const auditTypes = (tenant: TestTenant): Promise<string[]> =>
  inside(tenant, ({ log }) =>
    log
      .after(0, 0, 1000)
      .map(({ type }) => type)
      .filter((type) => type.startsWith("webhook.")),
  );

describe("a webhook", () => {
  it("is made with what was asked for, shown, listed, changed and ended, each with an entry in the log", async () => {
    const tenant = await freshTenant(IDLE);
    const made = await tenant.call("POST", "/v1/webhooks", { body: { url: URL_OK } });
    expect(made.status).toBe(201);
    const { secret, ...webhook } = await made.json<{ id: string; secret: string }>();
    expect(made.headers.get("location")).toBe(`/v1/webhooks/${webhook.id}`);
    expect(webhook.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toMatchObject({
      url: URL_OK,
      description: "",
      event_types: [],
      lane: "fifo",
      payload: "full",
      format: "cloudevents",
      status: "enabled",
      disabled_reason: null,
      former_secret_valid_until: null,
      delivery: { sequence: "1-1", last_sequence: "1-1", waiting: 0, dead_letters: 0, failures_in_a_row: 0 },
    });
    expect(await tenant.json("GET", `/v1/webhooks/${webhook.id}`)).toEqual(webhook);
    const second = await tenant.json<{ id: string }>("POST", "/v1/webhooks", {
      url: "https://hooks.example.com/y",
      description: "ERP",
      event_types: ["job.*", "file.uploaded"],
      lane: "parallel",
      payload: "thin",
      format: "legacy",
    });
    const { data } = await tenant.json<{ data: { id: string }[] }>("GET", "/v1/webhooks");
    expect(data.map(({ id }) => id)).toEqual([webhook.id, second.id]);
    expect(JSON.stringify(data)).not.toContain("whsec_");

    const changes = {
      url: "https://hooks.example.com/z",
      description: "d",
      event_types: ["job.*"],
      payload: "thin",
    };
    const changed = await tenant.json("PATCH", `/v1/webhooks/${webhook.id}`, changes);
    expect(changed).toMatchObject({ ...changes, id: webhook.id, lane: "fifo", format: "cloudevents" });
    expect((await tenant.call("DELETE", `/v1/webhooks/${webhook.id}`)).status).toBe(204);
    await problemOf(await tenant.call("DELETE", `/v1/webhooks/${webhook.id}`), 404, "not_found");
    await tenant.json("POST", `/v1/webhooks/${second.id}/rotate-secret`);
    expect(await auditTypes(tenant)).toEqual([
      "webhook.created",
      "webhook.created",
      "webhook.updated",
      "webhook.deleted",
      "webhook.secret_rotated",
    ]);
  });

  it("rests with its address and secret sealed", async () => {
    const tenant = await freshTenant(IDLE);
    const { id, secret } = await tenant.json<{ id: string; secret: string }>("POST", "/v1/webhooks", {
      url: `${URL_OK}?token=canary-of-the-url`,
    });
    const rotated = await tenant.json<{ secret: string }>("POST", `/v1/webhooks/${id}/rotate-secret`);
    const rows = await inside(tenant, (_stores, sql) =>
      sql
        .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
        .toArray()
        .filter(({ name }) => !name.startsWith("_cf_"))
        .map(({ name }) => JSON.stringify(sql.exec(`SELECT * FROM ${name}`).toArray()))
        .join("\n"),
    );
    for (const text of ["canary-of-the-url", secret.slice(6), rotated.secret.slice(6)])
      expect(rows).not.toContain(text);
  });

  it("is made once for an Idempotency-Key, and its secret is not shown again", async () => {
    const tenant = await freshTenant(IDLE);
    const call = { body: { url: URL_OK }, headers: { "idempotency-key": "make-the-webhook-once" } };
    const first = await tenant.call("POST", "/v1/webhooks", call);
    const again = await tenant.call("POST", "/v1/webhooks", call);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const { secret, ...webhook } = await first.json<{ id: string; secret: string }>();
    expect(secret).toBeDefined();
    expect(await again.json()).toEqual(webhook);
    const other = await tenant.call("POST", "/v1/webhooks", { ...call, body: { url: `${URL_OK}/other` } });
    await problemOf(other, 409, "idempotency_conflict");

    const rotate = { headers: { "idempotency-key": "rotate-the-secret-once" } };
    const path = `/v1/webhooks/${webhook.id}/rotate-secret`;
    expect(await (await tenant.call("POST", path, rotate)).json()).toHaveProperty("secret");
    expect(await (await tenant.call("POST", path, rotate)).json()).not.toHaveProperty("secret");

    await tenant.call("DELETE", `/v1/webhooks/${webhook.id}`);
    await problemOf(await tenant.call("POST", "/v1/webhooks", call), 404, "not_found");
    await problemOf(await tenant.call("POST", path, rotate), 404, "not_found");
    expect((await tenant.json<{ data: unknown[] }>("GET", "/v1/webhooks")).data).toEqual([]);
  });

  it("answers as one that never was, under another tenant's token and under an id that there is not", async () => {
    const [tenant, other] = [await freshTenant(IDLE), await freshTenant(IDLE)];
    const { id } = await hookTo(other, new TestReceiver());
    const told = async (response: Response) => {
      const { code, detail, title } = await response.json<Record<string, string>>();
      return { status: response.status, code, detail, title };
    };
    const unknown = calls(UNKNOWN);
    for (const [n, [method, path, body]] of calls(id).entries()) {
      const foreign = await told(await tenant.call(method, path, callOf(body)));
      expect(foreign).toMatchObject({ status: 404, code: "not_found" });
      expect(foreign).toEqual(await told(await tenant.call(method, unknown[n]?.[1] ?? "", callOf(body))));
    }
    expect((await tenant.json<{ data: unknown[] }>("GET", "/v1/webhooks")).data).toEqual([]);
    expect(await hook(other, id)).toMatchObject({ id, description: "", status: "enabled" });
  });

  it("is opened by no other scope than its own two", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const reads = await tenantToken(tenant.id, "webhooks:read");
    const writes = await tenantToken(tenant.id, "webhooks:write");
    const all: [string, string, object?][] = [
      ["GET", "/v1/webhooks"],
      ["POST", "/v1/webhooks", { url: URL_OK }],
      ...calls(id).filter(([method]) => method !== "DELETE"),
    ];
    for (const [method, path, body] of all) {
      const [fits, fails] = method === "GET" ? [reads, writes] : [writes, reads];
      const refused = await request(method, path, { token: fails, ...callOf(body) });
      await problemOf(refused, 403, "insufficient_scope");
      const allowed = await request(method, path, { token: fits, ...callOf(body) });
      expect([method, path, allowed.status]).not.toContain(403);
      await allowed.body?.cancel();
      expect((await request(method, path, callOf(body))).status).toBe(401);
    }
  });

  it("is tested on demand, and says how its receiver answered", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await receiver.answer({ status: 200 }, { status: 418, body: "short and stout" }, { status: 302 });
    const test = () => tenant.json<Record<string, unknown>>("POST", `/v1/webhooks/${id}/test`);
    const first = await test();
    expect(first).toMatchObject({ outcome: "delivered", status_code: 200, fault: null, response: null });
    expect(await test()).toMatchObject({ outcome: "failed", status_code: 418, response: "short and stout" });
    expect(await test()).toMatchObject({ outcome: "failed", status_code: 302 });
    const [message] = await receiver.received();
    expect(message?.headers["webhook-id"]).toBe(first["event_id"]);
    expect(JSON.parse(message?.body ?? "")).toMatchObject({
      type: "webhook.test",
      tenantid: tenant.id,
      data: { webhook_id: id, tenant_id: tenant.id },
    });
    const { data } = await tenant.json<{ data: object[] }>("GET", `/v1/webhooks/${id}/deliveries`);
    expect(data).toHaveLength(3);
    expect(data.at(-1)).toMatchObject({ event_type: "webhook.test", sequence: null, outcome: "delivered" });
    // A test is no delivery: it counts for nothing.
    expect((await hook(tenant, id)).delivery).toMatchObject({ failures_in_a_row: 0, waiting: 0 });
  });
});

describe("the callbacks' webhook", () => {
  it("has no settings, no address and no end, and is not there before anybody wants it", async () => {
    const tenant = await freshTenant(IDLE);
    await problemOf(await tenant.call("GET", "/v1/webhooks/callbacks"), 404, "not_found");
    await submit(tenant, 1, { callback_url: new TestReceiver().url });
    expect(await hook(tenant, "callbacks")).toMatchObject({ id: "callbacks", url: null, lane: "per_job" });
    for (const [method, path, body] of [
      ["PATCH", "/v1/webhooks/callbacks", { url: URL_OK }],
      ["DELETE", "/v1/webhooks/callbacks", undefined],
      ["POST", "/v1/webhooks/callbacks/test", undefined],
    ] as const)
      await problemOf(await tenant.call(method, path, callOf(body)), 409, "invalid_state_transition");
  });
});

describe("what was sent", () => {
  it("is listed newest first, a page at a time, by outcome and by event", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const message = await hold(tenant, id);
    await submit(tenant, 4);
    const hand = new Hand(() => new Response(null, { status: hand.sent.length % 2 === 0 ? 200 : 500 }));
    await hand.deliver(message);
    expect(hand.sent).toHaveLength(10);
    interface Page {
      readonly data: { id: string; event_id: string; attempt: number; outcome: string }[];
      readonly meta: { limit: number; next_cursor: string | null };
    }
    const page = (query: string) => tenant.json<Page>("GET", `/v1/webhooks/${id}/deliveries?${query}`);
    const whole = await page("limit=100");
    expect(whole.meta).toEqual({ limit: 100, next_cursor: null });
    expect(whole.data).toHaveLength(10);
    const walked: string[] = [];
    for (let cursor = ""; ;) {
      const { data, meta } = await page(`limit=3${cursor}`);
      walked.push(...data.map((attempt) => attempt.id));
      if (meta.next_cursor === null) break;
      cursor = `&cursor=${meta.next_cursor}`;
    }
    expect(walked).toEqual(whole.data.map((attempt) => attempt.id));
    expect(walked).toEqual([...walked].sort().reverse());
    expect((await page("outcome=failed")).data).toHaveLength(5);
    const of = (await page(`event_id=${hand.sent[0]?.id}`)).data;
    expect(of.map(({ attempt, outcome }) => `${attempt} ${outcome}`).sort()).toEqual([
      "1 failed",
      "2 delivered",
    ]);
    expect((await page(`event_id=${UNKNOWN}`)).data).toEqual([]);
  });

  it("and was not is a dead letter, a page at a time in the log's order", async () => {
    const tenant = await freshTenant(IDLE);
    const receiver = new TestReceiver();
    const { id } = await hookTo(tenant, receiver);
    await receiver.answer({ status: 500 });
    await submit(tenant, 4);
    await eventually(
      () => hook(tenant, id),
      ({ delivery }) => delivery.dead_letters === 5,
    );
    interface Page {
      readonly data: { sequence: string; attempts: number }[];
      readonly meta: { next_cursor: string | null };
    }
    const page = (query: string) => tenant.json<Page>("GET", `/v1/webhooks/${id}/dead-letters?${query}`);
    const first = await page("limit=2");
    expect(first.data.map(({ sequence }) => sequence)).toEqual(["1-2", "1-3"]);
    const second = await page(`limit=2&cursor=${first.meta.next_cursor}`);
    const third = await page(`limit=2&cursor=${second.meta.next_cursor}`);
    expect([...second.data, ...third.data].map(({ sequence }) => sequence)).toEqual(["1-4", "1-5", "1-6"]);
    expect(third.meta.next_cursor).toBeNull();
    expect(third.data[0]).toMatchObject({ attempts: 4, event_type: "job.submitted" });
  });
});

describe("a request", () => {
  const fieldsOf = async (response: Response): Promise<string[]> =>
    Object.keys((await problemOf(response, 400, "validation_error")).details.field_errors ?? {});

  it.each<[object, string]>([
    [{}, "url"],
    [{ url: "" }, "url"],
    [{ url: 5 }, "url"],
    [{ url: `https://example.com/${"x".repeat(5000)}` }, "url"],
    [{ url: URL_OK, description: "x".repeat(201) }, "description"],
    [{ url: URL_OK, event_types: ["*"] }, "event_types.0"],
    [{ url: URL_OK, event_types: ["job"] }, "event_types.0"],
    [{ url: URL_OK, event_types: ["job.succeeded", "Job.*"] }, "event_types.1"],
    [{ url: URL_OK, event_types: "job.*" }, "event_types"],
    [{ url: URL_OK, event_types: Array.from({ length: 51 }, () => "job.*") }, "event_types"],
    [{ url: URL_OK, lane: "lifo" }, "lane"],
    [{ url: URL_OK, payload: "fat" }, "payload"],
    [{ url: URL_OK, format: "xml" }, "format"],
    [{ url: URL_OK, secret: "whsec_mine" }, "secret"],
    [{ url: URL_OK, status: "disabled" }, "status"],
  ])("to make one of %j is refused by the name of %s", async (body, field) => {
    const tenant = await freshTenant(IDLE);
    expect(await fieldsOf(await tenant.call("POST", "/v1/webhooks", { body }))).toEqual([field]);
  });

  it("to change, rotate or replay says what is wrong with it", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const refused = async (method: string, path: string, body: unknown) =>
      fieldsOf(await tenant.call(method, `/v1/webhooks/${id}${path}`, { body }));
    expect(await refused("PATCH", "", { lane: "parallel", description: "x" })).toEqual(["lane"]);
    expect(await refused("PATCH", "", { status: "gone", description: "x" })).toEqual(["status"]);
    expect(await refused("PATCH", "", { url: "http://example.com/" })).toEqual(["url"]);
    await problemOf(await tenant.call("PATCH", `/v1/webhooks/${id}`, { body: {} }), 400, "validation_error");
    for (const overlap of [-1, 1.5, 30 * 86_400 + 1, "60"])
      expect(await refused("POST", "/rotate-secret", { overlap_seconds: overlap })).toEqual([
        "overlap_seconds",
      ]);
    for (const from of [-1, 1.5, 1e15, Number.MAX_SAFE_INTEGER, "x", "1-", "1-2-3", "-1", "1".repeat(16)])
      expect(await refused("POST", "/replay", { from_sequence: from })).toEqual(["from_sequence"]);
    for (const since of ["yesterday", "2026-01-01", "2026-01-01T00:00:00"])
      expect(await refused("POST", "/replay", { since })).toEqual(["since"]);
    for (const body of [{}, { from_sequence: 1, since: "2026-01-01T00:00:00Z" }])
      await problemOf(
        await tenant.call("POST", `/v1/webhooks/${id}/replay`, { body }),
        400,
        "validation_error",
      );
    for (const query of ["limit=0", "limit=101", "cursor=x", "outcome=lost", "since=1"]) {
      const [field] = query.split("=");
      expect(await fieldsOf(await tenant.call("GET", `/v1/webhooks/${id}/deliveries?${query}`))).toEqual([
        field,
      ]);
    }
    expect(await fieldsOf(await tenant.call("GET", `/v1/webhooks/${id}/dead-letters?cursor=5`))).toEqual([
      "cursor",
    ]);
    expect(await hook(tenant, id)).toMatchObject({ status: "enabled", lane: "fifo" });
  });
});

/** Spellings of what is not on the public internet, and of what no two readers read alike. */
const REFUSED = [
  ...words(`
    http://example.com/ ftp://example.com/ file:///etc/passwd javascript:alert(1) data:text/plain,x gopher://example.com/
    https:example.com https:/example.com https:///example.com //example.com example.com/hook https://
    https://user@example.com/ https://user:password@example.com/ https://example.com@127.0.0.1/ https://@example.com/
    https://example.com/#fragment https://example.com/# https://example.com:0/ https://example.com:65536/
    https://10.0.0.1/ https://172.16.0.1/ https://192.168.1.1/ https://169.254.169.254/latest/meta-data/
    https://100.64.0.1/ https://0.0.0.0/ https://255.255.255.255/ https://224.0.0.1/ https://198.18.0.1/ https://192.0.2.1/
    https://167772161/ https://0xa000001/ https://012.0.0.1/ https://10.1/ https://0xa.0x0.0x0.0x1/ https://10.0.0.1./
    https://[fc00::1]/ https://[fe80::1]/ https://[::]/ https://[::ffff:10.0.0.1]/ https://[::ffff:a00:1]/
    https://[64:ff9b::a00:1]/ https://[2002:a00:1::]/ https://[ff02::1]/ https://[::10.0.0.1]/ https://[fd00:ec2::254]/
    https://metadata.google.internal/ https://metadata.goog/ https://metadata/ https://intranet/ https://db.internal/
    https://printer.local/ https://kubernetes.default.svc/ https://kubernetes.default.svc.cluster.local/
    https://router.home.arpa/ https://x.onion/ https://server.lan/ https://example.com./ https://-example.com/
    https://exa_mple/ https://\uff11\uff10.0.0.1/ https://10\u30020.0.1/ https://%31%30.0.0.1/ https://1\u20440.0.0.1/
  `),
  "https://example.com\\@127.0.0.1/",
  " https://example.com/",
  "https://example.com/ x",
  "https://exam\tple.com/",
  "https://example.com/\r\nX-Injected: 1",
  "https://example.com/\u0000",
];

describe("an address", () => {
  it("that is not a public https one is refused wherever it can be given, however it is spelled", async () => {
    const tenant = await freshTenant(IDLE);
    const { id } = await hookTo(tenant, new TestReceiver());
    const file = await tenant.upload("a.csv", "a,b\n1,2\n");
    const job = { channel: "default", type: "validation", file_ref: file, rules_profile_id: "default@1.0.0" };
    const admitted: string[] = [];
    for (const url of REFUSED)
      for (const [method, path, field, body] of [
        ["POST", "/v1/webhooks", "url", { url }],
        ["PATCH", `/v1/webhooks/${id}`, "url", { url }],
        ["POST", "/v1/jobs", "callback_url", { ...job, callback_url: url }],
      ] as const) {
        const response = await tenant.call(method, path, { body });
        const { details } = await response.json<{ details?: { field_errors?: Record<string, string[]> } }>();
        const said = details?.field_errors?.[field]?.[0] ?? "";
        if (response.status !== 400 || said === "") admitted.push(`${path} ${url}`);
      }
    expect(admitted).toEqual([]);
    expect((await tenant.json<{ data: unknown[] }>("GET", "/v1/webhooks")).data).toHaveLength(1);
    expect((await tenant.json<{ data: unknown[] }>("GET", "/v1/jobs")).data).toEqual([]);
  });
});
