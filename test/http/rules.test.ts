import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type Call, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly checksum: string;
  readonly [member: string]: unknown;
}
interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly details: { readonly field_errors?: Readonly<Record<string, readonly string[]>> };
}

const PRICE_MIN = {
  id: "price_min",
  field: "price",
  check: { type: "numeric_min", min: 1 },
  severity: "error",
};
const TITLE = { id: "title_required", field: "title", check: { type: "required" }, severity: "error" };
const PROFILE = { name: "Acme", rules: [PRICE_MIN] };

const put = (tenant: TestTenant, id: string, body: unknown = PROFILE, headers: Record<string, string> = {}) =>
  tenant.call("PUT", `/v1/rules/${id}`, {
    body,
    headers: { "content-type": "application/json", ...headers },
  });
const post = (tenant: TestTenant, path: string, call: Call = {}) =>
  tenant.call("POST", `/v1/rules/${path}`, call);
const get = <T = Shown>(tenant: TestTenant, path: string): Promise<T> =>
  tenant.json<T>("GET", `/v1/rules${path.startsWith("?") ? "" : "/"}${path}`);

async function refused(answer: Promise<Response>): Promise<ProblemBody & { readonly status: number }> {
  const response = await answer;
  const body = await response.json<ProblemBody>();
  return { ...body, status: response.status };
}

async function published(tenant: TestTenant, id: string, body: unknown = PROFILE): Promise<Shown> {
  const saved = await put(tenant, id, body);
  expect(saved.status).toBe(201);
  const answer = await post(tenant, `${id}/publish`);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.json<Shown>();
}

