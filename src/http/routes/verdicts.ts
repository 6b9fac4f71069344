import { Hono, type Context } from "hono";
import * as z from "zod";
import type { VerdictRefusal, VerdictSource } from "../../../durable-objects/tenant/operations/verdicts";
import { VERDICT_FORMATS } from "../../catalogue/verdicts/cause";
import { Judgement, readAnswer } from "../../catalogue/verdicts/verdicts";
import { ok, type Result } from "../../domain/result";
import { log } from "../../telemetry/logger";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { unknownJob } from "../job-problems";
import { jsonBody } from "../json-body";
import { tenantOperation } from "../operation";
import { presentVerdicts, type AnsweredItem, type UnknownCode } from "../present-verdicts";
import { Problem } from "../problem";
import { replyJson } from "../reply";
import { compiledIn, labelMemoryIn, profileIn, profileNamed, unpublishedProfile } from "../runnable-profile";
import { evidenceOf, type Evidence, type UnreadableAt } from "../verdict-evidence";
import { withCurrentKeys } from "../with-current-keys";

const ITEMS_MAX = 500;
const TEXT_MAX = 256 * 1024;
const LOGGED_MAX = 20;
/** As marketplaces write theirs; anything else might be what somebody has pasted. */
const LOGGABLE = { amazon: /^\d{1,9}$/, mercado_livre: /^[a-z_]{1,40}(?:\.[a-zA-Z_]{1,60}){1,6}$/ } as const;

const VerdictsBody = z.strictObject({
  format: z.enum([...VERDICT_FORMATS, "auto"]).default("auto"),
  rules_profile_id: z.string().max(80).optional(),
  job_id: z.uuid("This is not the id of a job.").optional(),
  items: z
    .array(
      z.strictObject({
        sku: z.string().min(1).max(200).optional(),
        row: z.int().min(1).optional(),
        answer: z.union([
          z.string().min(1).max(TEXT_MAX, `Send at most ${TEXT_MAX} characters of text an item.`),
          z.array(z.unknown()),
          z.record(z.string(), z.unknown()),
        ]),
      }),
    )
    .min(1)
    .max(ITEMS_MAX),
});
type VerdictsBody = z.output<typeof VerdictsBody>;

/** What a marketplace has answered to a listing, told in fields, faults and rules. */
export const verdicts = new Hono<TenantEnv>().post(
  "/verdicts",
  tenantOperation({
    id: "importVerdicts",
    summary: "Maps a marketplace's own error answers to rows, fields and rules",
    scope: "jobs:write",
    body: VerdictsBody,
    success: {
      200:
        "A verdict for each attribute that each cause is about, the codes that are not known, and totals. With " +
        "`job_id`, rows are found by SKU in the first 64 MiB of the job's file, and `already_found` says whether the " +
        "job's report has a finding on that row and field",
    },
    problems: ["rules_profile_not_found", "not_found", "payload_too_large", "unsupported_media_type"],
  }),
  async (c) => {
    const body = await jsonBody(c.req.raw, VerdictsBody);
    const items = body.items.map(({ sku, row, answer }) => ({
      sku,
      row,
      paste: readAnswer(answer, body.format),
    }));
    const { source, evidence } = await evidenceFor(c, body, items);
    const judgement = new Judgement(
      profileIn(source.profile),
      compiledIn(source.profile),
      labelMemoryIn(source.profile),
    );
    const { body: told, unknown } = presentVerdicts(items, judgement, evidence);
    logUnknown(unknown);
    return replyJson(c, { rules_profile_id: source.profile.id, ...told });
  },
);

async function evidenceFor(
  c: Context<TenantEnv>,
  body: VerdictsBody,
  items: readonly AnsweredItem[],
): Promise<{ readonly source: VerdictSource; readonly evidence: Evidence | null }> {
  const { caller } = c.var;
  const jobId = body.job_id ?? null;
  const profileId = profileFor(body, items);
  const skus = items.flatMap(({ sku, paste }) => (sku === undefined ? skusIn(paste) : [sku.trim()]));
  const wanted = {
    skus: new Set(skus),
    rows: new Set(items.flatMap(({ row }) => (row === undefined ? [] : [row]))),
  };
  const { source, outcome } = await withCurrentKeys(
    async () =>
      unwrap(
        c,
        await callTenant(c.env, caller, (tenant) => tenant.verdictSource(caller, jobId, profileId)),
        refusedSource,
      ),
    async (asked): Promise<{ source: VerdictSource; outcome: Result<Evidence | null, UnreadableAt> }> => {
      if (asked.job?.isShredded) throw new Problem("not_found", "The job was shredded, its files with it.");
      const found = asked.job ? await evidenceOf(c.env.FILES, asked.job, wanted) : ok(null);
      return { source: asked, outcome: found };
    },
    (read) => !read.outcome.ok && read.outcome.error.reason === "unknown_version",
  );
  if (outcome.ok) return { source, evidence: outcome.value };
  const { path, reason } = outcome.error;
  await callTenant(c.env, caller, (tenant) => tenant.noteBroken(caller, path, reason));
  throw new Problem("not_found", "What is stored in the place of the job's files is not what was put there.");
}

const skusIn = (paste: AnsweredItem["paste"]): readonly string[] =>
  paste?.causes.flatMap(({ sku }) => (sku === null ? [] : [sku.trim()])) ?? [];

/** The one that is named; else the job's own, or the newest of the marketplace that has answered first. */
function profileFor(
  { rules_profile_id: id, job_id: jobId, format }: VerdictsBody,
  items: readonly AnsweredItem[],
) {
  if (id !== undefined) return profileNamed(id);
  if (jobId !== undefined) return null;
  const told = items.find(({ paste }) => paste !== null)?.paste?.format;
  return `${told ?? (format === "amazon" ? format : "mercado_livre")}@latest`;
}

function refusedSource(refusal: VerdictRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_job":
      return unknownJob(refusal);
    case "unknown_profile":
      return unpublishedProfile(refusal);
  }
}

/** For whoever keeps the table of codes: which are met that it does not have. */
function logUnknown(unknown: readonly UnknownCode[]): void {
  for (const { format, code, count } of unknown.slice(0, LOGGED_MAX))
    log.info("verdict.unknown_code", { format, code: LOGGABLE[format].test(code) ? code : "other", count });
}
