import { describe, expect, it } from "vitest";
import { attempt, type Attempt, type Call } from "./attempt";
import { operationsIn, type ApiDocument, type Operation } from "./document";
import { foreign } from "./foreign";
import { judge } from "./judge";
import { gapsOf } from "./matrix";
import { OPERATIONS } from "./registry";

/** The matrix and its judge have to fail: each case here is something that must not pass. */

const CANARY = "canary0123456789abcdef";
const ID = "01a20cc6-8fe6-7060-8e90-215b6ccb3813";

const parameter = (where: string, name: string) => ({ name, in: where });
const documented = (path: string, method: string, more: object = {}): readonly Operation[] => {
  const document: ApiDocument = {
    paths: { [path]: { [method]: { tags: ["tenant"], parameters: [], ...more } } },
  };
  return operationsIn(document);
};
const bodyWith = (properties: object) => ({
  requestBody: { required: true, content: { "application/json": { schema: { properties } } } },
});

describe("the generator names what it does not know", () => {
  it.each([
    ["an operation", "/v1/secrets", "get", {}, "get /v1/secrets is unknown: add it to OPERATIONS"],
    ["an operation with a known path", "/v1/jobs/{job_id}", "put", {}, "put /v1/jobs/{job_id} is unknown"],
    [
      "a path parameter",
      "/v1/hooks/{hook_id}",
      "get",
      {},
      'the path parameter "hook_id" is unknown: say in PATH_PARAMETERS',
    ],
    [
      "a name that every object has",
      "/v1/x/{constructor}",
      "get",
      {},
      'the path parameter "constructor" is unknown',
    ],
    [
      "a query parameter",
      "/v1/jobs",
      "get",
      { parameters: [parameter("query", "owner")] },
      'the query parameter "owner" is unknown: say in QUERY_PARAMETERS',
    ],
    [
      "a header",
      "/v1/jobs",
      "get",
      { parameters: [parameter("header", "X-Owner")] },
      'the header "x-owner" is unknown: say in HEADERS',
    ],
    [
      "a body's property",
      "/v1/jobs",
      "post",
      bodyWith({ owner_id: {} }),
      'the body property "owner_id" is unknown: say in BODY_PROPERTIES',
    ],
    [
      "a property inside",
      "/v1/jobs",
      "post",
      bodyWith({ to: { properties: { owner: {} } } }),
      'the body property "to.owner" is unknown',
    ],
    [
      "a property in a list",
      "/v1/jobs",
      "post",
      bodyWith({ all: { items: { properties: { ref: {} } } } }),
      'the body property "all[].ref" is unknown',
    ],
    ["a body where there was none", "/v1/jobs", "get", bodyWith({ name: {} }), "get /v1/jobs takes a body"],
  ])("%s", (_what, path, method, more, message) => {
    const gaps = gapsOf(documented(path, method, more)).filter(
      (gap) => !gap.includes("is not in the document"),
    );
    expect(gaps).toContainEqual(expect.stringContaining(message));
  });

  it("an operation that is no more", () => {
    const gaps = gapsOf([]);
    expect(gaps).toHaveLength(Object.keys(OPERATIONS).length);
    expect(gaps).toContainEqual(expect.stringContaining("get /v1/jobs is not in the document"));
  });
});

