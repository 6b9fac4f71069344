/** What is wrong above the first row: counted in the total, and in no row counter. */

import type { OpenedTable } from "../reading/open-table";
import { BROKEN, STRAY, UNCLOSED } from "../reading/row-index";
import { firstInvalidUtf8 } from "../reading/utf8";
import type { FindingKinds } from "../report/finding-kinds";
import type { FindingTemplate, Report } from "../report/report";

type Write = (template: FindingTemplate, value: string | null) => void;

export function reportHeader(
  report: Report,
  kinds: FindingKinds,
  { binding, sniffed, window }: OpenedTable,
  byteOffset: number,
): void {
  const { dialect, rival, tableStart, dataStart } = sniffed;
  const line = dialect.headerLine ?? dialect.preambleLines + 1;
  const write: Write = (template, value) => report.write({ row: 0, line, byteOffset }, template, value, null);
  if (rival !== null) {
    write(kinds.structural("ambiguous-dialect", null, null, JSON.stringify(dialect.delimiter)), rival);
  }
  if (firstInvalidUtf8(window.bytes, tableStart, dataStart) >= 0) {
    write(kinds.structural("encoding-error"), null);
  }
  if (window.bytes.subarray(tableStart, dataStart).includes(0)) write(kinds.structural("nul-byte"), null);
  if (dialect.headerLine !== null) reportQuotes(dialect.flags, kinds, write);
  if (dialect.headerLine !== null && dialect.labels.every((label) => label.trim() === "")) {
    write(kinds.structural("blank-header"), null);
  } else for (const at of binding.blankLabels) write(kinds.structural("blank-label", at + 1), null);
  for (const at of binding.duplicateLabels) {
    const label = dialect.labels[at] ?? "";
    write(kinds.structural("duplicate-label", at + 1, label), label);
  }
  for (const { at, column } of binding.columns) {
    const isNeeded = column.rules.some((rule) => rule.judgesBlank && rule.applies === null);
    if (at < 0 && isNeeded) write(kinds.structural("missing-label", null, column.field), null);
  }
}

function reportQuotes(flags: number, kinds: FindingKinds, write: Write): void {
  if ((flags & UNCLOSED) !== 0) write(kinds.structural("unclosed-quote"), null);
  else if ((flags & (STRAY | BROKEN)) !== 0) write(kinds.structural("stray-quote"), null);
}
