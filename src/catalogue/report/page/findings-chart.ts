import type { RuleSummary } from "../summary";
import { html, type Markup } from "./markup";
import type { PageTexts } from "./page-texts";

const BARS_MAX = 15;
/** A bar is seen also where its rule is found once in a million. */
const SHORTEST = 0.6;

/** A table whose middle column draws the number beside it: read aloud it is the numbers, on a phone it still fits. */
export function findingsChart(
  rules: readonly RuleSummary[],
  texts: PageTexts,
  number: (value: number) => string,
): Markup {
  const shown = rules.toSorted((a, b) => b.findings - a.findings).slice(0, BARS_MAX);
  const most = Math.max(1, ...shown.map(({ findings }) => findings));
  const bars = shown.map(({ field, code, severity, findings }) => {
    const length = Math.max(SHORTEST, (100 * findings) / most).toFixed(2);
    return html`<tr>
      <th scope="row" class="name">${field ?? code}<small>${field === null ? null : code}</small></th>
      <td>
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          <rect class="rail" width="100" height="10" />
          <rect class="${severity}" width="${length}" height="10" />
        </svg>
      </td>
      <td class="number count">${number(findings)}</td>
    </tr> `;
  });
  return html`<section class="card">
    <table class="chart">
      <caption class="hidden">
        ${texts.chart}
      </caption>
      <colgroup>
        <col class="name" />
        <col />
        <col class="count" />
      </colgroup>
      <thead class="hidden">
        <tr>
          <th scope="col">${texts.rule}</th>
          <td></td>
          <th scope="col">${texts.findings}</th>
        </tr>
      </thead>
      <tbody>
        ${bars}
      </tbody>
    </table>
  </section> `;
}
