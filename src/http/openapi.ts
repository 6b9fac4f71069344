import type { Hono } from "hono";
import * as z from "zod";
import type { ZodType } from "zod";
import type { AppEnv } from "./context";
import { openOperation, operationOf, type Operation, type Plane } from "./operation";
import { PROBLEMS, type ProblemCode } from "./problem";
import { replyJson } from "./reply";

/** What any call of a plane may be refused with. */
const PLANE_PROBLEMS: Readonly<Record<Plane, readonly ProblemCode[]>> = {
  open: ["internal_error"],
  link: [
    "internal_error",
    "tenant_not_found",
    "tenant_suspended",
    "rate_limit_exceeded",
    "temporarily_unavailable",
  ],
  tenant: [
    "internal_error",
    "unauthenticated",
    "tenant_missing",
    "tenant_invalid",
    "tenant_forbidden",
    "tenant_suspended",
    "tenant_not_found",
    "insufficient_scope",
    "rate_limit_exceeded",
    "temporarily_unavailable",
  ],
  operator: ["internal_error", "unauthenticated", "insufficient_scope", "temporarily_unavailable"],
};
const BODY_PROBLEMS: readonly ProblemCode[] = [
  "malformed_json",
  "validation_error",
  "payload_too_large",
  "unsupported_media_type",
];
const IDEMPOTENCY_PROBLEMS: readonly ProblemCode[] = ["idempotency_key_invalid", "idempotency_conflict"];

const PROBLEM_SCHEMA = {
  type: "object",
  description: "RFC 9457, with the old service's members beside it.",
  required: "type title status detail instance code message details request_id timestamp".split(" "),
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string" },
    code: { enum: Object.keys(PROBLEMS) },
    message: { type: "string" },
    details: {
      type: "object",
      properties: {
        field_errors: {
          type: "object",
          additionalProperties: { type: "array", items: { type: "string" } },
        },
      },
    },
    request_id: { type: "string", format: "uuid" },
    timestamp: { type: "string", format: "date-time" },
  },
};

type Json = Readonly<Record<string, unknown>>;

/** Every route that is an operation, where it is mounted. */
export function operationsOf(
  app: Hono<AppEnv>,
): readonly { readonly method: string; readonly path: string; readonly operation: Operation }[] {
  return app.routes.flatMap(({ method, path, handler }) => {
    const operation = operationOf(handler);
    return operation ? [{ method: method.toLowerCase(), path: templateOf(path), operation }] : [];
  });
}

/** `GET /openapi.json`: made from the routes themselves when it is first asked for. */
export function serveOpenApi(app: Hono<AppEnv>): void {
  let document: Json | undefined;
  const operation = openOperation("open", {
    id: "getOpenApi",
    summary: "This document",
    success: { 200: "OpenAPI 3.1" },
  });
  app.get("/openapi.json", operation, (c) => replyJson(c, (document ??= openApi(app))));
}

export function openApi(app: Hono<AppEnv>): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const ids = new Set<string>();
  for (const { method, path, operation } of operationsOf(app)) {
    const id = [operation.id, `${operation.id}_${method}`, `${operation.id}_${method}_v1`].find(
      (candidate) => !ids.has(candidate),
    );
    if (id === undefined) throw new Error(`The operation id ${operation.id} stands for too many routes.`);
    ids.add(id);
    (paths[path] ??= {})[method] = describe(id, path, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "ValidaHub Edge",
      version: "1",
      description: "Validates and corrects marketplace catalogues by versioned rule profiles.",
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A JWT, or an API key (vh_...)." },
        operator: { type: "http", scheme: "bearer", description: "A JWT with audience validahub-admin." },
      },
      schemas: { Problem: PROBLEM_SCHEMA },
    },
  };
}

function describe(operationId: string, path: string, operation: Operation): Json {
  const { plane, scope, summary, body, bodyOptional = false, textBodies = [], jsonBodies = [] } = operation;
  return {
    operationId,
    summary,
    tags: [plane],
    security: securityOf(plane, scope),
    parameters: [
      ...pathParameters(path),
      ...headerParameters(operation),
      ...queryParameters(operation.query),
    ],
    ...(body && {
      requestBody: {
        required: !bodyOptional,
        content: {
          "application/json": { schema: schemaOf(body) },
          ...Object.fromEntries(textBodies.map((type) => [type, { schema: { type: "string" } }])),
          ...Object.fromEntries(jsonBodies.map((type) => [type, { schema: { type: "object" } }])),
        },
      },
    }),
    responses: responsesOf(operation),
  };
}

function securityOf(plane: Plane, scope: string | null): readonly Json[] {
  const scopes = scope === null ? [] : [scope];
  if (plane === "tenant") return [{ bearer: scopes }];
  return plane === "operator" ? [{ operator: scopes }] : [];
}

function responsesOf(operation: Operation): Json {
  const codes = new Set<ProblemCode>([
    ...PLANE_PROBLEMS[operation.plane],
    ...(operation.problems ?? []),
    ...(operation.body ? BODY_PROBLEMS : []),
    ...(operation.query ? (["validation_error"] as const) : []),
    ...(operation.idempotent === true ? IDEMPOTENCY_PROBLEMS : []),
  ]);
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const problems = [...byStatus].map(([status, found]) => [
    status,
    {
      description: found.toSorted().join(", "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]);
  const successes = Object.entries(operation.success).map(([status, description]) => [
    status,
    { description },
  ]);
  return Object.fromEntries([...successes, ...problems]) as Json;
}

const pathParameters = (path: string): readonly Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));

const headerParameters = ({ plane, idempotent, conditional, resumable }: Operation): readonly Json[] => [
  ...(plane === "tenant" ? [header("X-Tenant-Id", "Chooses one of the tenants that a token names.")] : []),
  ...(idempotent === true ? [header("Idempotency-Key", "Makes the call repeatable for 24 hours.")] : []),
  ...(conditional === true ? CONDITIONS : []),
  ...(resumable === true ? [header("Last-Event-ID", "Goes on after this place, EPOCH-SEQ.")] : []),
];

const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  description,
  schema: { type: "string" },
});

const CONDITIONS = [
  header("If-Match", "Only if the entity tag is one of these."),
  header("If-None-Match", "`*`: only if there is none yet."),
];

function queryParameters(query: ZodType | undefined): readonly Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Readonly<Record<string, Json>>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function schemaOf(schema: ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

/** `/jobs/:jobId` as `/jobs/{job_id}`. */
const templateOf = (path: string): string =>
  path.replace(
    /:(\w+)(?:\{[^}]*\})?/g,
    (_whole, name: string) => `{${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}}`,
  );