describe("the judge finds", () => {
  const [operation] = documented("/v1/jobs/{job_id}", "get");
  const planned = (more: Partial<Attempt> = {}): Attempt => {
    if (!operation) throw new Error("unreachable");
    const said = { operation, carrier: "path", what: "job_id = job", expected: 404, makes: false } as const;
    const path = (id: string): Call => ({ method: "GET", url: `/v1/jobs/${id}`, headers: {} });
    return { ...attempt(said, foreign("job", ID), path), ...more };
  };
  interface Planted {
    readonly status?: number;
    readonly headers?: Record<string, string>;
    readonly body?: object;
  }
  /** Like the Worker, but for what is answered about the victim's id. */
  const worker =
    (leak: Planted) =>
    async ({ url }: Call): Promise<Response> => {
      const { status = 404, headers = {}, body = {} } = url.endsWith(ID) ? leak : {};
      return Response.json(
        { code: "not_found", request_id: crypto.randomUUID(), instance: url, timestamp: Date.now(), ...body },
        {
          status,
          headers: { "x-request-id": crypto.randomUUID(), ratelimit: `r=${Math.random()}`, ...headers },
        },
      );
    };
  const kinds = async (leak: Planted, more: Partial<Attempt> = {}) =>
    (await judge(worker(leak), planned(more), [CANARY])).map(({ kind }) => kind).toSorted();

  it("nothing where nothing is", async () => {
    expect(await kinds({})).toEqual([]);
  });

  it.each<[string, Planted, string[]]>([
    ["403 instead of 404", { status: 403 }, ["answer", "difference"]],
    ["a header that differs", { headers: { "x-shard": "2" } }, ["difference"]],
    [
      "a header's value that differs",
      { headers: { "content-type": "application/problem+json" } },
      ["difference"],
    ],
    ["a detail that differs", { body: { detail: "It is not yours." } }, ["difference"]],
    ["a member more", { body: { job_status: "queued" } }, ["difference"]],
    ["a canary in the body", { body: { detail: CANARY } }, ["difference", "leak"]],
    ["a canary in what is set aside", { headers: { "x-request-id": CANARY } }, ["leak"]],
    [
      "a canary in capitals, percent-encoded",
      { headers: { "x-ratelimit-key": `%43${CANARY.slice(1).toUpperCase()}` } },
      ["leak"],
    ],
    ["a failure", { status: 500 }, ["answer", "answer", "difference"]],
    ["a replay", { headers: { "idempotent-replayed": "true" } }, ["answer", "difference"]],
  ])("%s", async (_what, leak, faults) => {
    expect(await kinds(leak)).toEqual(faults);
  });

  it("a canary also where both answers have it, but not where it was sent", async () => {
    const send = async () => Response.json({ name: CANARY }, { status: 404 });
    expect((await judge(send, planned(), [CANARY])).map(({ kind }) => kind)).toEqual(["leak"]);
    const { foreign: sent } = planned();
    const said = { ...sent, call: { ...sent.call, url: `${sent.call.url}?name=${CANARY}` } };
    expect(await judge(send, planned({ foreign: said }), [CANARY])).toEqual([]);
  });

  it("a wrong code, and a success that is none", async () => {
    expect(await kinds({}, { code: "file_not_found" })).toEqual(["answer"]);
    expect(await kinds({}, { expected: "success" })).toEqual(["answer"]);
  });

  it("in something newly made only what is not its own", async () => {
    const made = (tenant: string) => ({
      id: crypto.randomUUID(),
      created_at: new Date(Date.now() + Math.random() * 1e9).toISOString(),
      tenant_id: tenant,
    });
    const send = (tenant: string) => async (call: Call) =>
      Response.json(made(call.url.endsWith(ID) ? tenant : "t_b"), { status: 201 });
    const making = planned({ makes: true, expected: "success" });
    expect(await judge(send("t_b"), making, [])).toEqual([]);
    expect((await judge(send("t_a"), making, [])).map(({ kind }) => kind)).toEqual(["difference"]);
  });

  it("a stream that differs, though it does not end", async () => {
    const stream = (text: string) =>
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
      });
    const send = (text: string) => async (call: Call) =>
      new Response(stream(call.url.endsWith(ID) ? text : ": hello\n\n"), {
        status: 404,
        headers: { "content-type": "text/event-stream" },
      });
    expect(await judge(send(": hello\n\n"), planned(), [])).toEqual([]);
    expect((await judge(send("id: 1-2\n\n"), planned(), [])).map(({ kind }) => kind)).toEqual(["difference"]);
  });
});
