import { Hono } from "hono";
import * as z from "zod";
import type { JobFilter } from "../../../durable-objects/tenant/job-store";
import { JOB_STATUSES, JOB_TYPES } from "../../domain/job";
import { pageOf } from "../../domain/page";
import { fromJsonText } from "../../domain/json-text";
import { isUuidV7, uuidV7LowerBound } from "../../domain/uuid";
import { noRefusal, unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { fixChoiceOf, FixesBody } from "../fix-choice-body";
import { created, idempotencyOf } from "../idempotency";
import { refusedStep, refusedSubmit, unknownJob } from "../job-problems";
import { jsonBody, query } from "../json-body";
import { tenantOperation } from "../operation";
import { presentJob } from "../present";
import { callTenant } from "../call-tenant";
import { pinnedByShipped, profileNamed } from "../runnable-profile";
import { replyJson, setHeader } from "../reply";
import { membersOf, SubmitMembers } from "../submit-members";
import { channelNamed, uploadNamed } from "../upload-named";

const SubmitBody = z
  .strictObject({
    channel: z.string().min(1).max(64),
    type: z.enum(JOB_TYPES),
    file_ref: z.string().min(1).max(1024),
    rules_profile_id: z.string().min(1).max(128),
    ...SubmitMembers,
    fixes: FixesBody.optional(),
  })
  .refine(({ type, fixes }) => type !== "validation" || fixes === undefined, {
    path: ["fixes"],
    message: "A validation applies no fixes: leave this out, or ask for a correction.",
  });

const ListQuery = z
  .strictObject({
    status: z.enum(JOB_STATUSES).optional(),
    channel: z.string().max(64).optional(),
    type: z.enum(JOB_TYPES).optional(),
    created_after: z.iso.datetime({ offset: true }).optional(),
    created_before: z.iso.datetime({ offset: true }).optional(),
    seller_id: z.string().min(1).max(128).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().refine(isUuidV7, "This is not a cursor of this list.").optional(),
    offset: z.coerce.number().int().min(0).max(1_000_000).optional(),
  })
  .refine(({ cursor, offset }) => cursor === undefined || offset === undefined, {
    path: ["offset"],
    message: "Send either cursor or offset.",
  });

export const jobs = new Hono<TenantEnv>()
  .post(
    "/jobs",
    tenantOperation({
      id: "submitJob",
      summary: "Submits a validation, a correction or an enrichment of an uploaded file",
      scope: "jobs:write",
      body: SubmitBody,
      idempotent: true,
      success: { 201: "The job" },
      problems: ["invalid_file_reference", "file_not_found", "rules_profile_not_found"],
    }),
    async (c) => {
      const body = await jsonBody(c.req.raw, SubmitBody);
      const file = uploadNamed(body.file_ref);
      const wantedProfile = profileNamed(body.rules_profile_id);
      const input = {
        file,
        request: {
          channel: channelNamed(body.channel),
          type: body.type,
          fileRef: body.file_ref,
          rulesProfileId: pinnedByShipped(wantedProfile),
          ...(body.fixes && { fixes: fixChoiceOf(body.fixes) }),
        },
        wantedProfile,
        members: membersOf(c, body),
        idempotency: idempotencyOf(c, body),
      };
      const { caller } = c.var;
      const answer = await callTenant(c.env, caller, (tenant) => tenant.submitJob(caller, input));
      const job = fromJsonText(created(c, unwrap(c, answer, refusedSubmit)));
      setHeader(c, "Location", `/v1/jobs/${job.id}`);
      return replyJson(c, presentJob(caller.tenantId, job), 201);
    },
  )

  .get(
    "/jobs",
    tenantOperation({
      id: "listJobs",
      summary: "The tenant's jobs, newest first",
      scope: "jobs:read",
      query: ListQuery,
      success: { 200: "A page of jobs" },
    }),
    async (c) => {
      const page = query(c.req.url, ListQuery);
      const filter: JobFilter = {
        status: page.status ?? null,
        channel: page.channel === undefined ? null : channelNamed(page.channel),
        type: page.type ?? null,
        idAbove:
          page.created_after === undefined ? null : uuidV7LowerBound(Date.parse(page.created_after) + 1),
        idBelow: page.created_before === undefined ? null : uuidV7LowerBound(Date.parse(page.created_before)),
      };
      const { caller } = c.var;
      const offset = page.offset ?? 0;
      const answer = await callTenant(c.env, caller, (tenant) =>
        tenant.listJobs(caller, filter, page.seller_id ?? null, {
          limit: page.limit + 1,
          offset,
          after: page.cursor ?? null,
        }),
      );
      const { jobs: found, total } = unwrap(c, answer, noRefusal);
      const { rows, nextCursor: next } = pageOf(found.map(fromJsonText), page.limit);
      if (next !== null) setHeader(c, "Link", `<${nextPage(c.req.url, next)}>; rel="next"`);
      return replyJson(c, {
        data: rows.map((job) => presentJob(caller.tenantId, job)),
        meta: { limit: page.limit, offset, total, next_cursor: next },
      });
    },
  )

  .get(
    "/jobs/:jobId",
    tenantOperation({
      id: "getJob",
      summary: "A job as it is now",
      scope: "jobs:read",
      success: { 200: "The job" },
      problems: ["not_found"],
    }),
    async (c) => {
      const { caller } = c.var;
      const jobId = c.req.param("jobId");
      const answer = await callTenant(c.env, caller, (tenant) => tenant.getJob(caller, jobId));
      return replyJson(c, presentJob(caller.tenantId, fromJsonText(unwrap(c, answer, unknownJob).job)));
    },
  )

  .post(
    "/jobs/:jobId/cancel",
    tenantOperation({
      id: "cancelJob",
      summary: "Cancels a job that has not ended",
      scope: "jobs:write",
      success: { 200: "The cancelled job" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const { caller } = c.var;
      const jobId = c.req.param("jobId");
      const answer = await callTenant(c.env, caller, (tenant) => tenant.cancelJob(caller, jobId));
      return replyJson(c, presentJob(caller.tenantId, fromJsonText(unwrap(c, answer, refusedStep))));
    },
  )

  .post(
    "/jobs/:jobId/retry",
    tenantOperation({
      id: "retryJob",
      summary: "Makes a new job over the request of a failed one",
      scope: "jobs:write",
      idempotent: true,
      success: { 200: "The new job" },
      problems: ["not_found", "invalid_state_transition"],
    }),
    async (c) => {
      const { caller } = c.var;
      const jobId = c.req.param("jobId");
      const idempotency = idempotencyOf(c, null);
      const answer = await callTenant(c.env, caller, (tenant) => tenant.retryJob(caller, jobId, idempotency));
      const job = fromJsonText(created(c, unwrap(c, answer, refusedStep)));
      setHeader(c, "Location", `/v1/jobs/${job.id}`);
      return replyJson(c, presentJob(caller.tenantId, job));
    },
  );

function nextPage(url: string, cursor: string): string {
  const next = new URL(url);
  next.searchParams.delete("offset");
  next.searchParams.set("cursor", cursor);
  return `${next.pathname}${next.search}`;
}
