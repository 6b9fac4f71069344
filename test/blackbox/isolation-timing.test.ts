import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { v7 as uuidV7 } from "uuid";
import { Api } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import { type CommandProcess, start, temporaryState } from "../support/node/edge-process.ts";

/**
 * Pairs for each kind of id. Each pair is asked in an order that a coin decides, so that drift and load favour neither
 * side, and with equal timing the AUC is 0.5 with a deviation of at most sqrt(1 / 6n) = 0.011: a false alarm at
 * 0.1 is one of nine deviations, less than one run in 10^18.
 */
const PAIRS = 1_500;
const MOST_EFFECT = 0.1;
const WARM_UP = 200;
const IDS_OF_EACH = 4;
const RATE = { sustained: 100_000, burst: 1_000_000 };

const state = temporaryState();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const sockets = new Set<Socket>();
let edge: CommandProcess;
let url: string;
let attacker: string;
let ids: Readonly<Record<"jobs" | "files" | "api-keys", readonly string[]>>;

before(async () => {
  edge = start("node", state.dir);
  url = await edge.ready();
  const admin = new Api(url, await mintToken(state.dir, { admin: true }));
  for (const tenant of ["t_timing_a", "t_timing_b"])
    await admin.json("POST", "/admin/v1/tenants", 201, {
      tenant_id: tenant,
      name: tenant,
      tier: "enterprise",
      overrides: { rate: RATE, running_jobs: 0 },
    });
  ids = await fill(new Api(url, await mintToken(state.dir, { tenant: "t_timing_a" })));
  attacker = await mintToken(state.dir, { tenant: "t_timing_b" });
});

after(async () => {
  agent.destroy();
  edge.kill("SIGTERM");
  await edge.ended;
  state.remove();
});

/** The victim's ids of each kind. */
async function fill(victim: Api) {
  const made = { jobs: [] as string[], files: [] as string[], "api-keys": [] as string[] };
  for (let n = 0; n < IDS_OF_EACH; n++) {
    const fileRef = await victim.upload("a.csv", new TextEncoder().encode("sku,title,price\n1,a,2\n"));
    made.files.push(fileRef.split("/")[1] ?? "");
    made.jobs.push((await victim.submit(fileRef, "validation", "default@1.0.0")).id);
    const body = { name: "a", scopes: ["jobs:read"] };
    made["api-keys"].push((await victim.json<{ id: string }>("POST", "/v1/api-keys", 201, body)).id);
  }
  return made;
}

/** Milliseconds until the last byte of a 404, on the one connection there is. */
function timed(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const call = request(
      url + path,
      { agent, headers: { authorization: `Bearer ${attacker}` } },
      (response) => {
        response.resume().on("end", () => {
          const tookMs = performance.now() - startedMs;
          if (response.statusCode === 404) resolve(tookMs);
          else reject(new Error(`${path} answered ${response.statusCode}.`));
        });
      },
    );
    call
      .on("socket", (socket) => sockets.add(socket))
      .on("error", reject)
      .end();
  });
}

interface Samples {
  readonly foreign: readonly number[];
  readonly random: readonly number[];
}

async function measure(kind: keyof typeof ids, draw: () => number): Promise<Samples> {
  const nobodys = Array.from({ length: IDS_OF_EACH }, () => uuidV7());
  const foreign: number[] = [];
  const random: number[] = [];
  for (let pair = -WARM_UP; pair < PAIRS; pair++) {
    const one = async (from: readonly string[], into: number[]) => {
      const tookMs = await timed(`/v1/${kind}/${from[Math.floor(draw() * from.length)]}`);
      if (pair >= 0) into.push(tookMs);
    };
    if (draw() < 0.5) {
      await one(ids[kind], foreign);
      await one(nobodys, random);
    } else {
      await one(nobodys, random);
      await one(ids[kind], foreign);
    }
  }
  return { foreign, random };
}

/** Mann-Whitney: the chance that one of `a` is larger than one of `b`, ties counted half. */
function auc(a: readonly number[], b: readonly number[]): number {
  const sorted = b.toSorted((x, y) => x - y);
  const below = (value: number, orEqual: boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = sorted[middle] ?? 0;
      if (at < value || (orEqual && at === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = a.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0);
  return wins / (a.length * b.length);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Mulberry32. */
function seeded(start: number): () => number {
  let value = start;
  return () => {
    value = (value + 0x6d2b79f5) | 0;
    let mixed = Math.imul(value ^ (value >>> 15), 1 | value);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the time of a 404 does not say whether another tenant has the id", { timeout: 60_000 }, () => {
  for (const kind of ["jobs", "files", "api-keys"] as const)
    test(`GET /v1/${kind}/{id}`, async (t) => {
      const { foreign, random } = await measure(kind, seeded(kind.length));
      const effect = auc(foreign, random);
      t.diagnostic(
        `${kind}: AUC ${effect.toFixed(3)} over ${PAIRS} pairs, median ${median(foreign).toFixed(3)} ms for ` +
          `another tenant's id, ${median(random).toFixed(3)} ms for nobody's; 20 % more would be ` +
          auc(
            random.map((ms) => ms * 1.2),
            random,
          ).toFixed(3),
      );
      assert.ok(Math.abs(effect - 0.5) <= MOST_EFFECT, `AUC ${effect}`);
      assert.equal(sockets.size, 1, "one connection carries all");
    });

  test("and the statistic finds 20 % more", () => {
    const draw = seeded(1);
    /** Latencies as a loopback has them: a narrow body with a long tail. */
    const sample = () => Array.from({ length: PAIRS }, () => 0.8 + 0.3 * draw() - 0.2 * Math.log(1 - draw()));
    const [one, other] = [sample(), sample()];
    assert.ok(Math.abs(auc(one, other) - 0.5) <= MOST_EFFECT);
    const slower = other.map((ms) => ms * 1.2);
    assert.ok(auc(slower, one) - 0.5 > MOST_EFFECT, `AUC ${auc(slower, one)}`);
    assert.ok(0.5 - auc(one, slower) > MOST_EFFECT);
    assert.equal(auc([1, 2], [1, 2]), 0.5);
    assert.equal(auc([2, 2], [1, 1]), 1);
  });
});
