import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app";
import { openApi, operationsOf } from "../../src/http/openapi";
import { operationOf } from "../../src/http/operation";
import { PROBLEMS } from "../../src/http/problem";
import { request } from "../support/tenants";

interface Described {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, { schema: object }> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
type Document = { paths: Record<string, Record<string, Described>>; openapi: string };

const app = createApp();
const document = openApi(app) as unknown as Document;
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

describe("the OpenAPI document", () => {
  it("is served to all", async () => {
    const response = await request("GET", "/openapi.json");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
    expect(document.openapi).toBe("3.1.0");
  });

  it("describes every route, and nothing else", () => {
    const routes = new Set<string>();
    const described = new Set<string>();
    for (const { method, path, handler } of app.routes) {
      if (method === "ALL") continue;
      routes.add(`${method} ${path}`);
      if (operationOf(handler)) described.add(`${method} ${path}`);
    }
    expect([...routes].filter((route) => !described.has(route))).toEqual([]);
    expect(operations).toHaveLength(routes.size);
    expect(operationsOf(app)).toHaveLength(routes.size);
  });

  it("names each operation once", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("says of each operation of a plane what it takes to be let in", () => {
    for (const { tags, security, responses, operationId } of operations) {
      if (tags[0] === "tenant") expect(Object.keys(security[0] ?? {}), operationId).toEqual(["bearer"]);
      if (tags[0] === "operator") expect(Object.keys(security[0] ?? {}), operationId).toEqual(["operator"]);
      if (tags[0] === "tenant" || tags[0] === "operator")
        expect(responses, operationId).toHaveProperty("401");
    }
  });

  it("declares each parameter of a path, and known problems alone", () => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const { parameters, responses } of Object.values(methods)) {
        const inPath = parameters
          .filter((parameter) => parameter.in === "path")
          .map(({ name }) => `{${name}}`);
        expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath);
        for (const [status, { description }] of Object.entries(responses))
          if (Number(status) >= 400)
            for (const code of description.split(", ")) {
              expect(Object.keys(PROBLEMS)).toContain(code);
              expect(PROBLEMS[code as keyof typeof PROBLEMS].status).toBe(Number(status));
            }
      }
  });

  it("takes its schemas from the validators", () => {
    const submit = document.paths["/v1/jobs"]?.["post"];
    expect(submit?.requestBody?.content["application/json"]?.schema).toMatchObject({
      type: "object",
      required: ["channel", "type", "file_ref", "rules_profile_id"],
      additionalProperties: false,
    });
    expect(submit?.parameters.map(({ name }) => name)).toEqual(["X-Tenant-Id", "Idempotency-Key"]);
    const list = document.paths["/v1/jobs"]?.["get"];
    expect(list?.parameters.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["cursor", "limit", "status"]),
    );
  });
});
