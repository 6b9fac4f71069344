import { Hono } from "hono";
import * as z from "zod";
import { diffProfiles } from "../../catalogue/profile/diff";
import { stepOf, isAtLeast } from "../../domain/version-step";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { preconditionOf } from "../entity-tags";
import { created, idempotencyOf } from "../idempotency";
import { jsonBody, optionalJsonBody, query } from "../json-body";
import { profileAt } from "../named-profile";
import { tenantOperation } from "../operation";
import { presentRecord } from "../present-profile";
import { replyJson, setHeader } from "../reply";
import { refusedPair, refusedRules } from "../rules-problems";
import { profileIn, profileNamed } from "../runnable-profile";

const Reason = z.string().trim().min(1).max(500);
const DeprecateBody = z.strictObject({
  reason: Reason.optional(),
  /** The profile to take instead, which is published. */
  successor: z.string().max(80).optional(),
});
const RollbackBody = z.strictObject({ reason: Reason });
const DiffQuery = z.strictObject({
  from: z
    .string()
    .max(40)
    .regex(/^(?:latest|\d{1,9}\.\d{1,9}\.\d{1,9})$/, "Write major.minor.patch, or latest.")
    .optional(),
});

/** What becomes of a rules profile: draft -> validated -> published -> deprecated (README, Rules profiles). */
export const rulesLife = new Hono<TenantEnv>()
  .post(
    "/rules/:profileId/validate",
    tenantOperation({
      id: "validateRulesProfile",
      summary: "Looks at a draft as publishing would, and says what to look at again",
      scope: "rules:write",
      success: { 200: "Faults and warnings; without a fault the profile is validated" },
      problems: ["rules_profile_not_found", "profile_immutable", "invalid_state_transition"],
    }),
    async (c) => {
      const wanted = profileAt(c);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.validateProfile(caller, wanted),
      );
      const { record, faults, warnings } = unwrap(c, answer, refusedRules);
      return replyJson(c, { ...presentRecord(record), valid: faults.length === 0, faults, warnings });
    },
  )

  .post(
    "/rules/:profileId/publish",
    tenantOperation({
      id: "publishRulesProfile",
      summary: "Publishes a draft: from then on it never changes, and jobs may run by it",
      scope: "rules:write",
      idempotent: true,
      conditional: true,
      success: { 200: "The published profile, without its rules" },
      problems: [
        "rules_profile_not_found",
        "profile_immutable",
        "profile_invalid",
        "precondition_failed",
        "invalid_state_transition",
      ],
    }),
    async (c) => {
      const wanted = profileAt(c);
      const precondition = preconditionOf(c);
      const idempotency = idempotencyOf(c, precondition);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.publishProfile(caller, wanted, precondition, idempotency),
      );
      const shown = presentRecord(created(c, unwrap(c, answer, refusedRules)));
      setHeader(c, "ETag", `"${shown.checksum}"`);
      return replyJson(c, shown);
    },
  )

  .post(
    "/rules/:profileId/deprecate",
    tenantOperation({
      id: "deprecateRulesProfile",
      summary: "Takes a published profile out of `latest`; named exactly it still runs",
      scope: "rules:write",
      body: DeprecateBody,
      bodyOptional: true,
      success: { 200: "The deprecated profile, without its rules" },
      problems: ["rules_profile_not_found", "profile_immutable", "invalid_state_transition"],
    }),
    async (c) => {
      const wanted = profileAt(c);
      const { reason, successor } = await optionalJsonBody(c.req.raw, DeprecateBody);
      const deprecation = {
        reason: reason ?? null,
        successor: successor === undefined ? null : profileNamed(successor, "successor"),
      };
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.deprecateProfile(caller, wanted, deprecation),
      );
      return replyJson(c, presentRecord(unwrap(c, answer, refusedRules)));
    },
  )

  .post(
    "/rules/:profileId/rollback",
    tenantOperation({
      id: "rollbackRulesProfile",
      summary: "Deprecates the newest published version, so that `latest` is the one before it again",
      scope: "rules:write",
      body: RollbackBody,
      success: { 200: "The deprecated profile, and what `latest` is now" },
      problems: ["rules_profile_not_found", "profile_immutable", "invalid_state_transition"],
    }),
    async (c) => {
      const wanted = profileAt(c);
      const { reason } = await jsonBody(c.req.raw, RollbackBody);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.rollbackProfile(caller, wanted, reason),
      );
      const { record, latest } = unwrap(c, answer, refusedRules);
      return replyJson(c, { ...presentRecord(record), latest });
    },
  )

  .get(
    "/rules/:profileId/diff",
    tenantOperation({
      id: "diffRulesProfile",
      summary: "What a version changes, in words, and the version number that the changes ask for",
      scope: "rules:read",
      query: DiffQuery,
      success: { 200: "The changes since `from`, which is the version before it unless said" },
      problems: ["rules_profile_not_found"],
    }),
    async (c) => {
      const { from: fromVersion } = query(c.req.url, DiffQuery);
      const wanted = profileAt(c);
      const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
        tenant.compareProfiles(caller, wanted, fromVersion ?? null),
      );
      const { from, to } = unwrap(c, answer, refusedPair);
      const [before, after] = [profileIn(from), profileIn(to)];
      const { changes, requires } = diffProfiles(before, after);
      const promises = stepOf(before.version, after.version);
      return replyJson(c, {
        from: from.id,
        to: to.id,
        requires,
        promises,
        sufficient: isAtLeast(promises, requires),
        changes,
      });
    },
  );
