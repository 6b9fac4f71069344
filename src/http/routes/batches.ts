import { Hono } from "hono";
import * as z from "zod";
import type { BatchRefusal, BatchView } from "../../../durable-objects/tenant/operations/batches";
import { conflictsBetween } from "../../catalogue/profile/conflicts";
import type { ProfileConflict } from "../../catalogue/profile/field-conflicts";
import { JOB_TYPES } from "../../domain/job";
import { fromJsonText } from "../../domain/json-text";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { fixChoiceOf, FixesBody, unknownRules } from "../fix-choice-body";
import { created, idempotencyOf } from "../idempotency";
import { refusedSubmit } from "../job-problems";
import { jsonBody } from "../json-body";
import { tenantOperation } from "../operation";
import { presentJob } from "../present";
import { Problem } from "../problem";
import { replyJson, setHeader } from "../reply";
import { profileIn, profileNamed } from "../runnable-profile";
import { membersOf, SubmitMembers } from "../submit-members";
import { channelNamed, uploadNamed } from "../upload-named";

const TARGETS_MAX = 8;
/** As many as a person reads; the total is of all. */
const CONFLICTS_MAX = 200;

const Target = z.strictObject({
  channel: z.string().min(1).max(64).optional(),
  rules_profile_id: z.string().min(1).max(128),
  fixes: FixesBody.optional(),
});

const BatchBody = z
  .strictObject({
    type: z.enum(JOB_TYPES),
    file_ref: z.string().min(1).max(1024),
    targets: z.array(Target).min(1).max(TARGETS_MAX),
    ...SubmitMembers,
  })
  .refine(({ type, targets }) => type !== "validation" || targets.every(({ fixes }) => fixes === undefined), {
    path: ["targets"],
    message: "A validation applies no fixes: leave fixes out, or ask for a correction.",
  });

/** One file for several channels. */
export const batches = new Hono<TenantEnv>()
  .post(
    "/jobs/batch",
    tenantOperation({
      id: "submitBatch",
      summary: "Submits one file for up to 8 channels: a job for each, all or none, and where they conflict",
      scope: "jobs:write",
      body: BatchBody,
      idempotent: true,
      success: { 201: "The jobs, and what their profiles ask differently of the same column" },
      problems: ["invalid_file_reference", "file_not_found", "rules_profile_not_found"],
    }),
    async (c) => {
      const body = await jsonBody(c.req.raw, BatchBody);
      const { caller } = c.var;
      const input = {
        file: uploadNamed(body.file_ref),
        common: { type: body.type, fileRef: body.file_ref },
        targets: body.targets.map(targetOf),
        members: membersOf(c, body),
        idempotency: idempotencyOf(c, body),
      };
      const answer = await callTenant(c.env, caller, (tenant) => tenant.submitBatch(caller, input));
      const view = created(c, unwrap(c, answer, refusedBatch));
      setHeader(c, "Location", `/v1/jobs/batch/${view.id}`);
      return replyJson(c, presentBatch(caller.tenantId, view), 201);
    },
  )

  .get(
    "/jobs/batch/:batchId",
    tenantOperation({
      id: "getBatch",
      summary: "The jobs of one file for several channels as they are now, and where the channels conflict",
      scope: "jobs:read",
      success: { 200: "The jobs and the conflicts" },
      problems: ["not_found"],
    }),
    async (c) => {
      const { caller } = c.var;
      const batchId = c.req.param("batchId");
      const answer = await callTenant(c.env, caller, (tenant) => tenant.getBatch(caller, batchId));
      const view = unwrap(c, answer, () => new Problem("not_found", "There is no batch with this id."));
      return replyJson(c, presentBatch(caller.tenantId, view));
    },
  );

function targetOf({ channel, rules_profile_id: id, fixes }: z.output<typeof Target>, at: number) {
  const named = profileNamed(id, `targets.${at}.rules_profile_id`);
  return {
    channel:
      channel === undefined
        ? named.slice(0, named.indexOf("@"))
        : channelNamed(channel, `targets.${at}.channel`),
    rulesProfileId: named,
    ...(fixes && { fixes: fixChoiceOf(fixes) }),
  };
}

function refusedBatch(refusal: BatchRefusal): Problem {
  if (refusal.reason !== "target_refused") return refusedSubmit(refusal);
  const { because, target } = refusal;
  if (because.reason === "unknown_rules") return unknownRules(because, `targets.${target}.fixes`);
  const { code, detail } = refusedSubmit(because);
  return new Problem(code, `targets.${target}.rules_profile_id: ${detail}`, {
    fieldErrors: { [`targets.${target}.rules_profile_id`]: [detail] },
  });
}

function presentBatch(tenantId: string, { id, jobs, profiles }: BatchView) {
  const known = new Map(profiles.flatMap((view) => (view ? [[view.id, profileIn(view)] as const] : [])));
  const conflicts = conflictsBetween([...known.values()]);
  return {
    id,
    jobs: jobs.map((job) => presentJob(tenantId, fromJsonText(job))),
    conflicts: conflicts.slice(0, CONFLICTS_MAX).map(presentConflict),
    conflicts_total: conflicts.length,
  };
}

const presentConflict = ({ kind, level, field, parties, text }: ProfileConflict) => ({
  kind,
  level,
  field,
  rules: parties.map(({ profileId, ruleId }) => ({ rules_profile_id: profileId, rule_id: ruleId })),
  text,
});
