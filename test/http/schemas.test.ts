import { describe, expect, it } from "vitest";
import {
  EVENT_TYPES,
  cloudEventSchema,
  eventDataSchema,
  thinDataSchema,
} from "../../src/domain/event-schemas";
import { request } from "../support/tenants";

interface Listed {
  readonly type: string;
  readonly description: string;
  readonly data_schema: string;
  readonly event_schema: string;
}

const isPublic = ({ headers }: Response): boolean =>
  /^public, max-age=\d+$/.test(headers.get("cache-control") ?? "");

describe("GET /schemas/events", () => {
  it("leads anybody to every schema, each of which stands at the path of its id", async () => {
    const response = await request("GET", "/schemas/events");
    expect([response.status, isPublic(response)]).toEqual([200, true]);
    const { data } = await response.json<{ data: Listed[] }>();
    expect(data.map(({ type }) => type)).toEqual(EVENT_TYPES);

    for (const { data_schema, event_schema } of data)
      for (const path of [data_schema, event_schema]) {
        const schema = await (await request("GET", path)).json<{ $id: string }>();
        expect(new URL(schema.$id).pathname).toBe(path);
      }
  });
});

describe("GET /schemas/events/{type}.json", () => {
  it.each(EVENT_TYPES)("has the schema of the data of %s", async (type) => {
    const response = await request("GET", `/schemas/events/${type}.json`);
    expect([response.status, isPublic(response)]).toEqual([200, true]);
    expect(response.headers.get("content-type")).toBe("application/schema+json");
    expect(await response.json()).toEqual(eventDataSchema(type));
  });

  it("has the one of all thin events", async () => {
    const response = await request("GET", "/schemas/events/thin.json");
    expect(await response.json()).toEqual(thinDataSchema());
  });
});

it("GET /schemas/cloudevents/{type}.json has the schema of the whole event", async () => {
  const response = await request("GET", "/schemas/cloudevents/job.failed.json");
  expect([response.status, isPublic(response)]).toEqual([200, true]);
  expect(response.headers.get("content-type")).toBe("application/schema+json");
  expect(await response.json()).toEqual(cloudEventSchema("job.failed"));
});

it.each([
  "/schemas/events/job.finished.json",
  "/schemas/events/job.failed",
  "/schemas/events/.json",
  "/schemas/events/constructor.json",
  "/schemas/events/__proto__.json",
  "/schemas/events/key.created.json",
  "/schemas/cloudevents/thin.json",
  "/schemas/cloudevents/job.failed",
])("%s is nothing, and no cache keeps that", async (path) => {
  const response = await request("GET", path);
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toMatchObject({ code: "not_found" });
});
