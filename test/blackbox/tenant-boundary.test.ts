import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Api } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import { type CommandProcess, start, temporaryState, until } from "../support/node/edge-process.ts";
import { rawRequest } from "../support/node/raw-http.ts";

const state = temporaryState();
const TENANTS = ["t_smuggle_a", "t_smuggle_b"] as const;
let edge: CommandProcess;
let url: string;
let token: string;
let both: string;

async function provision(base: string, id: string, stateDir = state.dir): Promise<Api> {
  const admin = new Api(base, await mintToken(stateDir, { admin: true }));
  await admin.json("POST", "/admin/v1/tenants", 201, { tenant_id: id, name: id, tier: "enterprise" });
  return new Api(base, await mintToken(stateDir, { tenant: id }));
}

before(async () => {
  edge = start("node", state.dir);
  url = await edge.ready();
  for (const id of TENANTS) await provision(url, id);
  token = await mintToken(state.dir, { tenant: TENANTS[0] });
  both = await mintToken(state.dir, { tenant: TENANTS[1] });
});

after(async () => {
  edge.kill("SIGTERM");
  await edge.ended;
  state.remove();
});

describe("headers that are doubled, listed or disguised", () => {
  const auth = () => `Authorization: Bearer ${token}`;
  const cases: readonly (readonly [
    name: string,
    head: () => readonly string[],
    statuses: readonly number[],
  ])[] = [
    ["two X-Tenant-Id", () => [auth(), `X-Tenant-Id: ${TENANTS[0]}`, `X-Tenant-Id: ${TENANTS[1]}`], [400]],
    [
      "the same X-Tenant-Id twice",
      () => [auth(), `X-Tenant-Id: ${TENANTS[0]}`, `X-Tenant-Id: ${TENANTS[0]}`],
      [400],
    ],
    ["a list in X-Tenant-Id", () => [auth(), `X-Tenant-Id: ${TENANTS[0]},${TENANTS[1]}`], [400]],
    ["a foreign X-Tenant-Id", () => [auth(), `X-Tenant-Id: ${TENANTS[1]}`], [403]],
    ["a folded X-Tenant-Id", () => [auth(), "X-Tenant-Id: t_smuggle_a", " t_smuggle_b"], [400]],
    ["a Cyrillic look-alike in UTF-8", () => [auth(), "X-Tenant-Id: t_smuggle_\xd0\xb0"], [400]],
    ["a Latin-1 byte", () => [auth(), "X-Tenant-Id: t_smuggle_\xe1"], [400]],
    ["a no-break space", () => [auth(), "X-Tenant-Id: t_smuggle_a\xa0"], [400]],
    ["a NUL", () => [auth(), "X-Tenant-Id: t_smuggle_a\0"], [400]],
    ["a header name with a space", () => [auth(), `X-Tenant-Id : ${TENANTS[1]}`], [400, 200]],
    ["an underscore in the name", () => [auth(), `X_Tenant_Id: ${TENANTS[1]}`], [200]],
    ["two Authorization", () => [auth(), `Authorization: Bearer ${both}`], [401]],
    ["the same Authorization twice", () => [auth(), auth()], [401]],
    ["a list in Authorization", () => [`Authorization: Bearer ${token}, Bearer ${both}`], [401]],
    ["another scheme", () => [`Authorization: Basic ${token}`], [401]],
    ["no scheme", () => [`Authorization: ${token}`], [401]],
    ["a token in a cookie", () => [`Cookie: Authorization=Bearer ${token}`], [401]],
    ["a method override", () => [auth(), "X-HTTP-Method-Override: DELETE"], [200]],
    ["a forwarded tenant", () => [auth(), `X-Forwarded-Tenant: ${TENANTS[1]}`], [200]],
    ["a huge token", () => [`Authorization: Bearer ${"a".repeat(30_000)}`], [401, 431]],
  ];
  for (const [name, head, statuses] of cases)
    test(name, async () => {
      const { status, text } = await rawRequest(url, head());
      assert.ok(statuses.includes(status), `answered ${status}: ${text}`);
      assert.ok(!text.includes(TENANTS[1]), "names the other tenant");
      assert.ok(!text.includes(token) && !text.includes(both), "echoes a token");
    });

  test("white space and capitals around the right tenant are forgiven", async () => {
    const { status } = await rawRequest(url, [auth(), `X-Tenant-Id: \t ${TENANTS[0].toUpperCase()}  `]);
    assert.equal(status, 200);
  });

  test("a token in the query is none", async () => {
    const { status } = await rawRequest(url, [], "", `GET /v1/jobs?access_token=${token} HTTP/1.1`);
    assert.equal(status, 401);
  });
});

