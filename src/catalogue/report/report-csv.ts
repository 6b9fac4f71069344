/** A stored report as CSV, made while it streams: one finding is held at a time. */

import { csvCell, type CsvForm } from "./csv-cell";
import { linesOf } from "./report-lines";

const COLUMNS = [
  "row",
  "line",
  "column",
  "byte_offset",
  "field",
  "rule_id",
  "code",
  "severity",
  "message",
  "value",
  "expected",
] as const;
/** Members of a finding that are objects themselves, and what is in them. */
const PARTS = { fix: ["before", "after", "rule", "class", "applied"], first: ["row", "line"] } as const;
const PART_NAMES = ["fix", "first"] as const;
const HEADER = [...COLUMNS, ...PART_NAMES.flatMap((part) => PARTS[part].map((name) => `${part}_${name}`))];
const CHUNK_CHARACTERS = 64 * 1024;

/** `ndjson` is a report's; the bytes do not depend on how it is chunked. */
export function reportCsv(ndjson: ReadableStream<Uint8Array>, form: CsvForm): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const lines = linesOf(ndjson);
  let text = (form.hasBom ? "\uFEFF" : "") + row(HEADER, form);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let isEnd = false;
        while (!isEnd && text.length < CHUNK_CHARACTERS) {
          const { done, value } = await lines.next();
          isEnd = done === true;
          for (const line of value ?? []) text += findingRow(JSON.parse(line), form);
        }
        if (text !== "") controller.enqueue(encoder.encode(text));
        text = "";
        if (isEnd) controller.close();
      },
      async cancel() {
        await lines.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

function findingRow(finding: Readonly<Record<string, unknown>>, form: CsvForm): string {
  const parts = PART_NAMES.flatMap((part) => {
    const members = (finding[part] ?? {}) as Readonly<Record<string, unknown>>;
    return PARTS[part].map((name) => members[name]);
  });
  return row([...COLUMNS.map((name) => finding[name]), ...parts], form);
}

const row = (cells: readonly unknown[], form: CsvForm): string =>
  cells.map((cell) => cellOf(cell, form)).join(form.delimiter) + form.lineEnd;

function cellOf(cell: unknown, form: CsvForm): string {
  if (typeof cell === "string") return csvCell(cell, form);
  return cell === null || cell === undefined ? "" : String(cell);
}
