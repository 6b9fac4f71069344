/**
 * What one would write with papaparse: its streaming parser over decoded text, every row checked as strings and
 * every row written again. Same rules, fixes, counters and findings as the engine; the corrected file is quoted
 * as Papa.unparse quotes. It calls Papa's Parser itself, which is the fastest way in,
 * and reads its source as the engine does, so that only the pipelines are compared.
 */

import Papa from "papaparse";
import type { CompiledColumn, CompiledProfile } from "../../../src/catalogue/profile/compile";
import { NO_ROW } from "../../../src/catalogue/checks/row-checks";
import { correctCell, offerFix, type Correction } from "../../../src/catalogue/fixes/correction";
import { readerOf } from "../../../src/catalogue/reading/source-reader";
import type { Counters } from "../../../src/domain/counters";

export interface TextSink {
  write(bytes: Uint8Array): void | Promise<void>;
  close(): Promise<void>;
}

export interface ReferenceSummary {
  readonly counters: Counters;
  readonly findingsTotal: number;
}

const BLOCK_CHARS = 512 * 1024;

type Parser = { parse(input: string, base: number, ignoreLastRow: boolean): Papa.ParseResult<string[]> };
type ParserClass = new (config: Papa.ParseConfig) => Parser;

export async function runReference(run: {
  source: ReadableStream<Uint8Array>;
  profile: CompiledProfile;
  output: TextSink;
  report: TextSink;
}): Promise<ReferenceSummary> {
  const PapaParser = Papa.Parser as unknown as ParserClass;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const judge = new ReferenceJudge(run.profile);
  const reader = readerOf(run.source, null);
  let text = "";
  for (let isLast = false; !isLast;) {
    while (text.length < BLOCK_CHARS && !isLast) {
      const chunk = await reader.read();
      text += chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
      isLast = chunk === null;
    }
    const parsed = new PapaParser({ delimiter: ",", newline: "\r\n" }).parse(text, 0, !isLast);
    text = isLast ? "" : text.slice(parsed.meta.cursor);
    judge.output = "";
    judge.report = "";
    for (const row of parsed.data) judge.row(row);
    await run.output.write(encoder.encode(judge.output));
    await run.report.write(encoder.encode(judge.report));
  }
  await run.output.close();
  await run.report.close();
  const { total, errors, warnings, corrections, findingsTotal } = judge;
  return { counters: { total, processed: total, errors, warnings, corrections }, findingsTotal };
}

class ReferenceJudge {
  output = "";
  report = "";
  total = 0;
  errors = 0;
  warnings = 0;
  corrections = 0;
  findingsTotal = 0;
  #header: string[] | null = null;
  #columns: { at: number; column: CompiledColumn }[] = [];
  #line = 2;
  #found = 0;

  constructor(private readonly profile: CompiledProfile) {}

  row(cells: string[]): void {
    const header = this.#header;
    if (!header) {
      this.#header = cells;
      this.#columns = this.profile.columns
        .map((column) => ({ at: cells.indexOf(column.field), column }))
        .sort((a, b) => a.at - b.at);
      this.output += unparse(cells);
      return;
    }
    if (cells.length === 1 && cells[0] === "" && header.length > 1) return; // Behind the last line end.
    this.total++;
    this.#found = 0;
    if (cells.length > header.length) this.#structural("extra-cell", "error", cells.length, header);
    if (cells.length < header.length) this.#structural("missing-cell", "warning", cells.length, header);
    let isChanged = false;
    for (const { at, column } of this.#columns) {
      const value = cells[at] ?? "";
      const after = this.#judge(at, column, value, at < cells.length);
      if (after === value) continue;
      cells[at] = after;
      isChanged = true;
    }
    if (isChanged) this.corrections++;
    if (this.#found === 2) this.errors++;
    else if (this.#found === 1) this.warnings++;
    this.output += unparse(cells);
    this.#line++;
  }

  #judge(at: number, column: CompiledColumn, input: string, canFix: boolean): string {
    const { rules } = column;
    const isBlank = input.trim() === "";
    let correction: Correction | null = null;
    for (const rule of rules) {
      if (isBlank && !rule.judgesBlank) continue;
      const fault = rule.check.judge(input);
      if (fault === null) continue;
      let fix: object | undefined;
      if (canFix && rule.fixes.length > 0) {
        correction ??= correctCell(rules, input, this.profile.applyFixes, NO_ROW);
        const step = correction.steps.find((taken) => taken.rule === rule);
        const offer = step ?? offerFix(rule, input);
        if (offer) {
          const { after, fixClass } = offer;
          fix = { before: step?.before ?? input, after, rule: rule.id, class: fixClass, applied: !!step };
        }
      }
      const { expected } = rule.check;
      this.#note(rule.severity);
      this.#write({
        column: at + 1,
        field: rule.field,
        rule_id: rule.id,
        code: `${rule.field.toUpperCase()}_${fault}`,
        severity: rule.severity,
        message: `${rule.field}: ${fault} (${expected}), com o tamanho de uma mensagem.`,
        value: input,
        expected,
        fix,
      });
    }
    return correction?.text ?? input;
  }

  #structural(code: string, severity: string, cells: number, header: readonly string[]): void {
    this.#note(severity);
    this.#write({
      column: Math.min(cells, header.length) + 1,
      field: header[cells] ?? null,
      rule_id: code,
      code,
      severity,
      message: "A linha tem mais ou menos células do que o cabeçalho.",
      value: String(cells),
      expected: `${header.length} cells`,
    });
  }

  #write(finding: object): void {
    this.findingsTotal++;
    this.report += `${JSON.stringify({ row: this.total, line: this.#line, ...finding })}\n`;
  }

  #note(severity: string): void {
    if (severity === "error") this.#found = 2;
    else if (severity === "warning" && this.#found === 0) this.#found = 1;
  }
}

function unparse(cells: readonly string[]): string {
  let line = "";
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string;
    if (i > 0) line += ",";
    line += mustQuote(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
  return `${line}\r\n`;
}

/** Papa.unparse's own test. */
function mustQuote(cell: string): boolean {
  return (
    cell.includes(",") ||
    cell.includes('"') ||
    cell.includes("\n") ||
    cell.includes("\r") ||
    cell.startsWith(" ") ||
    cell.endsWith(" ")
  );
}
