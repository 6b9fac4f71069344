import { Hono, type Context } from "hono";
import * as z from "zod";
import { compileProfile } from "../../catalogue/profile/compile";
import { rowsText } from "../../catalogue/reading/rows-text";
import { countsByRule } from "../../catalogue/report/summary";
import { runInline, type InlineOutcome } from "../../catalogue/run/run-inline";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { boundedBytes, jsonBody, query } from "../json-body";
import { tenantOperation } from "../operation";
import { Problem } from "../problem";
import { profileIn, profileNamed, unpublishedProfile } from "../runnable-profile";
import { replyJson } from "../reply";

const MAX_BODY_BYTES = 1024 ** 2;
const MAX_ROWS = 10_000;
/** As many as a client looks at; the counts are of all. */
const FINDINGS_MAX = 1_000;
const RULES_MAX = 100;

const ValidateQuery = z.strictObject({
  rules_profile_id: z.string().max(80).default("default@latest"),
  type: z.enum(["validation", "correction"]).default("validation"),
});

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const RowsBody = z.strictObject({
  rows: z
    .array(z.record(z.string().min(1).max(200), Cell))
    .min(1)
    .max(MAX_ROWS),
});

/** A small catalogue, judged and corrected in the same call: by the same engine and rules as a job. */
export const validate = new Hono<TenantEnv>().post(
  "/validate",
  tenantOperation({
    id: "validate",
    summary: "Judges up to 1 MiB of CSV, or rows as JSON, and answers with the findings",
    scope: "jobs:write",
    query: ValidateQuery,
    body: RowsBody,
    textBodies: ["text/csv"],
    success: {
      200:
        "Counters, the first 1,000 findings and, for a correction, the corrected CSV. The body is `text/csv`, or " +
        "`application/json` with `rows`",
    },
    problems: ["rules_profile_not_found", "payload_too_large", "unsupported_media_type"],
  }),
  async (c) => {
    const { rules_profile_id: id, type } = query(c.req.url, ValidateQuery);
    const wanted = profileNamed(id);
    const text = await catalogueOf(c);
    const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
      tenant.runnableProfile(caller, wanted),
    );
    const view = unwrap(c, answer, unpublishedProfile);
    const outcome = await runInline({
      text,
      profile: compileProfile(profileIn(view)),
      mode: type === "correction" ? "correct" : "validate",
      findingsMax: FINDINGS_MAX,
    });
    if (!outcome.ok)
      throw new Problem("validation_error", `There is no table to judge: ${outcome.error.detail}`, {
        fieldErrors: { body: [outcome.error.detail] },
      });
    return replyJson(c, present(outcome.value, view.id));
  },
);

async function catalogueOf(c: Context<TenantEnv>): Promise<Uint8Array> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === "text/csv") return boundedBytes(c.req.raw, MAX_BODY_BYTES);
  if (type !== "application/json")
    throw new Problem(
      "unsupported_media_type",
      "Send the catalogue as text/csv, or its rows as application/json.",
    );
  const { rows } = await jsonBody(c.req.raw, RowsBody);
  return new TextEncoder().encode(rowsText(rows));
}

const present = ({ summary, findings, output }: InlineOutcome, profileId: string) => ({
  rules_profile_id: profileId,
  counters: summary.counters,
  findings_total: summary.findingsTotal,
  ...countsByRule(summary.byRule, RULES_MAX),
  findings,
  truncated: findings.length < summary.findingsTotal,
  ...(output === null ? {} : { output }),
});
