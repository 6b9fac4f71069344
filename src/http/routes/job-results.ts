import { Hono } from "hono";
import * as z from "zod";
import type { Job } from "../../domain/job";
import { fromJsonText } from "../../domain/json-text";
import { ok } from "../../domain/result";
import { signGetLink } from "../../crypto/link-signature";
import { readConfig } from "../../env";
import { jobKey, type JobArtefact } from "../../storage/keys";
import { readReportPage } from "../../storage/report-reader";
import { unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { query } from "../json-body";
import { tenantOperation } from "../operation";
import { rfc3339 } from "../present";
import { Problem } from "../problem";
import { callTenant } from "../call-tenant";
import { unknownJob } from "../job-problems";
import { replyJson } from "../reply";
import { withCurrentKeys } from "../with-current-keys";

const FindingsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "This is not a cursor of this list.")
    .optional(),
  offset: z.coerce.number().int().min(0).optional(),
});

const DownloadQuery = z.strictObject({
  artifact: z.enum(["output", "report"]).default("output"),
  format: z.enum(["csv", "ndjson"]).default("csv"),
});

export const jobResults = new Hono<TenantEnv>()
  .get(
    "/jobs/:jobId/findings",
    tenantOperation({
      id: "listFindings",
      summary: "A job's findings, page by page",
      scope: "jobs:read",
      query: FindingsQuery,
      success: { 200: "A page of findings" },
      problems: ["not_found"],
    }),
    async (c) => {
      const page = query(c.req.url, FindingsQuery);
      const { caller } = c.var;
      const jobId = c.req.param("jobId");
      const place = { fromByte: Number(page.cursor ?? 0), skip: page.offset ?? 0, limit: page.limit };
      const { job, path, read } = await withCurrentKeys(
        async () =>
          unwrap(
            c,
            await callTenant(c.env, caller, (tenant) => tenant.viewReport(caller, jobId)),
            unknownJob,
          ),
        async ({ job: text, keys }) => {
          const seen = fromJsonText(text);
          if (seen.isShredded) throw new Problem("not_found", "The job was shredded, its report with it.");
          const none = seen.reportRef === null;
          return {
            job: seen,
            path: keys.path,
            read: none ? NO_REPORT : await readReportPage(c.env.FILES, keys, place),
          };
        },
        (outcome) => !outcome.read.ok && outcome.read.error.reason === "unknown_version",
      );
      if (!read.ok) {
        const { reason } = read.error;
        await callTenant(c.env, caller, (tenant) => tenant.noteBroken(caller, path, reason));
        throw unreadableReport();
      }
      const found = read.value;
      if (found === "missing") throw new Problem("not_found", "The job's report is not there any more.");
      if (found === null)
        throw new Problem("validation_error", "cursor: this is not a cursor of this list.", {
          fieldErrors: { cursor: ["This is not a cursor of this list."] },
        });
      const { findings, nextByte } = found;
      const next = nextByte === null ? null : String(nextByte);
      return replyJson(c, {
        data: findings,
        meta: { limit: page.limit, offset: page.offset ?? 0, total: job.findingsTotal, next_cursor: next },
      });
    },
  )

  .get(
    "/jobs/:jobId/download",
    tenantOperation({
      id: "downloadArtifact",
      summary: "A signed link to a job's corrected file or report",
      scope: "jobs:read",
      query: DownloadQuery,
      success: { 200: "The link and when it expires" },
      problems: ["not_found"],
    }),
    async (c) => {
      const { artifact, format } = query(c.req.url, DownloadQuery);
      const { caller } = c.var;
      const jobId = c.req.param("jobId");
      const answer = await callTenant(c.env, caller, (tenant) => tenant.getJob(caller, jobId));
      const view = unwrap(c, answer, unknownJob);
      const job = fromJsonText(view.job);
      const artefact = artefactOf(job, artifact, format);
      const path = signGetLink(readConfig(c.env).linkSigningKey, {
        key: jobKey(caller.tenantId, jobId, artefact),
        downloadName: `${job.type}-${jobId}-${artefact}`,
        expiresAtMs: view.linkExpiresAtMs,
        epoch: view.linkEpoch,
      });
      return replyJson(c, {
        download_url: new URL(path, c.req.url).href,
        expires_at: rfc3339(view.linkExpiresAtMs),
      });
    },
  );

const NO_REPORT = ok({ findings: [], nextByte: null });

const unreadableReport = (): Problem =>
  new Problem(
    "not_found",
    "What is stored in the report's place is not what was put there: run the job again for a new one.",
  );

function artefactOf(job: Job, artifact: "output" | "report", format: "csv" | "ndjson"): JobArtefact {
  if (artifact === "report" && job.reportRef !== null) return `report.${format}`;
  if (artifact === "output" && job.outputRef !== null) {
    if (format === "csv") return "output.csv";
    throw new Problem("validation_error", "format: the corrected file is a CSV.", {
      fieldErrors: { format: ["Only csv for artifact=output."] },
    });
  }
  throw new Problem(
    "not_found",
    job.type === "validation" && artifact === "output"
      ? "A validation makes no corrected file: ask for artifact=report."
      : `The job is ${job.status} and has no ${artifact}.`,
  );
}
