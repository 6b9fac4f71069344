import { describe, expect, it } from "vitest";
import { freshTenant, freshTenantId, request } from "../support/tenants";
import { adminToken, sign, tenantToken } from "../support/tokens";

interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  message: string;
  details: { field_errors?: Record<string, string[]> };
  request_id: string;
  timestamp: string;
}

async function problem(response: Response, status: number, code: string): Promise<ProblemBody> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = JSON.parse(text) as ProblemBody;
  expect(body).toMatchObject({ code, status });
  expect(Object.keys(body)).toEqual(
    expect.arrayContaining([
      "type",
      "title",
      "detail",
      "instance",
      "message",
      "details",
      "request_id",
      "timestamp",
    ]),
  );
  expect(body.request_id).toBe(response.headers.get("x-request-id"));
  return body;
}

const FILE_ID = "01890a5d-ac96-774b-bcce-b302099a8057";
const job = {
  channel: "default",
  type: "validation",
  file_ref: `files/${FILE_ID}/a.csv`,
  rules_profile_id: "default@1.0.0",
};

describe("the Worker refuses by itself, and the tenant's rate is not touched", () => {
  it("without a token", async () => {
    const response = await request("GET", "/v1/jobs");
    await problem(response, 401, "unauthenticated");
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(response.headers.has("ratelimit")).toBe(false);
  });

  it.each([
    ["expired", () => sign({ tenant_id: "t_a", exp: 1 })],
    ["of another issuer", () => sign({ tenant_id: "t_a", iss: "https://evil.example/" })],
    ["for another audience", () => sign({ tenant_id: "t_a", aud: "validahub-admin" })],
    ["not valid yet", () => sign({ tenant_id: "t_a", nbf: Math.floor(Date.now() / 1000) + 3600 })],
    ["issued in the future", () => sign({ tenant_id: "t_a", iat: Math.floor(Date.now() / 1000) + 3600 })],
    [
      "with a key of its own",
      () => sign({ tenant_id: "t_a" }, { header: { jku: "https://evil.example/jwks" } }),
    ],
    ["of another type", () => sign({ tenant_id: "t_a" }, { header: { typ: "dpop+jwt" } })],
    ["unsigned", async () => `${btoa('{"alg":"none","typ":"JWT"}')}.${btoa('{"tenant_id":"t_a"}')}.`],
    ["that is none", async () => "not-a-token"],
  ])("a token %s", async (_name, make) => {
    await problem(await request("GET", "/v1/jobs", { token: await make() }), 401, "unauthenticated");
  });

  it.each([
    ["names no tenant", {}, {}, 400, "tenant_missing"],
    ["names several and none is chosen", { tenants: ["t_a", "t_b"] }, {}, 400, "tenant_missing"],
    [
      "is for another tenant than the header",
      { tenant_id: "t_a" },
      { "x-tenant-id": "t_b" },
      403,
      "tenant_forbidden",
    ],
    [
      "comes with a malformed header",
      { tenant_id: "t_a" },
      { "x-tenant-id": "t_a, t_b" },
      400,
      "tenant_invalid",
    ],
    [
      "comes with a look-alike header",
      { tenant_id: "t_a" },
      { "x-tenant-id": "t_%D0%B0" },
      400,
      "tenant_invalid",
    ],
    ["carries a malformed tenant", { tenant_id: "T_A" }, {}, 400, "tenant_invalid"],
  ])("a token that %s", async (_name, claims, headers: Record<string, string>, status, code) => {
    const token = await sign({ scope: "jobs:read", ...claims });
    await problem(await request("GET", "/v1/jobs", { token, headers }), status, code);
  });

  it("a missing scope, an unknown path, a wrong method, a wrong media type", async () => {
    const tenant = await freshTenant();
    const narrow = await tenantToken(tenant.id, "jobs:read");
    await problem(await request("POST", "/v1/jobs", { token: narrow, body: job }), 403, "insufficient_scope");
    await problem(await tenant.call("GET", "/v1/nothing"), 404, "not_found");
    const wrong = await tenant.call("DELETE", "/v1/jobs");
    await problem(wrong, 405, "method_not_allowed");
    expect(wrong.headers.get("allow")).toBe("POST, GET, HEAD");
    const text = await tenant.call("POST", "/v1/jobs", {
      body: "x",
      headers: { "content-type": "text/plain" },
    });
    await problem(text, 415, "unsupported_media_type");
    const { remaining, limits } = await tenant.json<{
      remaining: { requests: number };
      limits: { rate: { burst: number } };
    }>("GET", "/v1/tenant");
    expect(remaining.requests).toBe(limits.rate.burst - 1);
  });

  it.each([
    ["malformed JSON", "{", "malformed_json"],
    ["JSON nested too deep", `{"metadata":${"[".repeat(5000)}${"]".repeat(5000)}}`, "malformed_json"],
    ["a member that every object has", JSON.stringify({ ...job, toString: 1 }), "validation_error"],
    ["a member named __proto__", `{"metadata":{"__proto__":1}}`, "malformed_json"],
    ["a lone surrogate", `{"metadata":{"a":"\\ud800"}}`, "malformed_json"],
    ["an array", "[]", "validation_error"],
    ["an unknown member", JSON.stringify({ ...job, extra: 1 }), "validation_error"],
    ["a wrong type", JSON.stringify({ ...job, type: "wish" }), "validation_error"],
    [
      "a foreign reference",
      JSON.stringify({ ...job, file_ref: "../../etc/passwd.csv" }),
      "invalid_file_reference",
    ],
    [
      "an unmapped bucket",
      JSON.stringify({ ...job, file_ref: "s3://bucket/a.csv" }),
      "invalid_file_reference",
    ],
    ["a malformed profile id", JSON.stringify({ ...job, rules_profile_id: "x" }), "validation_error"],
  ])("%s", async (_name, body, code) => {
    const tenant = await freshTenant();
    const response = await tenant.call("POST", "/v1/jobs", {
      body,
      headers: { "content-type": "application/json" },
    });
    await problem(response, 400, code);
    expect((await tenant.json<{ data: unknown[] }>("GET", "/v1/jobs")).data).toEqual([]);
  });

  it.each([
    "http://hooks.example/x",
    "https://10.0.0.1/",
    "https://0x0a000001/",
    "https://[::ffff:169.254.169.254]/",
    "https://metadata.google.internal/",
    "https://user:secret@hooks.example/",
    "ftp://hooks.example/",
    "no url",
  ])("a callback_url that must not be called: %s", async (callbackUrl) => {
    const tenant = await freshTenant();
    const response = await tenant.call("POST", "/v1/jobs", { body: { ...job, callback_url: callbackUrl } });
    const { details } = await problem(response, 400, "validation_error");
    expect(Object.keys(details.field_errors ?? {})).toEqual(["callback_url"]);
  });

  it("names each field that is wrong", async () => {
    const tenant = await freshTenant();
    const response = await tenant.call("POST", "/v1/jobs", { body: { ...job, type: 1, extra: true } });
    const { details } = await problem(response, 400, "validation_error");
    expect(Object.keys(details.field_errors ?? {}).sort()).toEqual(["extra", "type"]);
  });
});

