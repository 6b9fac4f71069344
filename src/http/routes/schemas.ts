import { Hono, type Context } from "hono";
import {
  EVENT_TYPES,
  cloudEventSchema,
  eventDataSchema,
  eventDescription,
  isEventType,
  thinDataSchema,
} from "../../domain/event-schemas";
import { profileInputSchema } from "../../catalogue/profile/profile-schema";
import type { JsonSchema } from "../../domain/schema-member";
import type { AppEnv } from "../context";
import { openOperation } from "../operation";
import { Problem } from "../problem";
import { reply, replyJson, setHeader } from "../reply";

/** A released schema only ever gains optional members, so an older copy does no harm. */
const CACHE_CONTROL = "public, max-age=3600";

/** The JSON Schemas of events, each at the path of its `$id`. */
export const schemas = new Hono<AppEnv>()
  .get(
    "/schemas/events",
    openOperation("open", {
      id: "listEventSchemas",
      summary: "The types of events, with the paths of their JSON Schemas",
      success: { 200: "Of each type: `data_schema` describes `data`, `event_schema` the whole CloudEvent" },
    }),
    (c) => {
      setHeader(c, "Cache-Control", CACHE_CONTROL);
      return replyJson(c, { data: EVENT_TYPES.map(describe) });
    },
  )
  .get(
    "/schemas/rules-profile.json",
    openOperation("open", {
      id: "getRulesProfileSchema",
      summary: "What a rules profile may say",
      success: { 200: "JSON Schema 2020-12 of a rules profile as it is sent" },
    }),
    (c) => replySchema(c, rulesProfileSchema()),
  )
  .get(
    "/schemas/events/:schema",
    openOperation("open", {
      id: "getEventDataSchema",
      summary: "What an event's `dataschema` names: TYPE.json, or thin.json for the thin form of any type",
      success: { 200: "JSON Schema 2020-12 of the event's `data`" },
      problems: ["not_found"],
    }),
    (c) => replySchema(c, dataSchema(nameOf(c.req.param("schema")))),
  )
  .get(
    "/schemas/cloudevents/:schema",
    openOperation("open", {
      id: "getCloudEventSchema",
      summary: "What the whole event is: TYPE.json",
      success: { 200: "JSON Schema 2020-12 of the CloudEvent, its data in full" },
      problems: ["not_found"],
    }),
    (c) => {
      const type = nameOf(c.req.param("schema"));
      return replySchema(c, isEventType(type) ? cloudEventSchema(type) : null);
    },
  );

/** Of the schema that every profile is parsed by, so that it cannot say anything else. */
const rulesProfileSchema = (): JsonSchema => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://docs.validahub.local/schemas/rules-profile.json",
  title: "Rules profile",
  description: "What PUT /v1/rules/{channel}@{version} takes, as JSON or as YAML.",
  ...profileInputSchema(),
});

const describe = (type: (typeof EVENT_TYPES)[number]) => ({
  type,
  description: eventDescription(type),
  data_schema: `/schemas/events/${type}.json`,
  event_schema: `/schemas/cloudevents/${type}.json`,
});

function dataSchema(name: string): JsonSchema | null {
  if (name === "thin") return thinDataSchema();
  return isEventType(name) ? eventDataSchema(name) : null;
}

/** Empty, which is no type, for what does not end in `.json`. */
const nameOf = (file: string): string => /^(.+)\.json$/.exec(file)?.[1] ?? "";

function replySchema(c: Context<AppEnv>, schema: JsonSchema | null): Response {
  if (schema === null)
    throw new Problem("not_found", "There is no such schema: GET /schemas/events lists all.");
  setHeader(c, "Cache-Control", CACHE_CONTROL);
  return reply(c, JSON.stringify(schema), 200, "application/schema+json");
}
