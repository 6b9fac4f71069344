import { attempt, type Attempt } from "./attempt";
import { callOf } from "./calls";
import type { Operation } from "./document";
import { foreign, idsOf } from "./foreign";
import type { Populated } from "./populated";

/** A tenant's credentials open nothing of the operator's, and an operator's token nothing of a tenant's. */
export function operatorPlaneAttempts(
  operation: Operation,
  attacker: Populated,
  victim: Populated,
  admin: string,
): Attempt[] {
  const tenant = foreign("tenant", victim.tenant.id);
  const tokens = { token: attacker.tenant.token, ...attacker.secrets };
  const refused = Object.entries(tokens).flatMap(([credential, token]) => {
    const refusal = {
      operation,
      carrier: "credential",
      what: `a tenant's ${credential}`,
      expected: 401,
      code: "unauthenticated",
      makes: false,
    } as const;
    return [
      attempt(refusal, tenant, (value) => callOf(operation, victim, { token, path: { tenant_id: value } })),
      attempt(refusal, tenant, (value) =>
        callOf(operation, victim, { token, headers: { "x-tenant-id": value }, query: { tenant_id: value } }),
      ),
    ];
  });
  return [...refused, ...ofAnotherTenant(operation, attacker, victim, admin)];
}

/** The operator names one tenant and something of another's. */
function ofAnotherTenant(
  operation: Operation,
  attacker: Populated,
  victim: Populated,
  admin: string,
): Attempt[] {
  if (!operation.pathNames.includes("tenant_id")) return [];
  return operation.pathNames
    .filter((name) => name !== "tenant_id")
    .flatMap((name) =>
      idsOf(victim).map((thing) =>
        attempt(
          { operation, carrier: "path", what: `${name} = ${thing.kind}`, expected: 404, makes: false },
          thing,
          (value) => callOf(operation, attacker, { token: admin, path: { [name]: value } }),
        ),
      ),
    );
}

export const adminOnTenantPlane = (operation: Operation, victim: Populated, admin: string): Attempt =>
  attempt(
    {
      operation,
      carrier: "credential",
      what: "an operator's token",
      expected: 401,
      code: "unauthenticated",
      makes: false,
    },
    foreign("tenant", victim.tenant.id),
    (value) => callOf(operation, victim, { token: admin, headers: { "x-tenant-id": value } }),
  );

/** What is open to all says the same to all. */
export function openPlaneAttempts(operation: Operation, attacker: Populated, victim: Populated): Attempt[] {
  const said = { operation, expected: "success", makes: false } as const;
  const tenant = foreign("tenant", victim.tenant.id);
  const inPath = operation.pathNames.flatMap((name) =>
    idsOf(victim).map((thing) =>
      attempt(
        { ...said, carrier: "path", what: `${name} = ${thing.kind}`, expected: "any" },
        thing,
        (value) => callOf(operation, attacker, { path: { [name]: value } }),
      ),
    ),
  );
  return [
    ...inPath,
    attempt({ ...said, carrier: "header", what: "x-tenant-id" }, tenant, (value) =>
      callOf(operation, attacker, { headers: { "x-tenant-id": value } }),
    ),
    attempt({ ...said, carrier: "query", what: "tenant_id" }, tenant, (value) =>
      callOf(operation, attacker, { query: { tenant_id: value } }),
    ),
    attempt(
      { ...said, carrier: "header", what: "x-request-id" },
      foreign("request id", victim.requestId),
      (value) => callOf(operation, attacker, { headers: { "x-request-id": value } }),
    ),
  ];
}
