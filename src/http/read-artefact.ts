import type { Context } from "hono";
import type { FileKeys } from "../crypto/file-keys";
import type { Job } from "../domain/job";
import { fromJsonText } from "../domain/json-text";
import type { Result } from "../domain/result";
import type { Unreadable } from "../storage/seal-metadata";
import { unwrap } from "./answer";
import { callTenant } from "./call-tenant";
import type { TenantEnv } from "./context";
import { unknownJob } from "./job-problems";
import { Problem } from "./problem";
import { withCurrentKeys } from "./with-current-keys";

/** Reads what the path's job has left, with the keys in force. What does not open is written down, and not there. */
export async function readArtefact<T>(
  c: Context<TenantEnv, "/jobs/:jobId/:name">,
  artefact: "report.ndjson" | "summary.json",
  read: (job: Job, keys: FileKeys) => Promise<Result<T, Unreadable>>,
): Promise<{ readonly job: Job; readonly value: T }> {
  const { caller } = c.var;
  const jobId = c.req.param("jobId");
  const { job, path, outcome } = await withCurrentKeys(
    async () =>
      unwrap(
        c,
        await callTenant(c.env, caller, (tenant) => tenant.viewReport(caller, jobId, artefact)),
        unknownJob,
      ),
    async ({ job: text, keys }) => {
      const seen = fromJsonText(text);
      if (seen.isShredded) throw new Problem("not_found", "The job was shredded, its report with it.");
      return { job: seen, path: keys.path, outcome: await read(seen, keys) };
    },
    (read) => !read.outcome.ok && read.outcome.error.reason === "unknown_version",
  );
  if (outcome.ok) return { job, value: outcome.value };
  const { reason } = outcome.error;
  await callTenant(c.env, caller, (tenant) => tenant.noteBroken(caller, path, reason));
  throw new Problem(
    "not_found",
    "What is stored in the report's place is not what was put there: run the job again for a new one.",
  );
}
