import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app";
import { operationOf } from "../../src/http/operation";
import { send as sendTo } from "../support/multipart";
import { request } from "../support/tenants";
import { adminToken } from "../support/tokens";
import type { Attempt, Call } from "./isolation/attempt";
import { operationsIn, type ApiDocument, type Operation } from "./isolation/document";
import { canariesOf } from "./isolation/foreign";
import { judge, textOf, type Fault } from "./isolation/judge";
import { gapsOf, matrixOf, type Cast } from "./isolation/matrix";
import { populate } from "./isolation/populated";
import { everythingOf } from "./isolation/untouched";

/** What the matrix had when this was written, rounded down: it may grow, and does not shrink unseen. */
const LEAST_ATTEMPTS = 2_500;
const CARRIERS =
  "body, credential, cursor, event place, header, idempotency key, path, query, signed URL, sse id";
const SETTING_MS = 30_000;

const send = ({ method, url, headers, body }: Call): Promise<Response> =>
  exports.default.fetch(
    new Request(new URL(url, "https://api.test"), { method, headers, ...(body !== undefined && { body }) }),
  );

let operations: readonly Operation[];
let cast: Cast;

beforeAll(async () => {
  operations = operationsIn(await (await request("GET", "/openapi.json")).json<ApiDocument>());
  // The attacker first: what is older than the victim's cursors is the attacker's own.
  const attacker = await populate({ rows: 2, pageRows: 1, cancelled: 1 });
  const victim = await populate({ rows: 30, pageRows: 20, cancelled: 6 });
  cast = { attacker, victim, admin: await adminToken() };
}, SETTING_MS);

describe("the matrix is made of", () => {
  it("every route there is, for every route is an operation and stands in the document", () => {
    const app = createApp();
    const plain = (path: string) => path.replace(/:\w+(?:\{[^}]*\})?|\{\w+\}/g, "{}");
    const routes = app.routes.filter(({ method }) => method !== "ALL");
    const named = (some: typeof routes) =>
      [...new Set(some.map(({ method, path }) => `${method} ${plain(path)}`))].toSorted();
    expect(named(routes.filter(({ handler }) => operationOf(handler)))).toEqual(named(routes));
    expect(operations.map(({ method, path }) => `${method} ${plain(path)}`).toSorted()).toEqual(
      named(routes),
    );
  });

  it("nothing that its registry does not know, and the registry has nothing else", () => {
    expect(gapsOf(operations)).toEqual([]);
  });
});

describe("no tenant learns of another", () => {
  // Before the matrix, which makes the attacker write down what is the victim's.
  it("by a list, which has the own things and nothing else", async () => {
    const { attacker, victim } = cast;
    const canaries = canariesOf(victim);
    for (const { name, path, plane, method, pathNames } of operations) {
      if (plane !== "tenant" || method !== "GET" || pathNames.length > 0) continue;
      const response = await attacker.tenant.call("GET", path);
      const text = await textOf(response);
      expect({ name, leaked: canaries.filter((canary) => text.includes(canary)) }).toEqual({
        name,
        leaked: [],
      });
      if (!response.headers.get("content-type")?.includes("json")) continue;
      const { data } = JSON.parse(text) as { data?: unknown[] };
      expect({ name, own: data?.length !== 0 && text.includes(attacker.canary) }).toEqual({
        name,
        own: true,
      });
    }
  });

  it("by any attempt of the matrix, and the other's state is untouched", { timeout: 240_000 }, async () => {
    const { attacker, victim } = cast;
    expect(Number(victim.place.split("-")[1])).toBeGreaterThan(Number(attacker.place.split("-")[1]));
    const before = await everythingOf(victim);
    const attempts = matrixOf(operations, cast);
    const faults = await judgeAll(attempts, canariesOf(victim));

    const carriers = [...new Set(attempts.map(({ carrier }) => carrier))].toSorted();
    const count = (kind: Fault["kind"]) => faults.filter((fault) => fault.kind === kind).length;
    console.log(
      `isolation matrix: ${operations.length} operations x ${carriers.length} carriers = ${attempts.length} attempts, ` +
        `${count("leak")} leaks, ${count("difference")} differences, ${count("answer")} wrong answers`,
    );
    expect(faults.slice(0, 20)).toEqual([]);
    expect(carriers.join(", ")).toBe(CARRIERS);
    expect(attempts.length).toBeGreaterThan(LEAST_ATTEMPTS);
    const tried = new Set(attempts.map(({ operation }) => operation.name));
    expect(operations.filter(({ name }) => !tried.has(name))).toEqual([]);
    expect(await everythingOf(victim)).toEqual(before);
    for (const [link, init, status] of [
      ["put", { method: "PUT", body: "123456" }, 200],
      ["part", { method: "PUT", body: "1234567" }, 200],
      ["abort", { method: "POST" }, 204],
    ] as const) {
      const response = await sendTo(victim.links[link], init);
      expect({ link, status: response.status }).toEqual({ link, status });
      await response.body?.cancel();
    }
  });
});

/** One after the other, so that nothing else happens between the two calls of a pair; what makes something last. */
async function judgeAll(
  attempts: readonly Attempt[],
  canaries: readonly string[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const one of [...attempts.filter(({ makes }) => !makes), ...attempts.filter(({ makes }) => makes)])
    faults.push(...(await judge(send, one, canaries)));
  return faults;
}
