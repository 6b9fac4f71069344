/** The page about the shipped profiles (docs/profiles.md), as the profiles themselves tell it. */

import { compileProfile, type CompiledRule } from "../../src/catalogue/profile/compile";
import type { Profile, ProfileRule } from "../../src/catalogue/profile/profile";

const HEAD = `# Rules profiles that are shipped

Every tenant has these profiles; \`GET /v1/rules\` lists them together with the tenant's own. What is published here never changes: new knowledge is a new version, and \`channel@latest\` means the newest.

A correction applies the fixes of class \`safe\` and no others. \`lossy\` ones lose a part of a value, \`invented\` ones write what the seller never gave: a profile of your own can allow them (\`apply_fixes\`). No price, code or category is ever made up.

Each rule names what it rests on and the day on which it was compared with that. The live pages of the marketplaces were not looked at: where the source is the project's own record, a stored copy of a page, or a check of our own, it says so. Marketplaces change their rules without notice.

This page is written from the profiles; a test keeps it so.
`;

export function profilesPage(profiles: readonly Profile[]): string {
  const overview = table(
    ["Profile", "Name", "Fields", "Rules"],
    profiles.map((profile) => [
      `[\`${idOf(profile)}\`](#${idOf(profile).replaceAll(/[@.]/g, "")})`,
      profile.name ?? "",
      String(profile.columns.length),
      String(profile.rules.length),
    ]),
  );
  return [HEAD, overview, ...profiles.map(section)].join("\n");
}

const idOf = ({ channel, version }: Profile): string => `${channel}@${version}`;

function section(profile: Profile): string {
  const compiled = rulesOf(profile);
  const sources = [...new Set(profile.rules.map(sourceOf))];
  return [
    `## ${idOf(profile)}\n`,
    ...(profile.description === undefined ? [] : [`${profile.description}\n`]),
    table(
      ["Field", "Also found as"],
      profile.columns.map(({ name, aliases = [] }) => [code(name), aliases.join(", ")]),
    ),
    table(
      ["Rule", "Field", "Asks for", "Fix", "Severity", "Source"],
      profile.rules.map((rule) => [
        code(rule.id),
        code(rule.field),
        asksFor(rule, compiled.get(rule.id)),
        fixOf(rule, compiled.get(rule.id)),
        rule.severity,
        String(sources.indexOf(sourceOf(rule)) + 1),
      ]),
    ),
    `Sources:\n`,
    `${sources.map((source, i) => `${i + 1}. ${source}`).join("\n")}\n`,
  ].join("\n");
}

function rulesOf(profile: Profile): ReadonlyMap<string, CompiledRule> {
  const { columns, uniqueRules } = compileProfile(profile);
  return new Map([...columns.flatMap(({ rules }) => rules), ...uniqueRules].map((rule) => [rule.id, rule]));
}

const sourceOf = ({ source = "", checked_on = "" }: ProfileRule): string => `${source} (${checked_on})`;

function asksFor({ when, scope }: ProfileRule, compiled: CompiledRule | undefined): string {
  const conditions = [
    ...(when === undefined ? [] : [`when ${code(typeof when === "string" ? when : JSON.stringify(when))}`]),
    ...(scope?.categories ? [`in ${scope.categories.join(", ")}`] : []),
  ];
  return [code(compiled?.check.expected ?? ""), ...conditions].join(" ");
}

function fixOf({ fix }: ProfileRule, compiled: CompiledRule | undefined): string {
  if (!fix) return "";
  const classes = new Set(compiled?.fixes.map(({ fixClass }) => fixClass));
  return `${code(fix.type)} (${[...classes].join(", ")})`;
}

/** A pipe would end the cell, also inside a code span. */
const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

/** Columns are padded, as the formatter wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(3, ...all.map((row) => [...(row[at] ?? "")].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - [...cell].length)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return `${[line(head), rule, ...rows.map(line)].join("\n")}\n`;
}