describe("the tenant's object answers", () => {
  it("404 for a tenant that was never provisioned, and stores nothing", async () => {
    await freshTenant();
    const token = await tenantToken(freshTenantId());
    const response = await request("GET", "/v1/jobs", { token });
    await problem(response, 404, "tenant_not_found");
    expect(response.headers.has("ratelimit")).toBe(false);
  });

  it("404 for a missing upload and an unpublished profile", async () => {
    const tenant = await freshTenant();
    await problem(await tenant.call("POST", "/v1/jobs", { body: job }), 404, "file_not_found");
    const unpublished = { ...job, rules_profile_id: "default@9.9.9" };
    await problem(
      await tenant.call("POST", "/v1/jobs", { body: unpublished }),
      404,
      "rules_profile_not_found",
    );
  });

  it("another tenant's job exactly as one that never existed", async () => {
    const [a, b] = [await freshTenant(), await freshTenant()];
    const fileRef = await a.upload("a.csv", "sku,title,price\n1,x,2\n");
    const { id } = await a.json<{ id: string }>("POST", "/v1/jobs", { ...job, file_ref: fileRef });
    const shape = async (jobId: string, method: string, path: string) => {
      const response = await b.call(method, `/v1/jobs/${jobId}${path}`);
      const {
        request_id: _id,
        timestamp: _time,
        instance: _instance,
        ...body
      } = await response.json<Record<string, unknown>>();
      return { status: response.status, body };
    };
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/findings"],
      ["GET", "/download"],
      ["POST", "/cancel"],
      ["POST", "/retry"],
    ] as const) {
      const foreign = await shape(id, method, path);
      expect(foreign.status).toBe(404);
      expect(foreign).toEqual(await shape(crypto.randomUUID(), method, path));
    }
    const stolen = await b.call("POST", "/v1/jobs", { body: { ...job, file_ref: fileRef } });
    await problem(stolen, 404, "file_not_found");
  });

  it("exactly the bucket's tokens to a burst, then 429 that says when to come back", async () => {
    const tenant = await freshTenant({ overrides: { rate: { sustained: 1, burst: 5 } } });
    const responses = await Promise.all(Array.from({ length: 12 }, () => tenant.call("GET", "/v1/jobs")));
    const admitted = responses.filter(({ status }) => status === 200);
    const refused = responses.filter(({ status }) => status === 429);
    expect(admitted.length).toBeGreaterThanOrEqual(5);
    expect(admitted.length).toBeLessThanOrEqual(6);
    const [first] = refused;
    expect(first?.headers.get("ratelimit-policy")).toBe('"burst";q=5;w=5');
    expect(first?.headers.get("ratelimit")).toBe('"burst";r=0;t=1');
    expect(first?.headers.get("retry-after")).toBe("1");
    expect(first?.headers.get("x-ratelimit-limit")).toBe("5");
    if (first)
      expect(await problem(first, 429, "rate_limit_exceeded")).toMatchObject({
        "violated-policies": ["burst"],
      });
  });
});

