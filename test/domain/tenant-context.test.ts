import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { missingScopes } from "../../src/domain/scope";
import {
  asking,
  keyActor,
  operatorActor,
  supportActor,
  tokenActor,
  vouchFor,
} from "../../src/domain/tenant-context";
import type { TenantId } from "../../src/domain/tenant-id";

describe("the actor of a token", () => {
  it.each(["user_1", "auth0|123", "ana@example.com", "client:7", "Platform", "platformer"])(
    "is its subject: %s",
    (subject) => {
      expect(tokenActor(subject)).toBe(subject);
    },
  );

  it.each(["platform", "signed_link", "operator:ana", "support:ana", "key:1", "user:x"])(
    "cannot pass for another kind of actor: %s",
    (subject) => {
      expect(tokenActor(subject)).toBe(`user:${subject}`);
    },
  );

  it("never collides with another kind of actor or another subject", () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom("platform", "signed_link", "user:a", "key:a", "operator:a", "support:a"),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        const others = [keyActor(b), operatorActor(b), supportActor(b), "platform", "signed_link"];
        expect(others).not.toContain(tokenActor(a));
        expect(tokenActor(a) === tokenActor(b)).toBe(a === b);
      }),
    );
  });
});

describe("a tenant context", () => {
  it("is frozen, and so is the caller made of it", () => {
    const context = vouchFor({
      tenantId: "t_a" as TenantId,
      actorId: "user_1",
      credential: { type: "token", tokenId: null },
      requestId: "r",
      traceparent: null,
    });
    const caller = asking(context, "listJobs", "jobs:read");
    for (const value of [context, caller])
      expect(() => Object.assign(value, { tenantId: "t_b" })).toThrow(TypeError);
    expect(caller).toMatchObject({ tenantId: "t_a", operation: "listJobs", scope: "jobs:read" });
  });
});

describe("missingScopes", () => {
  it("names those that are not held, in the order asked for", () => {
    expect(missingScopes(["a", "b", "c"], new Set(["b"]))).toEqual(["a", "c"]);
    expect(missingScopes([], new Set())).toEqual([]);
  });
});
