import { beforeAll, describe, expect, it } from "vitest";
import type { EventType } from "../../src/domain/event";
import { cloudEventSchema } from "../../src/domain/event-schemas";
import { misfits } from "../support/schema-fit";
import { freshTenant, type TestTenant } from "../support/tenants";

const BATCH = "application/cloudevents-batch+json";

interface Page {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly next: string;
  readonly last: string;
}

let tenant: TestTenant;

beforeAll(async () => {
  tenant = await freshTenant();
  await tenant.upload("a.csv", "sku\n1\n");
  await tenant.upload("b.csv", "sku\n2\n");
});

const get = (path: string, accept?: string): Promise<Response> =>
  tenant.call("GET", path, accept === undefined ? {} : { headers: { accept } });
const page = async (path: string): Promise<Page> => (await get(path)).json();

describe("GET /v1/events in batch mode", () => {
  it("is the bare list of the same CloudEvents, with the places in headers", async () => {
    const { data, next, last } = await page("/v1/events?limit=2");
    const batch = await get("/v1/events?limit=2", BATCH);
    expect(batch.status).toBe(200);
    expect(batch.headers.get("content-type")).toBe(BATCH);
    expect(batch.headers.get("vary")).toBe("Accept");
    expect(await batch.json()).toEqual(data);
    expect([batch.headers.get("events-next"), batch.headers.get("events-last")]).toEqual([next, last]);
    expect(next).not.toBe(last);
  });

  it("is followed to the end by its links, which ask for the same otherwise", async () => {
    const types: unknown[] = [];
    let path = "/v1/events?limit=1&type=file.uploaded&after=0";
    for (let pages = 0; pages < 3; pages += 1) {
      const batch = await get(path, BATCH);
      types.push(...(await batch.json<Page["data"]>()).map(({ type }) => type));
      path = /^<([^>]+)>; rel="next"$/.exec(batch.headers.get("link") ?? "")![1]!;
      expect(path).toMatch(/^\/v1\/events\?limit=1&type=file.uploaded&after=1-\d+$/);
    }
    expect(types).toEqual(["file.uploaded", "file.uploaded"]);
    expect(await (await get(path, BATCH)).json()).toEqual([]);
  });

  it.each([
    undefined,
    "*/*",
    "application/*",
    "application/json",
    "application/cloudevents+json",
    `${BATCH};q=0.5, application/json`,
    `${BATCH};q=0`,
  ])("is not used for Accept: %s", async (accept) => {
    const response = await get("/v1/events?limit=1", accept);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.has("link")).toBe(false);
    expect(Object.keys(await response.json<object>())).toEqual(["data", "next", "last"]);
  });

  it.each([`${BATCH}, application/json;q=0.5`, `text/html, ${BATCH.toUpperCase()}`])(
    "is used for Accept: %s",
    async (accept) => {
      expect((await get("/v1/events?limit=1", accept)).headers.get("content-type")).toBe(BATCH);
    },
  );
});

it("GET /v1/events has no event that does not fit the schema of its type", async () => {
  const { data } = await page("/v1/events");
  expect(data.map(({ type }) => type)).toEqual(["tenant.provisioned", "file.uploaded", "file.uploaded"]);
  for (const event of data) expect(misfits(cloudEventSchema(event.type as EventType), event)).toEqual([]);
});

describe("GET /v1/events?format=legacy", () => {
  it("has the same events in the old envelope, never in a batch", async () => {
    const { data } = await page("/v1/events?format=cloudevents");
    const response = await get("/v1/events?format=legacy", BATCH);
    expect(response.headers.get("content-type")).toBe("application/json");
    const legacy = await response.json<Page>();
    expect(legacy.data.map(({ id, type, data: said }) => ({ id, type, data: said }))).toEqual(
      data.map(({ id, type, data: said }) => ({ id, type, data: said })),
    );
    for (const event of legacy.data)
      expect(event).toMatchObject({ tenant_id: tenant.id, schema_version: "1", specversion: "1.0" });
  });

  it("is one of two formats", async () => {
    const response = await get("/v1/events?format=xml");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "validation_error",
      details: { field_errors: { format: [expect.any(String)] } },
    });
  });
});
