import type { TenantId } from "./tenant-id";

/** A row of one tenant stood where another's was asked for. Says whose was expected and where, and nothing of the row. */
export class TenantIsolationError extends Error {
  override readonly name = "TenantIsolationError";

  constructor(
    readonly expected: TenantId,
    readonly where: string,
  ) {
    super(`What was read from ${where} is not of tenant ${expected}.`);
  }
}

/** The last check before a row becomes an answer, whatever the query said. `where` names a place, never a value. */
export function requireTenant(expected: TenantId, found: string, where: string): void {
  if (found !== expected) throw new TenantIsolationError(expected, where);
}