describe("keys by URL", () => {
  let server: Server;
  let asked = 0;
  let keys: unknown[] = [];
  let answers = 200;
  const issuer = "https://idp.example/";

  async function signer(kid: string) {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" };
    const sign = (tenant: string) =>
      new SignJWT({ tenant_id: tenant, scope: "jobs:read" })
        .setProtectedHeader({ alg: "ES256", kid, typ: "JWT" })
        .setIssuer(issuer)
        .setAudience("https://api.validahub.local")
        .setSubject("user")
        .setExpirationTime("5m")
        .sign(privateKey);
    return { jwk, sign };
  }

  const startWithKeysAt = (stateDir: string, port: number): CommandProcess => {
    const vars = [`JWT_JWKS_URL=http://127.0.0.1:${port}/jwks`, "JWT_JWKS=", `JWT_ISSUER=${issuer}`];
    return start("node", stateDir, ...vars.flatMap((assignment) => ["--var", assignment]));
  };

  before(async () => {
    server = createServer((_request, response) => {
      asked++;
      response.writeHead(answers, { "content-type": "application/json" });
      response.end(JSON.stringify({ keys }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());

  test("are fetched once, survive their source's failure, and a flood of unknown kids asks for them once more", async () => {
    const own = temporaryState();
    const { port } = server.address() as AddressInfo;
    const served = startWithKeysAt(own.dir, port);
    try {
      const base = await served.ready();
      const first = await signer("first");
      keys = [first.jwk];
      const call = async (bearer: string) =>
        (await fetch(`${base}/v1/jobs`, { headers: { authorization: `Bearer ${bearer}` } })).status;
      // The tenant was never provisioned: 404 says that the token was taken.
      assert.equal(await call(await first.sign("t_jwks_a")), 404);
      const afterFirst = asked;
      assert.ok(afterFirst >= 1);
      for (let n = 0; n < 20; n++) assert.equal(await call(await first.sign("t_jwks_a")), 404);
      assert.equal(asked, afterFirst);

      answers = 500;
      const strangers = await Promise.all(Array.from({ length: 20 }, (_, n) => signer(`stranger-${n}`)));
      for (const stranger of strangers) assert.equal(await call(await stranger.sign("t_jwks_a")), 401);
      assert.ok(asked - afterFirst <= 1, `asked ${asked - afterFirst} times`);
      assert.equal(await call(await first.sign("t_jwks_a")), 404);
    } finally {
      served.kill("SIGTERM");
      await served.ended;
      own.remove();
    }
  });

  test("that cannot be had are a 503 that says when to come back", async () => {
    const own = temporaryState();
    const { port } = server.address() as AddressInfo;
    answers = 500;
    const served = startWithKeysAt(own.dir, port);
    try {
      const base = await served.ready();
      const bearer = await (await signer("first")).sign("t_jwks_a");
      const response = await fetch(`${base}/v1/jobs`, { headers: { authorization: `Bearer ${bearer}` } });
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get("retry-after")) > 0);
    } finally {
      served.kill("SIGTERM");
      await served.ended;
      own.remove();
    }
  });
});

test("an operator sees a message that was refused", async () => {
  const admin = new Api(url, await mintToken(state.dir, { admin: true }));
  const letters = await admin.json<{ data: unknown[] }>("GET", "/admin/v1/dead-letters", 200);
  assert.deepEqual(letters.data, []);
  await until("the audit to name the look", 5_000, async () => {
    const { data } = await admin.json<{ data: { type: string }[] }>("GET", "/admin/v1/audit", 200);
    return data.some(({ type }) => type === "operator.dead_letters_read");
  });
});