interface Event {
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const eventsOf = async (tenant: TestTenant): Promise<readonly Event[]> =>
  (await tenant.json<{ data: Event[] }>("GET", "/v1/events")).data.filter(({ type }) =>
    type.startsWith("rules."),
  );

describe("PUT /v1/rules/{channel}@{version}", () => {
  it("makes a draft, and replaces it; its ETag is its checksum, the same for the same profile", async () => {
    const tenant = await freshTenant();
    const made = await put(tenant, "acme@1.0.0");
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe("/v1/rules/acme@1.0.0");
    const shown = await made.json<Shown>();
    expect(shown).toMatchObject({
      id: "acme@1.0.0",
      status: "draft",
      origin: "own",
      name: "Acme",
      rule_count: 1,
    });
    expect(made.headers.get("etag")).toBe(`"${shown.checksum}"`);
    const reordered = { rules: [PRICE_MIN], version: "1.0.0", channel: "acme", name: "Acme" };
    const again = await put(tenant, "acme@1.0.0", reordered);
    expect([again.status, again.headers.get("etag")]).toEqual([200, `"${shown.checksum}"`]);
    const other = await put(tenant, "acme@1.0.0", { ...PROFILE, rules: [] });
    expect(other.headers.get("etag")).not.toBe(`"${shown.checksum}"`);
    expect(await get(tenant, "acme@1.0.0")).toMatchObject({ rules: [], status: "draft" });
  });

  it("takes back what a GET has given, as JSON and as YAML", async () => {
    const tenant = await freshTenant();
    for (const body of [PROFILE, { rules: [PRICE_MIN] }]) {
      const { checksum } = await (await put(tenant, "acme@1.0.0", body)).json<Shown>();
      const json = await tenant.call("GET", "/v1/rules/acme@1.0.0");
      expect((await put(tenant, "acme@1.0.0", await json.text())).headers.get("etag")).toBe(`"${checksum}"`);
      const yaml = await tenant.call("GET", "/v1/rules/acme@1.0.0", {
        headers: { accept: "application/yaml" },
      });
      expect(yaml.headers.get("content-type")).toBe("application/yaml; charset=utf-8");
      const back = await put(tenant, "acme@1.0.0", await yaml.text(), { "content-type": "application/yaml" });
      expect([back.status, back.headers.get("etag")]).toEqual([200, `"${checksum}"`]);
    }
  });

  it("takes a rule file of the old service as it is", async () => {
    const tenant = await freshTenant();
    const file = [
      "schema_version: '1'",
      "mappings:",
      "  condition: &synonyms { novo: new, usado: used }",
      "  state: *synonyms",
      "rules:",
      "  - { id: price_min, field: price, when: price, severity: ERROR, check: { type: numeric_min, value: 0.01 } }",
      "  - id: condition_set",
      "    field: condition",
      "    severity: WARNING",
      "    checked_on: 2026-11-01",
      "    check: { type: in_set, mapping: condition }",
      "    fix: { type: map_value, mapping: condition }",
    ].join("\n");
    const answer = await put(tenant, "legado@1.0.0", file, { "content-type": "text/yaml; charset=utf-8" });
    expect(answer.status, await answer.clone().text()).toBe(201);
    expect(await answer.json()).toMatchObject({
      mappings: { state: { novo: "new" } },
      rules: [
        { severity: "error", check: { value: 0.01 } },
        { severity: "warning", checked_on: "2026-11-01" },
      ],
    });
    await post(tenant, "legado@1.0.0/publish");
    const judged = await tenant.call("POST", "/v1/validate?rules_profile_id=legado@latest", {
      headers: { "content-type": "text/csv" },
      body: "price,condition\n0.00,novo\n",
    });
    expect(await judged.json()).toMatchObject({ counters: { errors: 1 }, findings_total: 2 });
  });

  it.each([
    [
      "a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
        .split("")
        .map((name, i) =>
          `${name}: &${name} [${"abcdefg"[i]}].`.replace(
            /\[(.)\]\./,
            (_all, before) => `[${Array(9).fill(`*${before}`).join(",")}]`,
          ),
        )
        .join("\n")}`,
    ],
    ["a tag of its own", "rules: !!js/function 'x'"],
    ["a known tag that is not JSON's", "name: !!binary aGVsbG8="],
    ["two documents", "rules: []\n---\nrules: []"],
    ["a member twice", "rules: []\nrules: []"],
    ["nesting in brackets", `name: ${"[".repeat(100_000)}`],
    ["nesting in lines", `name:\n  ${"- ".repeat(5_000)}x`],
    ["an alias of nothing", "name: *nobody"],
    ["itself", "rules: &r [*r]"],
    ["a prototype", "__proto__: { channel: x }"],
    ["a text", "just words"],
    ["nothing", ""],
  ])("refuses YAML with %s", async (_what, body) => {
    const tenant = await freshTenant();
    const answer = await refused(put(tenant, "acme@1.0.0", body, { "content-type": "application/yaml" }));
    expect(answer).toMatchObject({ status: 400, code: "profile_invalid" });
    expect((await tenant.call("GET", "/v1/rules/acme@1.0.0")).status).toBe(404);
  });

  it("names each fault by its JSON pointer", async () => {
    const tenant = await freshTenant();
    const body = {
      channel: "other",
      version: "2.0.0",
      rules: [
        { ...PRICE_MIN, check: { type: "range", min: 2, max: 1 } },
        { ...PRICE_MIN, check: { type: "in_set", mapping: "gone" } },
      ],
    };
    const answer = await refused(put(tenant, "acme@1.0.0", body));
    expect(answer).toMatchObject({ status: 400, code: "profile_invalid" });
    expect(Object.keys(answer.details.field_errors ?? {}).toSorted()).toEqual([
      "/channel",
      "/rules/0/check",
      "/rules/1/check/mapping",
      "/rules/1/id",
      "/version",
    ]);
  });

  it.each([
    ["a path without a version", "acme", PROFILE, {}, 400, "validation_error"],
    ["latest", "acme@latest", PROFILE, {}, 400, "validation_error"],
    ["a channel that is none", "Acme!@1.0.0", PROFILE, {}, 400, "validation_error"],
    ["a body that is no JSON", "acme@1.0.0", "{", {}, 400, "malformed_json"],
    ["a list", "acme@1.0.0", [], {}, 400, "profile_invalid"],
    ["an unknown member", "acme@1.0.0", { tenant_id: "t_other" }, {}, 400, "profile_invalid"],
    ["another media type", "acme@1.0.0", "x", { "content-type": "text/csv" }, 415, "unsupported_media_type"],
    ["too large a body", "acme@1.0.0", { name: "x".repeat(300_000) }, {}, 413, "payload_too_large"],
    ["a shipped version", "ml@1.0.0", PROFILE, {}, 409, "profile_immutable"],
    ["If-Match of nothing", "acme@1.0.0", PROFILE, { "if-match": "*" }, 412, "precondition_failed"],
    ["If-Match that is no tag", "acme@1.0.0", PROFILE, { "if-match": "abc" }, 400, "validation_error"],
  ])("refuses %s", async (_what, id, body, headers, status, code) => {
    const tenant = await freshTenant();
    expect(await refused(put(tenant, id, body, headers))).toMatchObject({ status, code });
    expect(await get(tenant, "?status=draft")).toMatchObject({ data: [] });
  });

  it("refuses a profile that its defaults make too large", async () => {
    const tenant = await freshTenant();
    const rules = Array.from({ length: 4_000 }, (_r, i) => ({
      id: `r${i}`,
      field: `a${i}`,
      check: { type: "required" },
    }));
    expect(await refused(put(tenant, "acme@1.0.0", { rules }))).toMatchObject({ status: 413 });
  });

  it("changes only what the client has seen", async () => {
    const tenant = await freshTenant();
    const first =
      (await put(tenant, "acme@1.0.0", PROFILE, { "if-none-match": "*" })).headers.get("etag") ?? "";
    expect((await put(tenant, "acme@1.0.0", PROFILE, { "if-none-match": "*" })).status).toBe(412);
    const changed = { ...PROFILE, name: "Changed" };
    expect((await put(tenant, "acme@1.0.0", changed, { "if-match": `"x", ${first}` })).status).toBe(200);
    expect((await put(tenant, "acme@1.0.0", PROFILE, { "if-match": first })).status).toBe(412);
    expect((await put(tenant, "acme@1.0.0", PROFILE, { "if-match": `W/${first}` })).status).toBe(412);
    const stale = tenant.call("DELETE", "/v1/rules/acme@1.0.0", { headers: { "if-match": first } });
    expect((await stale).status).toBe(412);
    expect(await get(tenant, "acme@1.0.0")).toMatchObject({ name: "Changed" });
  });

  it("never changes what was published, also of a version that is deprecated", async () => {
    const tenant = await freshTenant();
    const { checksum } = await published(tenant, "acme@1.0.0");
    expect(await refused(put(tenant, "acme@1.0.0", { rules: [] }))).toMatchObject({
      status: 409,
      code: "profile_immutable",
    });
    await post(tenant, "acme@1.0.0/deprecate");
    expect((await put(tenant, "acme@1.0.0", { rules: [] })).status).toBe(409);
    expect(await refused(tenant.call("DELETE", "/v1/rules/acme@1.0.0"))).toMatchObject({
      status: 409,
      code: "profile_immutable",
    });
    expect(await get(tenant, "acme@1.0.0")).toMatchObject({ checksum, rules: [PRICE_MIN] });
  });

  it("of two that race with a publish, what is published is what its event says", async () => {
    const tenant = await freshTenant();
    await put(tenant, "acme@1.0.0");
    const [saved, made] = await Promise.all([
      put(tenant, "acme@1.0.0", { ...PROFILE, name: "Later" }),
      post(tenant, "acme@1.0.0/publish"),
    ]);
    expect(made.status).toBe(200);
    expect([200, 409]).toContain(saved.status);
    const now = await get(tenant, "acme@1.0.0");
    expect(now).toMatchObject({ status: "published", name: saved.status === 200 ? "Later" : "Acme" });
    expect((await eventsOf(tenant)).map(({ data }) => data.checksum)).toEqual([now.checksum]);
  });

  it("keeps at most 200 of them", { timeout: 60_000 }, async () => {
    const tenant = await freshTenant({ overrides: { rate: { sustained: 10_000, burst: 10_000 } } });
    for (let patch = 0; patch < 200; patch += 20)
      await Promise.all(
        Array.from({ length: 20 }, (_p, i) => put(tenant, `acme@1.0.${patch + i}`, { rules: [] })),
      );
    expect(await refused(put(tenant, "acme@2.0.0"))).toMatchObject({ status: 429, code: "quota_exceeded" });
    expect((await put(tenant, "acme@1.0.7")).status).toBe(200);
    await tenant.call("DELETE", "/v1/rules/acme@1.0.9");
    expect((await put(tenant, "acme@2.0.0")).status).toBe(201);
  });
});

describe("a profile of a tenant", () => {
  it("is its own alone: another one may have the same id", async () => {
    const [one, other] = [await freshTenant(), await freshTenant()];
    await published(one, "acme@1.0.0");
    expect((await other.call("GET", "/v1/rules/acme@1.0.0")).status).toBe(404);
    expect((await put(other, "acme@1.0.0", { rules: [TITLE] })).status).toBe(201);
    expect(await get(other, "acme@1.0.0")).toMatchObject({ status: "draft", rules: [TITLE] });
    expect(await get(one, "acme@latest")).toMatchObject({ status: "published", rules: [PRICE_MIN] });
  });

  it("needs its scopes", async () => {
    const tenant = await freshTenant();
    const token = await tenantToken(tenant.id, "rules:read");
    expect((await tenant.call("GET", "/v1/rules/default@1.0.0", { token })).status).toBe(200);
    const write = tenant.call("PUT", "/v1/rules/acme@1.0.0", { token, body: PROFILE });
    expect(await refused(write)).toMatchObject({ status: 403, code: "insufficient_scope" });
  });

  it("says where its rules come from, and what of that is old", async () => {
    const tenant = await freshTenant();
    const old = {
      ...PRICE_MIN,
      source: "https://acme.example/rules",
      checked_on: "2020-01-31",
      reviewer: "ana",
    };
    await put(tenant, "acme@1.0.0", { rules: [old, { ...TITLE, source: "a talk" }] });
    expect((await get(tenant, "acme@1.0.0")).provenance).toMatchObject({
      rules: 2,
      with_source: 2,
      oldest_checked_on: "2020-01-31",
      stale: [{ id: "price_min", checked_on: "2020-01-31" }],
    });
    const checked = await (
      await post(tenant, "acme@1.0.0/validate")
    ).json<{ warnings: { path: string }[] }>();
    expect(checked).toMatchObject({ status: "validated", valid: true, faults: [] });
    expect(checked.warnings.map(({ path }) => path)).toEqual(["/rules/0/checked_on", "/rules/1"]);
  });

  it("goes from draft to validated and back to draft when it is changed", async () => {
    const tenant = await freshTenant();
    await put(tenant, "acme@1.0.0");
    await post(tenant, "acme@1.0.0/validate");
    expect(await (await post(tenant, "acme@1.0.0/validate")).json()).toMatchObject({ status: "validated" });
    await put(tenant, "acme@1.0.0", { rules: [] });
    expect(await get(tenant, "acme@1.0.0")).toMatchObject({ status: "draft" });
    expect((await tenant.call("DELETE", "/v1/rules/acme@1.0.0")).status).toBe(204);
    expect((await tenant.call("DELETE", "/v1/rules/acme@1.0.0")).status).toBe(404);
  });
});

describe("GET /v1/rules", () => {
  it("lists shipped and own by channel, the newest first, page by page", async () => {
    const tenant = await freshTenant();
    await put(tenant, "acme@1.9.0");
    await put(tenant, "acme@1.10.0");
    await published(tenant, "mercado_livre@2.0.0");
    const all: string[] = [];
    for (let cursor = ""; ;) {
      const page = await get<{ data: Shown[]; meta: { next_cursor: string | null } }>(
        tenant,
        `?limit=2${cursor}`,
      );
      all.push(...page.data.map(({ id }) => id));
      if (page.meta.next_cursor === null) break;
      cursor = `&cursor=${page.meta.next_cursor}`;
    }
    expect(all.slice(0, 2)).toEqual(["acme@1.10.0", "acme@1.9.0"]);
    expect(all.filter((id) => id.startsWith("mercado_livre@"))).toEqual([
      "mercado_livre@2.0.0",
      "mercado_livre@1.1.0",
      "mercado_livre@1.0.0",
    ]);
    expect(new Set(all).size).toBe(all.length);
    const drafts = await get<{ data: Shown[]; meta: object }>(tenant, "?status=draft&channel=acme");
    expect(drafts.meta).toMatchObject({ total: 2, next_cursor: null });
    expect(drafts.data[0]).not.toHaveProperty("rules");
    const ml = await get<{ data: Shown[] }>(tenant, "?channel=ml&status=published");
    expect(ml.data.map(({ origin }) => origin)).toEqual(["own", "shipped", "shipped"]);
  });

  it.each(["?cursor=x", "?status=gone", "?limit=0", "?channel=a@b"])("refuses %s", async (search) => {
    const tenant = await freshTenant();
    expect((await tenant.call("GET", `/v1/rules${search}`)).status).toBe(400);
  });

  it("shows a shipped profile whole, by any of its names", async () => {
    const tenant = await freshTenant();
    const answer = await tenant.call("GET", "/v1/rules/ml@latest");
    const shown = await answer.json<Shown>();
    expect(shown).toMatchObject({ id: "mercado_livre@1.1.0", origin: "shipped", status: "published" });
    expect(answer.headers.get("etag")).toBe(`"${shown.checksum}"`);
    expect(answer.headers.get("content-location")).toBe("/v1/rules/mercado_livre@1.1.0");
    for (const call of ["validate", "publish", "deprecate"])
      expect(await refused(post(tenant, `ml@1.0.0/${call}`))).toMatchObject({
        status: 409,
        code: "profile_immutable",
      });
    expect((await tenant.call("DELETE", "/v1/rules/ml@1.0.0")).status).toBe(409);
  });
});

describe("POST .../publish", () => {
  it("publishes once, and says so with the checksum", async () => {
    const tenant = await freshTenant();
    await put(tenant, "acme@1.0.0");
    const headers = { "idempotency-key": "publish-acme-1.0.0" };
    const first = await post(tenant, "acme@1.0.0/publish", { headers });
    const again = await post(tenant, "acme@1.0.0/publish", { headers });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const shown = await first.json<Shown>();
    expect(await again.json()).toEqual(shown);
    expect(await refused(post(tenant, "acme@1.0.0/publish"))).toMatchObject({
      status: 409,
      code: "invalid_state_transition",
    });
    expect((await post(tenant, "acme@1.0.0/validate")).status).toBe(409);
    const events = await eventsOf(tenant);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: "rules.published",
      subject: "rules:acme@1.0.0",
      data: {
        rules_profile_id: "acme@1.0.0",
        checksum: shown.checksum,
        rule_count: 1,
        previous_profile_id: null,
        latest_profile_id: "acme@1.0.0",
      },
    });
  });

  it("of many at once publishes once", async () => {
    const tenant = await freshTenant();
    await put(tenant, "acme@1.0.0");
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(tenant, "acme@1.0.0/publish")));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array<number>(7).fill(409)]);
    expect(await eventsOf(tenant)).toHaveLength(1);
  });

  it("publishes only what the client has seen", async () => {
    const tenant = await freshTenant();
    const etag = (await put(tenant, "acme@1.0.0")).headers.get("etag") ?? "";
    await put(tenant, "acme@1.0.0", { rules: [] });
    expect((await post(tenant, "acme@1.0.0/publish", { headers: { "if-match": etag } })).status).toBe(412);
    expect(await get(tenant, "acme@1.0.0")).toMatchObject({ status: "draft" });
  });

  it.each([
    ["1.0.1", { ...PROFILE, rules: [PRICE_MIN, TITLE] }, "minor", 'rule "title_required" is added'],
    ["1.1.0", { ...PROFILE, rules: [TITLE] }, "major", 'rule "price_min" is removed'],
    [
      "1.0.1",
      { ...PROFILE, rules: [{ ...PRICE_MIN, check: { type: "numeric_min", min: 2 } }] },
      "minor",
      "check.min is 2, was 1",
    ],
  ])("refuses %s where its number promises too little", async (version, body, level, words) => {
    const tenant = await freshTenant();
    await published(tenant, "acme@1.0.0");
    await put(tenant, `acme@${version}`, body);
    const checked = await (
      await post(tenant, `acme@${version}/validate`)
    ).json<{ faults: { path: string }[] }>();
    expect(checked).toMatchObject({ status: "draft", valid: false, faults: [{ path: "/version" }] });
    const answer = await refused(post(tenant, `acme@${version}/publish`));
    expect(answer).toMatchObject({ status: 400, code: "profile_invalid" });
    expect(answer.details.field_errors?.["/version"]?.[0]).toContain(`ask for a ${level} one`);
    expect(answer.detail).toContain(words);
    expect(await get(tenant, `acme@${version}`)).toMatchObject({ status: "draft" });
  });

  it("refuses a version below a published one that would then take a rule away in a minor step", async () => {
    const tenant = await freshTenant();
    await published(tenant, "acme@1.0.0");
    await published(tenant, "acme@1.2.0", { ...PROFILE, name: "Two" });
    await put(tenant, "acme@1.1.0", { ...PROFILE, rules: [PRICE_MIN, TITLE] });
    const answer = await refused(post(tenant, "acme@1.1.0/publish"));
    expect(answer).toMatchObject({ status: 400, code: "profile_invalid" });
    expect(answer.details.field_errors?.["/version"]).toEqual([
      expect.stringMatching(
        /^1\.2\.0 is published already .*ask for a major one: rule "title_required" is removed/,
      ),
    ]);
    await put(tenant, "acme@1.1.0", PROFILE);
    expect((await post(tenant, "acme@1.1.0/publish")).status).toBe(200);
    expect(await get(tenant, "acme@latest")).toMatchObject({ id: "acme@1.2.0" });
  });

  it("compares a version of a shipped channel with the shipped one", async () => {
    const tenant = await freshTenant();
    await put(tenant, "ml@1.2.0");
    expect((await post(tenant, "ml@1.2.0/publish")).status).toBe(400);
    const { rules } = await get<{ rules: object[] }>(tenant, "ml@1.1.0");
    const whole = await get(tenant, "ml@1.1.0");
    await put(tenant, "ml@1.2.0", { ...whole, version: "1.2.0", rules: [...rules, PRICE_MIN] });
    expect((await post(tenant, "ml@1.2.0/publish")).status).toBe(200);
    expect(await get(tenant, "ml@latest")).toMatchObject({ id: "mercado_livre@1.2.0", origin: "own" });
  });
});

describe("POST .../deprecate and .../rollback", () => {
  it("takes a version out of latest, with a reason and what to take instead", async () => {
    const tenant = await freshTenant();
    await published(tenant, "acme@1.0.0");
    expect(
      await refused(post(tenant, "acme@1.0.0/deprecate", { body: { successor: "acme@1.0.1" } })),
    ).toMatchObject({ status: 400, details: { field_errors: { successor: expect.anything() } } });
    const answer = await post(tenant, "acme@1.0.0/deprecate", {
      body: { reason: "Old", successor: "default@latest" },
    });
    expect(await answer.json()).toMatchObject({
      status: "deprecated",
      deprecation_reason: "Old",
      successor: "default@1.0.0",
    });
    expect(await refused(post(tenant, "acme@1.0.0/deprecate"))).toMatchObject({
      code: "invalid_state_transition",
    });
    expect((await tenant.call("GET", "/v1/rules/acme@latest")).status).toBe(404);
    expect((await eventsOf(tenant)).at(-1)).toMatchObject({
      type: "rules.deprecated",
      data: { reason: "Old", successor_profile_id: "default@1.0.0", latest_profile_id: null },
    });
  });

  it("goes back to the version before, and no further than there is one", async () => {
    const tenant = await freshTenant();
    await published(tenant, "acme@1.0.0");
    await published(tenant, "acme@1.1.0", { ...PROFILE, rules: [PRICE_MIN, TITLE] });
    const body = { reason: "It refuses good titles" };
    expect(await refused(post(tenant, "acme@1.0.0/rollback", { body }))).toMatchObject({
      status: 409,
      code: "invalid_state_transition",
    });
    expect((await post(tenant, "acme@latest/rollback", { body: {} })).status).toBe(400);
    const answer = await post(tenant, "acme@latest/rollback", { body });
    expect(await answer.json()).toMatchObject({
      id: "acme@1.1.0",
      status: "deprecated",
      latest: "acme@1.0.0",
    });
    expect(await get(tenant, "acme@latest")).toMatchObject({ id: "acme@1.0.0" });
    expect((await eventsOf(tenant)).at(-1)).toMatchObject({
      data: { reason: body.reason, successor_profile_id: "acme@1.0.0", latest_profile_id: "acme@1.0.0" },
    });
    expect(await refused(post(tenant, "acme@1.0.0/rollback", { body }))).toMatchObject({ status: 409 });
    // What was taken back asks nothing of the next version: its users are on the one before.
    await published(tenant, "acme@1.1.1", PROFILE);
  });
});

describe("GET .../diff", () => {
  it("says in words what a version changes, and what number that asks for", async () => {
    const tenant = await freshTenant();
    await published(tenant, "acme@1.0.0");
    await put(tenant, "acme@1.0.1", { ...PROFILE, rules: [{ ...PRICE_MIN, message: "Preço baixo" }, TITLE] });
    expect(await get(tenant, "acme@1.0.1/diff")).toMatchObject({
      from: "acme@1.0.0",
      to: "acme@1.0.1",
      requires: "minor",
      promises: "patch",
      sufficient: false,
      changes: [
        { kind: "rule_changed", name: "price_min", member: "message", level: "patch" },
        { kind: "rule_added", name: "title_required", member: null, level: "minor" },
      ],
    });
    expect(await get(tenant, "acme@1.0.0/diff?from=1.0.1")).toMatchObject({ requires: "major" });
    expect(await get(tenant, "acme@1.0.1/diff?from=1.0.1")).toMatchObject({ requires: "none", changes: [] });
    expect((await tenant.call("GET", "/v1/rules/acme@1.0.0/diff")).status).toBe(404);
    expect((await tenant.call("GET", "/v1/rules/acme@1.0.0/diff?from=9.9.9")).status).toBe(404);
    expect((await tenant.call("GET", "/v1/rules/acme@1.0.0/diff?from=x")).status).toBe(400);
  });
});

describe("jobs and POST /v1/validate", () => {
  const CSV = "price,title\n0.50,\n";
  const judge = (tenant: TestTenant, id: string) =>
    tenant.call("POST", `/v1/validate?rules_profile_id=${id}`, {
      headers: { "content-type": "text/csv" },
      body: CSV,
    });
  const submit = async (tenant: TestTenant, id: string) =>
    tenant.call("POST", "/v1/jobs", {
      body: {
        channel: "acme",
        type: "validation",
        file_ref: await tenant.upload("a.csv", CSV),
        rules_profile_id: id,
      },
    });
  const ended = (tenant: TestTenant, id: string) =>
    eventually(
      () => tenant.json<{ status: string }>("GET", `/v1/jobs/${id}`),
      ({ status }) => status === "succeeded" || status === "failed",
    );

  it("run by the tenant's own version, pinned when they are made, also once it is deprecated", async () => {
    const tenant = await freshTenant();
    await published(tenant, "acme@1.0.0");
    const job = await (await submit(tenant, "acme@latest")).json<{ id: string; rules_profile_id: string }>();
    expect(job.rules_profile_id).toBe("acme@1.0.0");
    await published(tenant, "acme@1.1.0", { ...PROFILE, rules: [PRICE_MIN, TITLE] });
    await post(tenant, "acme@1.0.0/deprecate");
    expect(await ended(tenant, job.id)).toMatchObject({ status: "succeeded", counters: { errors: 1 } });
    const late = await (await submit(tenant, "acme@1.0.0")).json<{ id: string }>();
    expect(await ended(tenant, late.id)).toMatchObject({ status: "succeeded", findings_total: 1 });
    expect(await (await judge(tenant, "acme@1.0.0")).json()).toMatchObject({ findings_total: 1 });
    expect(await (await judge(tenant, "acme@latest")).json()).toMatchObject({
      rules_profile_id: "acme@1.1.0",
      findings_total: 2,
    });
  });

  it("do not run by a draft, nor by another tenant's", async () => {
    const [tenant, other] = [await freshTenant(), await freshTenant()];
    await put(tenant, "acme@1.0.0");
    await published(other, "acme@1.0.0");
    for (const id of ["acme@1.0.0", "acme@latest"]) {
      expect(await refused(judge(tenant, id))).toMatchObject({
        status: 404,
        code: "rules_profile_not_found",
      });
      expect(await refused(submit(tenant, id))).toMatchObject({
        status: 404,
        code: "rules_profile_not_found",
      });
    }
  });

  it("give the same first answer again, whatever latest is by then", async () => {
    const tenant = await freshTenant();
    await published(tenant, "acme@1.0.0");
    const call = {
      headers: { "idempotency-key": "a-submission-of-acme" },
      body: {
        channel: "acme",
        type: "validation",
        file_ref: await tenant.upload("a.csv", CSV),
        rules_profile_id: "acme@latest",
      },
    };
    const first = await (await tenant.call("POST", "/v1/jobs", call)).json<{ id: string }>();
    await published(tenant, "acme@2.0.0", { rules: [] });
    const again = await tenant.call("POST", "/v1/jobs", call);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toMatchObject({ id: first.id, rules_profile_id: "acme@1.0.0" });
  });
});

describe("schemas of other languages", () => {
  const TABLE = {
    fields: [
      { name: "sku", type: "string", constraints: { required: true, unique: true, pattern: "[A-Z]+" } },
      { name: "price", type: "number", constraints: { minimum: 0.01, jsonSchema: {} } },
    ],
    foreignKeys: [],
  };

  it("come in by PUT and by import, and say what is not taken over", async () => {
    const tenant = await freshTenant();
    const made = await put(tenant, "acme@1.0.0", TABLE, {
      "content-type": "application/vnd.tableschema+json",
    });
    expect(made.status, await made.clone().text()).toBe(201);
    const shown = await made.json<{
      not_expressed: { path: string }[];
      rules: { id: string }[];
      checksum: string;
    }>();
    expect(shown.rules.map(({ id }) => id)).toEqual([
      "sku_required",
      "sku_unique",
      "sku_pattern",
      "price_type",
      "price_numeric_min",
    ]);
    expect(shown.not_expressed.map(({ path }) => path)).toEqual([
      "/fieldsMatch",
      "/foreignKeys",
      "/fields/1/constraints/jsonSchema",
    ]);
    const body = { format: "table-schema", schema: TABLE, channel: "acme", version: "1.0.1" };
    const headers = { "idempotency-key": "an-import-of-acme-1" };
    const first = await post(tenant, "import", { body, headers });
    expect(first.status).toBe(201);
    const imported = await first.json<Shown>();
    expect(imported).toMatchObject({ id: "acme@1.0.1", status: "draft", not_expressed: shown.not_expressed });
    expect(await (await post(tenant, "import", { body, headers })).json()).toEqual(imported);
    const json = { properties: { a: { type: "string", maxLength: 3 } }, required: ["a"] };
    const other = await put(tenant, "acme@1.0.2", json, { "content-type": "application/schema+json" });
    expect(await other.json()).toMatchObject({ rules: [{ id: "a_required" }, { id: "a_length_max" }] });
  });

  it.each([
    ["no Table Schema", { format: "table-schema", schema: {} }, 400, "profile_invalid"],
    ["no JSON Schema", { format: "json-schema", schema: { type: "array" } }, 400, "profile_invalid"],
    ["another format", { format: "xml", schema: {} }, 400, "validation_error"],
  ])("refuse %s", async (_what, body, status, code) => {
    const tenant = await freshTenant();
    const answer = post(tenant, "import", { body: { channel: "acme", version: "1.0.0", ...body } });
    expect(await refused(answer)).toMatchObject({ status, code });
  });

  it("go out with what they cannot say beside it", async () => {
    const tenant = await freshTenant();
    const table = await tenant.call("GET", "/v1/rules/ml@1.0.0?format=table-schema");
    expect(table.headers.get("content-type")).toBe("application/vnd.tableschema+json");
    const { fields, validahub } = await table.json<{
      fields: { name: string }[];
      validahub: { rules_profile_id: string; not_expressed: { path: string }[] };
    }>();
    expect(fields.find(({ name }) => name === "title")).toMatchObject({
      constraints: { required: true, minLength: 10, maxLength: 60 },
    });
    expect(validahub.rules_profile_id).toBe("mercado_livre@1.0.0");
    expect(validahub.not_expressed.map(({ path }) => path)).toContain("/rules/3/fix");
    const json = await tenant.call("GET", "/v1/rules/ml@1.0.0?format=json-schema");
    expect(json.headers.get("content-type")).toBe("application/schema+json");
    expect(await json.json()).toMatchObject({
      properties: { condition: { enum: ["new", "used", "refurbished"] } },
    });
    expect((await tenant.call("GET", "/v1/rules/ml@1.0.0?format=xml")).status).toBe(400);
  });
});
