import type { Attempt } from "./attempt";
import type { Operation } from "./document";
import { adminOnTenantPlane, openPlaneAttempts, operatorPlaneAttempts } from "./other-planes";
import type { Populated } from "./populated";
import { BODY_PROPERTIES, HEADERS, OPERATIONS, PATH_PARAMETERS, QUERY_PARAMETERS } from "./registry";
import { signedLinkAttempts } from "./signed-links";
import { tenantPlaneAttempts } from "./tenant-plane";

export interface Cast {
  readonly attacker: Populated;
  readonly victim: Populated;
  /** An operator's token. */
  readonly admin: string;
}

const WHERE = "test/conformance/isolation/registry.ts";

/** Every attempt on every operation. */
export const matrixOf = (operations: readonly Operation[], cast: Cast): readonly Attempt[] =>
  operations.flatMap((operation) => attemptsOn(operation, cast));

function attemptsOn(operation: Operation, { attacker, victim, admin }: Cast): readonly Attempt[] {
  switch (operation.plane) {
    case "open":
      return openPlaneAttempts(operation, attacker, victim);
    case "link":
      return signedLinkAttempts(operation, attacker, victim);
    case "tenant":
      return [
        ...tenantPlaneAttempts(operation, attacker, victim),
        adminOnTenantPlane(operation, victim, admin),
      ];
    case "operator":
      return operatorPlaneAttempts(operation, attacker, victim, admin);
    default:
      throw new Error(
        `${operation.name} is of the plane "${operation.plane}", which matrix.ts does not know.`,
      );
  }
}

/** What of the document the registry does not know, or the other way round; each says what to do about it. */
export function gapsOf(operations: readonly Operation[]): readonly string[] {
  const documented = new Set(operations.map(({ name }) => name));
  const stale = Object.keys(OPERATIONS)
    .filter((name) => !documented.has(name))
    .map((name) => `${name} is not in the document: take it out of OPERATIONS in ${WHERE}.`);
  return [...operations.flatMap(gapsIn), ...stale];
}

function gapsIn({
  name,
  plane,
  pathNames,
  queryNames,
  headerNames,
  bodyNames,
}: Operation): readonly string[] {
  const unknown = (
    what: string,
    table: string,
    names: readonly string[],
    isKnown: (name: string) => boolean,
  ) =>
    names
      .filter((parameter) => !isKnown(parameter))
      .map(
        (parameter) =>
          `${name}: the ${what} "${parameter}" is unknown: say in ${table} of ${WHERE} what of another tenant's fits it.`,
      );
  const entry = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  const tenant = plane === "tenant";
  return [
    ...(entry ? [] : [`${name} is unknown: add it to OPERATIONS in ${WHERE}.`]),
    ...(tenant && entry && bodyNames.length > 0 && !entry.body
      ? [`${name} takes a body: give OPERATIONS in ${WHERE} a good one.`]
      : []),
    // `rest` is what a link's signature covers: signed-links.ts edits whole links.
    ...unknown(
      "path parameter",
      "PATH_PARAMETERS",
      pathNames,
      (it) => Object.hasOwn(PATH_PARAMETERS, it) || (plane === "link" && it === "rest"),
    ),
    ...unknown("header", "HEADERS", headerNames, (it) => HEADERS.has(it)),
    // On the operator plane no tenant's call gets as far as its query and body.
    ...(tenant
      ? unknown("query parameter", "QUERY_PARAMETERS", queryNames, (it) =>
          Object.hasOwn(QUERY_PARAMETERS, it),
        )
      : []),
    ...(tenant
      ? unknown("body property", "BODY_PROPERTIES", bodyNames, (it) => Object.hasOwn(BODY_PROPERTIES, it))
      : []),
  ];
}
