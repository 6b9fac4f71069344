import assert from "node:assert/strict";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  type CommandProcess,
  isRunning,
  refuses,
  run,
  serversOf,
  start,
  temporaryState,
  until,
} from "../support/node/edge-process.ts";

const GONE_WITHIN_MS = 3_000;
const OPTIONS = { timeout: 120_000 };

let state: ReturnType<typeof temporaryState>;
beforeEach(() => (state = temporaryState()));
afterEach(() => state.remove());

async function started(via: "npm" | "node", ...args: string[]) {
  const edge = start(via, state.dir, ...args);
  const url = await edge.ready();
  return { edge, url, ...serversOf(state.dir) };
}

async function assertNothingLeft(url: string, ...pids: number[]): Promise<void> {
  await until("the port to refuse", GONE_WITHIN_MS, () => refuses(url));
  await until("the processes to be gone", GONE_WITHIN_MS, async () => !pids.some(isRunning));
}

async function token(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(
    "npm",
    "run",
    "--silent",
    "token",
    "--",
    "--state",
    state.dir,
    ...args,
  );
  assert.equal(code, 0, stderr);
  return stdout;
}

const withBearer = (bearer: string, init: RequestInit = {}) => ({
  ...init,
  headers: { authorization: `Bearer ${bearer.trim()}`, "content-type": "application/json" },
});

describe("npm start", OPTIONS, () => {
  it("takes a free port for 0, names its addresses and answers", async () => {
    const { edge, url } = await started("npm");

    assert.equal((await fetch(`${url}/health`)).status, 200);
    for (const path of ["/v1", "/docs", "/dashboard"])
      assert.match(edge.stdout, new RegExp(`${url}${path}\n`));
  });

  it("refuses a second start on a state folder in use, and serves on", async () => {
    const { url } = await started("node");

    const second = start("npm", state.dir);

    assert.equal((await second.ended).code, 1);
    assert.match(second.stderr, /state folder .* is in use by a running edge/);
    assert.equal((await fetch(`${url}/health`)).status, 200);
  });

  it("says so when the port is taken, and leaves nothing behind", async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    t.after(() => other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const address = other.address();
    assert(typeof address === "object" && address);

    const edge = start("node", state.dir, "--port", String(address.port));

    assert.equal((await edge.ended).code, 1);
    assert.match(edge.stderr, new RegExp(`Port ${address.port} is in use`));
  });

  it("answers wrong use with the usage and exit code 2", async () => {
    for (const wrong of [["--port", "70000"], ["--var", "NAME"], ["--colour", "red"], ["stray"]]) {
      const { code, stderr, stdout } = await run(process.execPath, "scripts/start.ts", ...wrong);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.match(stderr, /usage: npm start/);
    }
  });
});

describe("the end of the edge", OPTIONS, () => {
  const endings: [string, "npm" | "node", (edge: CommandProcess) => void][] = [
    ["SIGTERM to the process itself", "node", (edge) => edge.kill("SIGTERM")],
    ["SIGINT to the process itself", "node", (edge) => edge.kill("SIGINT")],
    ["SIGTERM to npm", "npm", (edge) => edge.kill("SIGTERM")],
    ["SIGINT to npm", "npm", (edge) => edge.kill("SIGINT")],
    ["Ctrl-C in a terminal", "npm", (edge) => edge.killGroup("SIGINT")],
  ];
  for (const [what, via, end] of endings) {
    it(`is clean and prompt: ${what}`, async () => {
      const { edge, url, launcher, runtime } = await started(via);

      end(edge);

      const { code } = await edge.ended;
      assert.equal(code, 0, edge.stderr);
      await assertNothingLeft(url, edge.pid, launcher, runtime);
    });
  }

  const kills: [string, "npm" | "node"][] = [
    ["of the process itself", "node"],
    ["of npm", "npm"],
  ];
  for (const [what, via] of kills) {
    it(`leaves nothing serving after SIGKILL ${what}, and the next start takes over`, async () => {
      const { edge, url, launcher, runtime } = await started(via);

      edge.kill("SIGKILL");

      await assertNothingLeft(url, launcher, runtime);
      const next = await started("node");
      assert.equal((await fetch(`${next.url}/health`)).status, 200);
    });
  }

  it("comes at once while the edge is still starting", async () => {
    const edge = start("node", state.dir);
    const { launcher, runtime } = await until("the runtime to be there", 60_000, async () => {
      try {
        return serversOf(state.dir);
      } catch {
        return undefined;
      }
    });

    edge.kill("SIGTERM");

    assert.equal((await edge.ended).code, 0, edge.stderr);
    await until("the processes to be gone", GONE_WITHIN_MS, async () => ![launcher, runtime].some(isRunning));
    assert.doesNotMatch(edge.stdout, /ready/);
  });
});

describe("the state folder", OPTIONS, () => {
  it("keeps keys and acknowledged writes through SIGKILL and an immediate restart", async () => {
    const before = await started("npm");
    const operator = await token("--admin");
    const tenant = { tenant_id: "t_kept", name: "Kept", tier: "basic" };
    const made = await fetch(
      `${before.url}/admin/v1/tenants`,
      withBearer(operator, { method: "POST", body: JSON.stringify(tenant) }),
    );
    assert.equal(made.status, 201, await made.text());

    before.edge.kill("SIGKILL");
    const after = await started("npm");

    const found = await fetch(`${after.url}/admin/v1/tenants/t_kept`, withBearer(operator));
    assert.equal(found.status, 200, await found.text());
    assert.equal(
      (await fetch(`${after.url}/v1/tenant`, withBearer(await token("--tenant", "t_kept")))).status,
      200,
    );
  });

  it("takes variables from --var", async () => {
    const { url } = await started("node", "--var", "JWT_ISSUER=https://elsewhere.example/");

    const refused = await fetch(`${url}/admin/v1/tenants`, withBearer(await token("--admin")));

    assert.equal(refused.status, 401);
  });
});

describe("npm run --silent token", OPTIONS, () => {
  it("prints one token and nothing else, the same key from concurrent first calls", async () => {
    const [one, two] = await Promise.all([token("--tenant", "t_acme"), token("--tenant", "t_acme")]);

    for (const text of [one, two]) assert.match(text, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    assert.equal(one.split(".")[0], two.split(".")[0]);
  });

  it("puts the arguments into the claims", async () => {
    const text = await token("--tenant", "t_acme", "--scope", "jobs:read", "--sub", "user_9", "--ttl", "60");

    const { iat, exp, jti, ...claims } = JSON.parse(
      Buffer.from(text.split(".")[1] ?? "", "base64url").toString(),
    );
    assert.deepEqual(claims, {
      iss: "https://auth.validahub.local/",
      aud: "https://api.validahub.local",
      sub: "user_9",
      tenant_id: "t_acme",
      scope: "jobs:read",
    });
    assert.equal(exp - iat, 60);
    assert.match(jti, /^[\da-f-]{36}$/);
  });

  it("answers wrong use with the usage and exit code 2", async () => {
    for (const wrong of [
      [],
      ["--tenant", "Acme"],
      ["--tenant", "t_a", "--admin"],
      ["--tenant", "t_a", "--ttl", "x"],
    ]) {
      const { code, stderr, stdout } = await run(process.execPath, "scripts/token.ts", ...wrong);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.match(stderr, /usage: npm run --silent token/);
    }
  });
});
