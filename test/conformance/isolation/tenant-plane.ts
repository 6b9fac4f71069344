import { attempt, type Attempt, type Expected } from "./attempt";
import { callOf, membersAt, type Changes } from "./calls";
import type { Operation } from "./document";
import { foreign, idsOf, kindsOf, placesOf, refsOf, type Foreign } from "./foreign";
import type { Populated } from "./populated";
import { BODY_PROPERTIES, OPERATIONS, PATH_PARAMETERS, QUERY_PARAMETERS } from "./registry";

/** What the attacker lays hands on an operation of the tenant plane with. */
export function tenantPlaneAttempts(operation: Operation, attacker: Populated, victim: Populated): Attempt[] {
  const makes = OPERATIONS[operation.name]?.makes === true;
  const by = (
    carrier: string,
    what: string,
    expected: Expected,
    thing: Foreign,
    change: Change,
    code?: string,
  ) =>
    attempt(
      {
        operation,
        carrier,
        what: `${what} = ${thing.kind}`,
        expected,
        makes,
        ...(code !== undefined && { code }),
      },
      thing,
      (value) => callOf(operation, attacker, change(value)),
    );
  return [
    ...inPath(operation, attacker, victim, by),
    ...inQuery(operation, victim, by),
    ...inBody(operation, victim, by),
    ...inHeaders(attacker, victim, by),
    ...inCredential(attacker, victim, by),
    ...inIdempotencyKey(operation, attacker, victim, by),
  ];
}

type Change = (value: string) => Changes;
type By = (
  carrier: string,
  what: string,
  expected: Expected,
  thing: Foreign,
  change: Change,
  code?: string,
) => Attempt;

function inPath(operation: Operation, attacker: Populated, victim: Populated, by: By): Attempt[] {
  if (OPERATIONS[operation.name]?.names === true) return [];
  const { good, support } = attacker.secrets;
  return operation.pathNames.flatMap((name) => {
    const kind = PATH_PARAMETERS[name]?.kind ?? "";
    const things = [...idsOf(victim), ...refsOf(victim)];
    if (!things.some((thing) => thing.kind.startsWith(kind))) throw new Error(`The victim has no ${kind}.`);
    const at = (value: string) => ({ [name]: encodeURIComponent(value) });
    return things.flatMap((thing) => [
      by("path", name, 404, thing, (value) => ({ path: at(value) })),
      by("path", `${name} in capitals`, 404, thing, (value) => ({ path: at(value.toUpperCase()) })),
      by("path", `${name} percent-encoded`, 404, thing, (value) => ({ path: { [name]: escaped(value) } })),
      by("path", `${name} by a key`, "any", thing, (value) => ({ path: at(value), token: good })),
      by("path", `${name} by a support key`, "any", thing, (value) => ({ path: at(value), token: support })),
      ...(operation.method === "GET"
        ? [by("path", `${name} by HEAD`, 404, thing, (value) => ({ path: at(value), method: "HEAD" }))]
        : []),
    ]);
  });
}

