import type { Call } from "./attempt";
import type { Operation } from "./document";
import { alike } from "./likeness";
import type { Populated } from "./populated";
import { OPERATIONS, PATH_PARAMETERS } from "./registry";

/** What one call differs in from the good call of its operation. */
export interface Changes {
  readonly token?: string;
  readonly method?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members that replace or join those of the good body. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly wholeBody?: Readonly<Record<string, unknown>>;
}

/** A call of a tenant's on what is its own, with what is to be changed of it. */
export function callOf(operation: Operation, own: Populated, changes: Changes): Call {
  const { name, pathNames, headerNames } = operation;
  const entry = OPERATIONS[name] ?? {};
  const ownValue = (parameter: string): string => {
    const value = (entry.own?.[parameter] ?? PATH_PARAMETERS[parameter]?.own)?.(own) ?? parameter;
    return entry.ends === true ? alike(value) : value;
  };
  const path = pathNames.reduce(
    (rest, parameter) =>
      rest.replace(`{${parameter}}`, changes.path?.[parameter] ?? encodeURIComponent(ownValue(parameter))),
    operation.path,
  );
  const query = new URLSearchParams(changes.query).toString();
  const good = changes.wholeBody ?? entry.body?.(own);
  const body = good && { ...good, ...changes.body };
  return {
    method: changes.method ?? operation.method,
    url: query === "" ? path : `${path}?${query}`,
    headers: {
      authorization: `Bearer ${changes.token ?? own.tenant.token}`,
      ...(body && { "content-type": "application/json" }),
      // Made by the caller, so that what is echoed of it can be told apart.
      ...(headerNames.includes("idempotency-key") && { "idempotency-key": crypto.randomUUID() }),
      ...changes.headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  };
}

/** Sets `a.b` as a member in a member, and `a[].b` as a member of the one item of a list. */
export function membersAt(path: string, value: unknown): Record<string, unknown> {
  const [first = "", ...rest] = path.split(".");
  const inner = rest.length === 0 ? value : membersAt(rest.join("."), value);
  return first.endsWith("[]") ? { [first.slice(0, -2)]: [inner] } : { [first]: inner };
}
