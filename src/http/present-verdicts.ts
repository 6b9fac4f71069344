import type { Judgement, ReadPaste, Verdict } from "../catalogue/verdicts/verdicts";
import type { Evidence } from "./verdict-evidence";

const VERDICTS_MAX = 5_000;
const CODES_MAX = 200;

/** What was sent of one item, read. */
export interface AnsweredItem {
  readonly sku: string | undefined;
  readonly row: number | undefined;
  readonly paste: ReadPaste | null;
}

interface ItemVerdict {
  readonly item: number;
  readonly row: number | null;
  readonly line: number | null;
  readonly verdict: Verdict;
  /** Null where the report does not say. */
  readonly alreadyFound: boolean | null;
}

export interface UnknownCode {
  readonly code: string;
  readonly format: ReadPaste["format"];
  readonly count: number;
}

export interface Verdicts {
  readonly body: Record<string, unknown>;
  readonly unknown: readonly UnknownCode[];
}

/** All are counted; the first are shown. */
export function presentVerdicts(
  items: readonly AnsweredItem[],
  judgement: Judgement,
  evidence: Evidence | null,
): Verdicts {
  const verdicts = items.flatMap((item, at) => verdictsOf(item, at, judgement, evidence));
  const unknown = unknownOf(items, judgement);
  const count = (holds: (verdict: ItemVerdict) => boolean) => verdicts.filter(holds).length;
  const bySeverity = (severity: string) => count(({ verdict }) => verdict.severity === severity);
  return {
    unknown,
    body: {
      verdicts: verdicts.slice(0, VERDICTS_MAX).map(present),
      truncated: verdicts.length > VERDICTS_MAX || items.some(({ paste }) => paste?.isCut === true),
      unreadable: items.flatMap(({ paste }, item) => (paste === null ? [item] : [])),
      unknown_codes: unknown.slice(0, CODES_MAX).map(({ code, count: n }) => ({ code, count: n })),
      totals: {
        items: items.length,
        causes: items.reduce((sum, { paste }) => sum + (paste?.causes.length ?? 0), 0),
        verdicts: verdicts.length,
        errors: bySeverity("error"),
        warnings: bySeverity("warning"),
        infos: bySeverity("info"),
        unknown: count(({ verdict }) => !verdict.known),
        with_rules: count(({ verdict }) => verdict.ruleIds.length > 0),
        with_row: count(({ row }) => row !== null),
        already_found: count(({ alreadyFound }) => alreadyFound === true),
      },
      ...(evidence && {
        job: {
          rows_read: evidence.rows?.rowsRead ?? 0,
          input_truncated: evidence.rows?.truncated ?? false,
          report_truncated: evidence.reported?.truncated ?? false,
        },
      }),
    },
  };
}

function verdictsOf(
  { sku, row, paste }: AnsweredItem,
  item: number,
  judgement: Judgement,
  evidence: Evidence | null,
): readonly ItemVerdict[] {
  if (paste === null) return [];
  return paste.causes.flatMap((cause) => {
    const named = sku ?? cause.sku;
    const place = named === null ? undefined : evidence?.rows?.places.get(named.trim());
    const at = row ?? place?.row ?? null;
    return judgement.of(paste.format, cause).map((verdict) => ({
      item,
      row: at,
      line: at !== null && at === place?.row ? place.line : null,
      verdict: { ...verdict, sku: named },
      alreadyFound: foundBefore(evidence, at, verdict.field),
    }));
  });
}

function foundBefore(evidence: Evidence | null, row: number | null, field: string | null): boolean | null {
  const reported = evidence?.reported;
  if (!reported || row === null || field === null) return null;
  if (reported.fieldsByRow.get(row)?.has(field)) return true;
  return reported.truncated ? null : false;
}

function unknownOf(items: readonly AnsweredItem[], judgement: Judgement): readonly UnknownCode[] {
  const counts = new Map<string, UnknownCode>();
  for (const { paste } of items) {
    for (const cause of paste?.causes ?? []) {
      if (!paste || judgement.of(paste.format, cause)[0]?.known !== false) continue;
      const { format } = paste;
      const key = `${format} ${cause.code}`;
      counts.set(key, { code: cause.code, format, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

const present = ({ item, row, line, verdict, alreadyFound }: ItemVerdict) => ({
  item,
  ...(verdict.sku !== null && { sku: verdict.sku }),
  ...(verdict.messageId !== null && { message_id: verdict.messageId }),
  ...(row !== null && { row }),
  ...(line !== null && { line }),
  ...(verdict.field !== null && { field: verdict.field }),
  ...(verdict.attribute !== null && { attribute: verdict.attribute }),
  rule_ids: verdict.ruleIds,
  code: verdict.code,
  ...(verdict.causeId !== null && { cause_id: verdict.causeId }),
  ...(verdict.ourCode !== null && { our_code: verdict.ourCode }),
  severity: verdict.severity,
  message: verdict.message,
  known: verdict.known,
  ...(alreadyFound !== null && { already_found: alreadyFound }),
});
