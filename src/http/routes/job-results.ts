import { Hono } from "hono";
import * as z from "zod";
import { LOCALES, type Locale } from "../../catalogue/profile/profile";
import type { Job } from "../../domain/job";
import { fromJsonText } from "../../domain/json-text";
import { ok } from "../../domain/result";
import { signGetLink, type Rendering } from "../../crypto/link-signature";
import { readConfig } from "../../env";
import { jobKey, type JobArtefact } from "../../storage/keys";
import { readReportPage } from "../../storage/report-reader";
import { readSummary } from "../../storage/summary-reader";
import { unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { query } from "../json-body";
import { tenantOperation } from "../operation";
import { rfc3339 } from "../present";
import { Problem } from "../problem";
import { callTenant } from "../call-tenant";
import { unknownJob } from "../job-problems";
import { readArtefact } from "../read-artefact";
import { reply, replyJson } from "../reply";

const FindingsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "This is not a cursor of this list.")
    .optional(),
  offset: z.coerce.number().int().min(0).optional(),
  /** Only findings with a fix that was applied: what the corrected file differs in. */
  fixed: z.stringbool().default(false),
});

const DownloadQuery = z.strictObject({
  artifact: z.enum(["output", "report"]).default("output"),
  format: z.enum(["csv", "ndjson", "excel", "html", "json"]).default("csv"),
  /** Of the page: what the findings say is in the language that the job found them in. */
  lang: z.enum(LOCALES).default("pt-BR"),
});

export const jobResults = new Hono<TenantEnv>()
  .get(
    "/jobs/:jobId/findings",
    tenantOperation({
      id: "listFindings",
      summary: "A job's findings, page by page; those alone whose fix was applied, if fixed is true",
      scope: "jobs:read",
      query: FindingsQuery,
      success: { 200: "A page of findings" },
      problems: ["not_found"],
    }),
    async (c) => {
      const page = query(c.req.url, FindingsQuery);
      const place = {
        fromByte: Number(page.cursor ?? 0),
        skip: page.offset ?? 0,
        limit: page.limit,
        onlyFixed: page.fixed,
      };
      const { job, value: found } = await readArtefact(c, "report.ndjson", async (seen, keys) =>
        seen.reportRef === null ? NO_REPORT : await readReportPage(c.env.FILES, keys, place),
      );
      if (found === "missing") throw new Problem("not_found", "The job's report is not there any more.");
      if (found === null)
        throw new Problem("validation_error", "cursor: this is not a cursor of this list.", {
          fieldErrors: { cursor: ["This is not a cursor of this list."] },
        });
      const { findings, nextByte } = found;
      const next = nextByte === null ? null : String(nextByte);
      return replyJson(c, {
        data: findings,
        meta: {
          limit: page.limit,
          offset: page.offset ?? 0,
          total: page.fixed ? null : job.findingsTotal,
          next_cursor: next,
        },
      });
    },
  )

  .get(
    "/jobs/:jobId/summary",
    tenantOperation({
      id: "getJobSummary",
      summary: "What a job has found, rule by rule, worst first, with exact totals and a few examples each",
      scope: "jobs:read",
      success: { 200: "The summary" },
      problems: ["not_found"],
    }),
    async (c) => {
      const { job, value: summary } = await readArtefact(c, "summary.json", async (seen, keys) =>
        seen.reportRef === null ? ok(null) : await readSummary(c.env.FILES, keys),
      );
      if (job.reportRef === null)
        throw new Problem("not_found", `The job is ${job.status} and has no report.`);
      if (summary === null) throw new Problem("not_found", "The job's summary is not there any more.");
      return reply(c, summary.text, 200, "application/json");
    },
  )

  .get(
    "/jobs/:jobId/download",
    tenantOperation({
      id: "downloadArtifact",
      summary: "A signed link to a job's corrected file, or to its report in one of five forms",
      scope: "jobs:read",
      query: DownloadQuery,
      success: { 200: "The link and when it expires" },
      problems: ["not_found"],
    }),
    async (c) => {
      const wanted = query(c.req.url, DownloadQuery);
      const { caller } = c.var;
      const jobId = c.req.param("jobId");
      const answer = await callTenant(c.env, caller, (tenant) => tenant.getJob(caller, jobId));
      const view = unwrap(c, answer, unknownJob);
      const job = fromJsonText(view.job);
      const { artefact, rendering, name } = downloadOf(job, wanted);
      const path = signGetLink(readConfig(c.env).linkSigningKey, {
        key: jobKey(caller.tenantId, jobId, artefact),
        downloadName: `${job.type}-${jobId}-${name}`,
        rendering,
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

function downloadOf(
  job: Job,
  { artifact, format, lang }: z.output<typeof DownloadQuery>,
): { readonly artefact: JobArtefact; readonly rendering: Rendering | null; readonly name: string } {
  if (artifact === "report" && job.reportRef !== null) return reportIn(format, lang);
  if (artifact === "output" && job.outputRef !== null) {
    if (format === "csv") return { artefact: "output.csv", rendering: null, name: "output.csv" };
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

/** What lies in R2 is NDJSON and the summary; the other forms are made of them when they are fetched. */
function reportIn(format: z.output<typeof DownloadQuery>["format"], lang: Locale) {
  switch (format) {
    case "ndjson":
      return { artefact: "report.ndjson", rendering: null, name: "report.ndjson" } as const;
    case "json":
      return { artefact: "summary.json", rendering: null, name: "summary.json" } as const;
    case "csv":
      return { artefact: "report.ndjson", rendering: { format, lang }, name: "report.csv" } as const;
    case "excel":
      return { artefact: "report.ndjson", rendering: { format, lang }, name: "report-excel.csv" } as const;
    case "html":
      return { artefact: "summary.json", rendering: { format, lang }, name: "report.html" } as const;
  }
}
