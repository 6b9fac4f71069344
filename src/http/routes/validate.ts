import { Hono, type Context } from "hono";
import * as z from "zod";
import type { TableDialect } from "../../catalogue/profile/profile";
import { correctedRow, ROWS_DIALECT, rowsText } from "../../catalogue/reading/rows-text";
import { countsByRule } from "../../catalogue/report/summary";
import { runInline, type InlineOutcome } from "../../catalogue/run/run-inline";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { boundedBytes, jsonBody, query } from "../json-body";
import { tenantOperation } from "../operation";
import { Problem } from "../problem";
import { compiledIn, labelMemoryIn, profileNamed, unpublishedProfile } from "../runnable-profile";
import { replyJson } from "../reply";

const MAX_BODY_BYTES = 1024 ** 2;
const MAX_ROWS = 10_000;
const MAX_COLUMNS = 2_000;
/** As many as a client looks at; the counts are of all. */
const FINDINGS_MAX = 1_000;
const RULES_MAX = 100;

const ValidateQuery = z.strictObject({
  rules_profile_id: z.string().max(80).default("default@latest"),
  type: z.enum(["validation", "correction"]).default("validation"),
});
type ValidateQuery = z.output<typeof ValidateQuery>;

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Row = z.record(z.string().min(1).max(200), Cell);
const RowsBody = z.strictObject({ rows: z.array(Row).min(1).max(MAX_ROWS) });
const RowBody = z.strictObject({
  row: Row.refine((row) => {
    const columns = Object.keys(row).length;
    return columns > 0 && columns <= MAX_COLUMNS;
  }, `Send 1 to ${MAX_COLUMNS} cells.`),
});

/** A small catalogue, judged and corrected in the same call: by the same engine and rules as a job. */
export const validate = new Hono<TenantEnv>()
  .post(
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
      const asked = query(c.req.url, ValidateQuery);
      const { profileId, outcome } = await judge(c, asked, await catalogueOf(c));
      const { summary, findings, output } = outcome;
      return replyJson(c, {
        rules_profile_id: profileId,
        counters: summary.counters,
        findings_total: summary.findingsTotal,
        ...countsByRule(summary.byRule, RULES_MAX),
        findings,
        truncated: findings.length < summary.findingsTotal,
        ...(output === null ? {} : { output }),
      });
    },
  )

  .post(
    "/validate/row",
    tenantOperation({
      id: "validateRow",
      summary: "Judges one row of a catalogue, as a form would send it",
      scope: "jobs:write",
      query: ValidateQuery,
      body: RowBody,
      success: {
        200:
          "Whether the row as it was sent is free of errors, its findings as a report has them and, for a correction, " +
          "the row as it would be corrected",
      },
      problems: ["rules_profile_not_found", "payload_too_large", "unsupported_media_type"],
    }),
    async (c) => {
      const asked = query(c.req.url, ValidateQuery);
      const { row } = await jsonBody(c.req.raw, RowBody);
      const { profileId, outcome } = await judge(c, asked, textOf([row]));
      const { summary, findings, output } = outcome;
      return replyJson(c, {
        rules_profile_id: profileId,
        valid: summary.counters.errors === 0,
        findings_total: summary.findingsTotal,
        findings,
        ...(output === null ? {} : { corrected: correctedRow(row, output) }),
      });
    },
  );

interface Catalogue {
  readonly text: Uint8Array;
  readonly dialect: TableDialect;
}

async function judge(
  c: Context<TenantEnv>,
  { rules_profile_id: id, type }: ValidateQuery,
  catalogue: Catalogue,
): Promise<{ readonly profileId: string; readonly outcome: InlineOutcome }> {
  const wanted = profileNamed(id);
  const answer = await callTenant(c.env, c.var.caller, (tenant, caller) =>
    tenant.runnableProfile(caller, wanted),
  );
  const view = unwrap(c, answer, unpublishedProfile);
  const outcome = await runInline({
    ...catalogue,
    profile: compiledIn(view),
    labelMemory: labelMemoryIn(view),
    mode: type === "correction" ? "correct" : "validate",
    findingsMax: FINDINGS_MAX,
  });
  if (outcome.ok) return { profileId: view.id, outcome: outcome.value };
  throw new Problem("validation_error", `There is no table to judge: ${outcome.error.detail}`, {
    fieldErrors: { body: [outcome.error.detail] },
  });
}

async function catalogueOf(c: Context<TenantEnv>): Promise<Catalogue> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === "text/csv") return { text: await boundedBytes(c.req.raw, MAX_BODY_BYTES), dialect: {} };
  if (type !== "application/json")
    throw new Problem(
      "unsupported_media_type",
      "Send the catalogue as text/csv, or its rows as application/json.",
    );
  return textOf((await jsonBody(c.req.raw, RowsBody)).rows);
}

const textOf = (rows: z.output<typeof RowsBody>["rows"]): Catalogue => ({
  text: new TextEncoder().encode(rowsText(rows)),
  dialect: ROWS_DIALECT,
});