describe("idempotency", () => {
  const key = "a-key-of-the-client-0001";

  it("gives the first answer again, refuses another payload, and says which key is in force", async () => {
    const tenant = await freshTenant();
    const upload = { filename: "a.csv", size: 3 };
    const post = (body: unknown, idempotencyKey: string) =>
      tenant.call("POST", "/v1/uploads", { body, headers: { "idempotency-key": idempotencyKey } });
    const first = await post(upload, key);
    const again = await post({ size: 3, filename: "a.csv" }, `"${key}"`);
    expect(first.status).toBe(201);
    expect(first.headers.get("idempotency-key")).toBe(key);
    expect(first.headers.has("idempotent-replayed")).toBe(false);
    expect(again.status).toBe(201);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toEqual(await first.json());
    await problem(await post({ ...upload, size: 4 }, key), 409, "idempotency_conflict");
    await problem(await post(upload, "=HYPERLINK(1)"), 400, "idempotency_key_invalid");
    expect((await post(upload, "short key!")).headers.get("idempotency-key")).toMatch(
      /^[A-Za-z0-9_][\w-]{21}$/,
    );
  });

  it("keeps the key of one tenant apart from another's", async () => {
    const [a, b] = [await freshTenant(), await freshTenant()];
    const post = (tenant: typeof a, size: number) =>
      tenant.call("POST", "/v1/uploads", {
        body: { filename: "a.csv", size },
        headers: { "idempotency-key": key },
      });
    expect((await post(a, 1)).status).toBe(201);
    expect((await post(b, 2)).headers.has("idempotent-replayed")).toBe(false);
  });
});

describe("the operator plane", () => {
  it("provisions once, describes, lists and changes a tenant", async () => {
    const tenant = await freshTenant({ tier: "basic" });
    const token = await adminToken();
    const twice = await request("POST", "/admin/v1/tenants", {
      token,
      body: { tenant_id: tenant.id, name: "Again", tier: "basic" },
    });
    await problem(twice, 409, "already_exists");

    const patched = await request("PATCH", `/admin/v1/tenants/${tenant.id}`, {
      token,
      body: { tier: "premium", overrides: { running_jobs: 3 } },
    });
    expect(await patched.json()).toMatchObject({ tier: "premium", overrides: { running_jobs: 3 } });
    expect(await tenant.json("GET", "/v1/tenant")).toMatchObject({
      limits: { running_jobs: 3, rate: { burst: 150 } },
    });
    const described = await request("GET", `/admin/v1/tenants/${tenant.id}`, { token });
    expect(await described.json()).toMatchObject({ tenant_id: tenant.id, status: "active", tier: "premium" });
    const listed = await request("GET", "/admin/v1/tenants?limit=100", { token });
    const { data } = await listed.json<{ data: { tenant_id: string; tier: string }[] }>();
    expect(data.find(({ tenant_id: id }) => id === tenant.id)).toMatchObject({ tier: "premium" });
  });

  it("refuses a tenant's token, a missing scope, and members that cannot be patched", async () => {
    const tenant = await freshTenant();
    await problem(await request("GET", "/admin/v1/tenants", { token: tenant.token }), 401, "unauthenticated");
    const readOnly = await adminToken("admin:read");
    const body = { name: "x" };
    const path = `/admin/v1/tenants/${tenant.id}`;
    await problem(await request("PATCH", path, { token: readOnly, body }), 403, "insufficient_scope");
    const token = await adminToken();
    await problem(
      await request("PATCH", path, { token, body: { shard: "SHARD_1" } }),
      400,
      "validation_error",
    );
    const unknown = await request("PATCH", `/admin/v1/tenants/${freshTenantId()}`, { token, body });
    await problem(unknown, 404, "tenant_not_found");
  });
});

describe("health", () => {
  it("is ready when directory, shards, files, queues and objects answer", async () => {
    await freshTenant();
    const response = await request("GET", "/ready");
    expect(await response.json()).toMatchObject({ status: "ok", checks: { directory: "ok", shard_3: "ok" } });
    expect((await request("GET", "/v1/health")).status).toBe(200);
  });
});
