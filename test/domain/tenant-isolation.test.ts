import { describe, expect, it } from "vitest";
import { requireTenant, TenantIsolationError } from "../../src/domain/tenant-isolation";
import { tenantId } from "../support/tenant-id";

const EXPECTED = tenantId("t_acme");

describe("requireTenant", () => {
  it("lets the tenant's own row through", () => {
    expect(() => requireTenant(EXPECTED, "t_acme", "a table")).not.toThrow();
  });

  it.each(["t_acme2", "t_acm", "T_ACME", "t_acme ", " t_acme", "t_acme\0", "t_\u0430cme", ""])(
    "throws at a row of %j and says nothing of it",
    (found) => {
      let thrown: unknown;
      try {
        requireTenant(EXPECTED, found, "a table");
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(TenantIsolationError);
      expect(thrown).toMatchObject({
        name: "TenantIsolationError",
        expected: EXPECTED,
        where: "a table",
        message: "What was read from a table is not of tenant t_acme.",
      });
    },
  );
});