const escaped = (text: string): string =>
  text.replace(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`);

function inQuery(operation: Operation, victim: Populated, by: By): Attempt[] {
  const named = operation.queryNames.flatMap((name) => [
    ...(QUERY_PARAMETERS[name]?.extra?.(victim) ?? []).map((thing) => {
      const carrier = /^(?:cursor|event place)/.exec(thing.kind)?.[0] ?? "query";
      return by(carrier, name, "any", thing, (value) => ({ query: { [name]: value } }));
    }),
    ...kindsOf(victim).map((thing) =>
      by("query", name, "any", thing, (value) => ({ query: { [name]: value } })),
    ),
  ]);
  const tenant = foreign("tenant", victim.tenant.id);
  return [...named, by("query", "tenant_id", "any", tenant, (value) => ({ query: { tenant_id: value } }))];
}

function inBody({ bodyNames }: Operation, victim: Populated, by: By): Attempt[] {
  const named = bodyNames.flatMap((name) => {
    const { extra, wrap = (text: string): unknown => text } = BODY_PROPERTIES[name] ?? {};
    return [...(extra?.(victim) ?? []), ...kindsOf(victim)].map((thing) =>
      by("body", name, thing.kind === "file_ref" ? 404 : "any", thing, (value) => ({
        body: membersAt(name, wrap(value)),
      })),
    );
  });
  if (bodyNames.length === 0) return named;
  const tenant = foreign("tenant", victim.tenant.id);
  return [...named, by("body", "tenant_id", 400, tenant, (value) => ({ body: { tenant_id: value } }))];
}

function inHeaders(attacker: Populated, victim: Populated, by: By): Attempt[] {
  const header = (name: string, thing: Foreign, expected: Expected, spelt = (value: string) => value) =>
    by("header", name, expected, thing, (value) => ({ headers: { [name]: spelt(value) } }));
  const tenant = foreign("tenant", victim.tenant.id);
  return [
    header("x-tenant-id", tenant, 403),
    header("x-tenant-id", tenant, 403, (value) => ` ${value.toUpperCase()}\t`),
    by("header", "x-tenant-id beside a token of several", 403, tenant, (value) => ({
      token: attacker.tokenOfSeveral,
      headers: { "x-tenant-id": value },
    })),
    header("x-request-id", foreign("request id", victim.requestId), "any"),
    header(
      "traceparent",
      foreign("trace", victim.traceId),
      "any",
      (value) => `00-${value}-00f067aa0ba902b7-01`,
    ),
    ...placesOf(victim).map((place) =>
      by("sse id", "last-event-id", "any", place, (value) => ({ headers: { "last-event-id": value } })),
    ),
  ];
}

/** Nobody but the Worker can sign: a key or a token that was edited is none. */
function inCredential(attacker: Populated, victim: Populated, by: By): Attempt[] {
  const [mine, theirs] = [attacker.secrets.good, victim.secrets.good];
  const forged = (what: string, thing: Foreign, edit: (value: string) => string) =>
    by("credential", what, 401, thing, (value) => ({ token: edit(value) }), "unauthenticated");
  const mac = mine.slice(mine.lastIndexOf("."));
  return [
    forged("own key, tenant", foreign("tenant", victim.tenant.id), (id) =>
      mine.replace(attacker.tenant.id, id),
    ),
    forged("own key, id", foreign("key", victim.keys.good), (id) => mine.replace(attacker.keys.good, id)),
    forged("own MAC", foreign("key text", theirs.slice(0, theirs.lastIndexOf("."))), (text) => text + mac),
    by("credential", "the other's key", 403, foreign("tenant", attacker.tenant.id), (value) => ({
      token: theirs,
      headers: { "x-tenant-id": value },
    })),
  ];
}

/** A key that the other one used, on this operation with the same payload or on any other. */
function inIdempotencyKey(operation: Operation, attacker: Populated, victim: Populated, by: By): Attempt[] {
  if (!operation.headerNames.includes("idempotency-key")) return [];
  const uses = victim.used[operation.name];
  const [last, ...others] = uses?.toReversed() ?? [];
  if (!last)
    throw new Error(
      `${operation.name} takes an Idempotency-Key: let populated.ts use it once, by \`create\`.`,
    );
  const elsewhere = Object.entries(victim.used).flatMap(([name, [first]]) =>
    first && name !== operation.name ? [first] : [],
  );
  const ids = kindsOf(victim).filter(({ value }) => /^[\w-]+$/.test(value));
  const withKey = (what: string, key: string, expected: Expected, more: Changes = {}) =>
    by("idempotency key", what, expected, foreign("key in use", key), (value) => ({
      ...more,
      headers: { "idempotency-key": value },
    }));
  // What it ends it ends once: it is tried on nobody's.
  const success = OPERATIONS[operation.name]?.ends === true ? 404 : "success";
  const stolen = operation.bodyNames.includes("file_ref") ? 404 : success;
  return [
    withKey("with its payload", last.key, stolen, last.body === null ? {} : { wholeBody: last.body }),
    ...[...others, ...elsewhere].map(({ key }) => withKey("with another payload", key, success)),
    // What is no key as it is comes back as another text.
    ...ids.map(({ value }) => withKey("an id", value, success)),
  ];
}
