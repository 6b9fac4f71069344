import type { Locale } from "../../profile/profile";
import { howToFix } from "../how-to-fix";
import { expectedIn } from "../expected-in";
import { filledIn, isFault, messageFor } from "../messages";
import type { Example } from "../rule-tallies";
import type { FixCounts, RuleSummary } from "../summary";
import { html, type Markup } from "./markup";
import type { PageTexts } from "./page-texts";

export interface PageLanguage {
  readonly locale: Locale;
  /** Of the messages that the summary carries. */
  readonly written: Locale;
  readonly texts: PageTexts;
  readonly number: (value: number) => string;
}

/** What is wrong, how to correct it, and where to look. */
export function ruleSection(rule: RuleSummary, language: PageLanguage): Markup {
  const { texts, number, locale } = language;
  const advice = howToFix(locale, rule.fault);
  const message = messageOf(rule, language);
  const expected = rule.expected === null ? null : expectedIn(locale, rule.expected);
  return html`<section class="card">
    <div class="top">
      <h3>${message}</h3>
      <span class="count">${texts.place(rule.findings, rule.rows, number)}</span>
    </div>
    <p class="tags">
      <span class="tag ${rule.severity}">${texts.severities[rule.severity]}</span
      >${rule.field === null ? null : html`<b><bdi>${rule.field}</bdi></b> · `}<code>${rule.code}</code> ·
      <code>${rule.rule_id}</code>
    </p>
    ${advice === null ? null : html`<p class="how"><b>${texts.fix}</b>${advice}</p> `}${
      expected === null || rule.fault === "REQUIRED" || message.includes(expected)
        ? null
        : html`<p class="more">
            ${texts.expected}: <bdi><code>${expected}</code></bdi>
          </p> `
    }${fixLine(rule.fixes, language)}${examples(rule.examples, texts, number)}${sourceLine(rule, texts)}
  </section> `;
}

/** The profile's own words where it has them; else the engine's, in the page's language. */
function messageOf(rule: RuleSummary, { locale, written }: PageLanguage): string {
  const names = { field: rule.field ?? "", expected: rule.expected ?? "" };
  const own = rule.messages?.[locale];
  if (own !== undefined) return filledIn(locale, own, names);
  const { fault } = rule;
  if (rule.messages || locale === written || !isFault(fault)) return rule.message;
  return messageFor(locale, fault, names);
}

function fixLine(fixes: FixCounts, { texts, number }: PageLanguage): Markup | null {
  const parts = (["safe", "lossy", "invented"] as const).flatMap((fixClass) => {
    const { applied = 0, offered = 0 } = fixes[fixClass] ?? {};
    const name = texts.classes[fixClass];
    return [
      ...(applied > 0 ? [texts.applied(number(applied), name)] : []),
      ...(offered > 0 ? [texts.offered(number(offered), name)] : []),
    ];
  });
  return parts.length === 0 ? null : html`<p class="more fixes">${parts.join("; ")}</p> `;
}

function examples(
  list: readonly Example[],
  texts: PageTexts,
  number: (value: number) => string,
): Markup | null {
  if (list.length === 0) return null;
  const hasAfter = list.some(({ after }) => after !== undefined);
  const rows = list.map(
    ({ row, line, value, after }) =>
      html`<tr>
        <th scope="row" class="place">${row === 0 ? texts.header : number(row)}</th>
        <td class="place line">${number(line)}</td>
        <td class="cell">${cell(value, texts)}</td>
        ${
          hasAfter
            ? html`<td class="cell after">${after === undefined ? null : cell(after, texts)}</td>`
            : null
        }
      </tr> `,
  );
  return html`<table class="examples">
    <caption class="hidden">
      ${texts.examples}
    </caption>
    <thead>
      <tr>
        <th scope="col" class="place">${texts.row}</th>
        <th scope="col" class="place line">${texts.line}</th>
        <th scope="col">${texts.value}</th>
        ${hasAfter ? html`<th scope="col">${texts.after}</th>` : null}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table> `;
}

function cell(value: string | null, texts: PageTexts): Markup {
  if (value === null || value.trim() === "") return html`<span class="blank">${texts.blank}</span>`;
  return html`<bdi>${value}</bdi>`;
}

/** Only an address of the web becomes a link. */
function sourceLine({ source, checked_on: checkedOn }: RuleSummary, texts: PageTexts): Markup | null {
  if (source === undefined) return null;
  const shown = /^https?:\/\/[^\s]+$/.test(source)
    ? html`<a href="${source}" rel="noopener noreferrer" target="_blank">${source}</a>`
    : source;
  const date = checkedOn === undefined ? "" : `, ${texts.checkedOn(checkedOn)}`;
  return html`<p class="more">${texts.source}: ${shown}${date}</p> `;
}
