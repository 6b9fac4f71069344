import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app";
import { jwtVectors } from "../auth/jwt-vectors";
import { Forge, jwksOf, newSigner, type Material } from "../auth/signing";
import { problemOf } from "../support/problems";
import { freshTenant, request } from "../support/tenants";
import { sign } from "../support/tokens";

const tenant = await freshTenant();
const material: Material = {
  issuer: env.JWT_ISSUER,
  audience: env.JWT_AUDIENCE,
  nowMs: Date.now(),
  es256: await newSigner("ES256", "ec-1"),
  rs256: await newSigner("RS256", "rsa-1"),
  eddsa: await newSigner("EdDSA", "ed-1"),
  claims: { tenant_id: tenant.id, scope: "jobs:read" },
};
const served = { ...env, JWT_JWKS: jwksOf(material.es256, material.rs256, material.eddsa) };
const app = createApp();
const send = (token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return app.fetch(new Request("https://api.test/v1/jobs", { headers }), served, createExecutionContext());
};

/** What a refusal says, without what is each request's own. */
async function refusal(response: Response): Promise<string> {
  const body = await response.json<Record<string, unknown>>();
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id");
  return JSON.stringify([response.status, headers, { ...body, request_id: "", timestamp: "" }]);
}

describe("the vectors of the public lists of attacks on JWTs", () => {
  it("are all refused over HTTP with one and the same answer, which echoes nothing", async () => {
    expect((await send(await new Forge(material).token())).status).toBe(200);
    const vectors = (await jwtVectors(material)).filter(({ overHttp }) => overHttp);
    expect(vectors.length).toBeGreaterThan(700);
    const expected = await refusal(await send("x"));
    for (const { name, token } of vectors) {
      const answered = await refusal(await send(token));
      expect({ name, answered }).toEqual({ name, answered: expected });
      if (token.length > 20) expect(answered).not.toContain(token.slice(0, 20));
    }
    console.log(`JWT attacks: ${vectors.length} vectors over HTTP, 0 accepted, 1 answer`);
  });
});

/** Each is near to a tenant id, and none. */
const NEAR_IDS: readonly (readonly [name: string, id: (own: string) => string])[] = [
  ["a capital", (own) => own.toUpperCase()],
  ["a space before it", (own) => ` ${own}`],
  ["a space behind it", (own) => `${own} `],
  ["a line end", (own) => `${own}\n`],
  ["a NUL", (own) => `${own}\0`],
  ["a NUL and more", (own) => `${own}\0x`],
  ["a Cyrillic letter", (own) => own.replace("t_", "t_\u0430")],
  ["a Cyrillic te", (own) => own.replace("t_", "\u0442_")],
  ["a full-width letter", (own) => own.replace("t_", "\uff54_")],
  ["a full-width low line", (own) => own.replace("t_", "t\uff3f")],
  ["a Kelvin sign", () => "t_\u212a"],
  ["a long s", () => "t_\u017f"],
  ["a dotless i", () => "t_\u0131"],
  ["a mathematical letter", () => "t_\u{1d41a}"],
  ["a combining mark", (own) => `${own}\u0301`],
  ["a zero-width space", (own) => `${own}\u200b`],
  ["a right-to-left override", (own) => `\u202e${own}`],
  ["a byte order mark", (own) => `\ufeff${own}`],
  ["a soft hyphen", (own) => `${own}\u00ad`],
  ["a slash", (own) => `${own}/0`],
  ["a way up", (own) => `${own}/../t_other`],
  ["an encoded slash", (own) => `${own}%2f0`],
  ["a wildcard", () => "t_%"],
  ["an SQL comment", (own) => `${own}'--`],
  ["a list", (own) => `${own},t_other`],
  ["nothing behind the prefix", () => "t_"],
  ["no prefix", () => "acme"],
  ["48 characters behind the prefix", () => `t_${"a".repeat(48)}`],
  ["a megabyte", () => `t_${"a".repeat(5_000)}`],
  ["the name of every object", () => "__proto__"],
  ["nothing", () => ""],
];

describe("a tenant id that is none", () => {
  it.each(NEAR_IDS)("with %s is refused in a token's claim and in its list", async (_name, id) => {
    for (const claims of [{ tenant_id: id(tenant.id) }, { tenants: [id(tenant.id)] }]) {
      const token = await sign({ scope: "jobs:read", ...claims });
      await problemOf(await request("GET", "/v1/jobs", { token }), 400, "tenant_invalid");
    }
  });

  it.each(
    NEAR_IDS.filter(
      ([name, id]) => !/capital|space|^nothing$/.test(name) && /^[\x21-\x7e]*$/.test(id("t_a")),
    ),
  )("with %s is refused in the header", async (_name, id) => {
    const headers = { "x-tenant-id": id(tenant.id) };
    await problemOf(
      await request("GET", "/v1/jobs", { token: tenant.token, headers }),
      400,
      "tenant_invalid",
    );
  });

  it("is refused in a token that lists it beside a good one, once it is chosen", async () => {
    const token = await sign({ scope: "jobs:read", tenants: [tenant.id, "t_\u0430"] });
    expect((await request("GET", "/v1/jobs", { token, headers: { "x-tenant-id": tenant.id } })).status).toBe(
      200,
    );
    await problemOf(await request("GET", "/v1/jobs", { token }), 400, "tenant_missing");
  });
});
