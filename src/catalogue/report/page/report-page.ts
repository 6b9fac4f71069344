/** A summary as one page that a seller can read: no script, nothing to fetch, under 200 KB whatever the summary says. */

import type { Locale } from "../../profile/profile";
import type { ReportSummary } from "../summary";
import { findingsChart } from "./findings-chart";
import { html, Markup } from "./markup";
import { PAGE_STYLE } from "./page-style";
import { PAGE_TEXTS, type PageTexts } from "./page-texts";
import { ruleSection, type PageLanguage } from "./rule-section";

/** Leaves room for style, chart and what is said of the report itself. */
const SECTIONS_MAX_BYTES = 150_000;
const SECTIONS_MAX = 60;
const FILE_NAME_MAX_LENGTH = 200;

export function reportPage(summary: ReportSummary, locale: Locale): string {
  const texts = PAGE_TEXTS[locale];
  const number = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, texts.group);
  const language: PageLanguage = { locale, written: summary.locale, texts, number };
  const heading =
    summary.findings_total === 0
      ? texts.clean
      : texts.heading(summary.findings_total, summary.counters.total, number);
  const page = html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${heading} · ${texts.title}</title>
        <style>
          ${new Markup(PAGE_STYLE)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <p class="kind">${texts.title}</p>
            <h1>${heading}</h1>
            <p class="file">
              <bdi>${fileName(summary.file_ref)}</bdi> · ${texts.profile} ${summary.profile.id}
            </p>
          </header>
          ${totals(summary, texts, number)}${findings(summary, language)}${about(summary, texts, number)}
        </main>
      </body>
    </html> `;
  return page.text;
}

function totals(
  { counters }: ReportSummary,
  { totals: names }: PageTexts,
  number: (value: number) => string,
): Markup {
  const cards = [
    ["rows", counters.total, names.rows],
    ["error", counters.errors, names.errors],
    ["warning", counters.warnings, names.warnings],
    ["good", counters.corrections, names.corrections],
  ] as const;
  return html`<dl class="totals">
    ${cards.map(
      ([kind, count, name]) =>
        html`<div class="${count === 0 ? "rows" : kind}">
          <dt>${name}</dt>
          <dd>${number(count)}</dd>
        </div> `,
    )}
  </dl> `;
}

function findings(summary: ReportSummary, language: PageLanguage): Markup | null {
  const { texts, number } = language;
  if (summary.by_rule.length === 0) return null;
  const sections = sectionsOf(summary, language);
  const left = summary.by_rule.slice(sections.length);
  const rules = left.length + (summary.others?.rules ?? 0);
  const rest = left.reduce((sum, rule) => sum + rule.findings, 0) + (summary.others?.findings ?? 0);
  return html`<h2>${texts.chart}</h2>
    ${findingsChart(summary.by_rule, texts, number)}
    <h2>${texts.worst}</h2>
    ${sections}${
      rules === 0 ? null : html`<p class="quiet">${texts.others(number(rules), number(rest))}</p> `
    }`;
}

function sectionsOf({ by_rule: rules }: ReportSummary, language: PageLanguage): readonly Markup[] {
  const encoder = new TextEncoder();
  const sections: Markup[] = [];
  let bytes = 0;
  for (const rule of rules.slice(0, SECTIONS_MAX)) {
    const section = ruleSection(rule, language);
    bytes += encoder.encode(section.text).length;
    if (bytes > SECTIONS_MAX_BYTES) break;
    sections.push(section);
  }
  return sections;
}

function about(summary: ReportSummary, texts: PageTexts, number: (value: number) => string): Markup {
  const { reading } = summary;
  const lines = [
    [texts.file, fileName(summary.file_ref)],
    [texts.columns, number(reading.columns_total)],
    [texts.profile, summary.profile.id],
    [texts.checksum, summary.profile.checksum],
    [texts.engine, summary.engine_version],
    [texts.digest, summary.report_digest],
    [texts.job, summary.job_id],
  ] as const;
  return html`<h2>${texts.about}</h2>
    <section class="card">
      <p>${texts.note}</p>
      <dl class="about">
        ${lines.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd><bdi>${value}</bdi></dd> `,
        )}
      </dl>
    </section> `;
}

/** What the seller called it. */
const fileName = (fileRef: string): string =>
  (fileRef.split("/").at(-1) ?? "").slice(0, FILE_NAME_MAX_LENGTH);
