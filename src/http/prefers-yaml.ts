const YAML: ReadonlySet<string> = new Set([
  "application/yaml",
  "application/x-yaml",
  "text/yaml",
  "text/x-yaml",
]);

/** Whether an `Accept` header asks for YAML rather than JSON (RFC 9110 §12.5.1); JSON wherever it says nothing of both. */
export function prefersYaml(accept: string | undefined): boolean {
  let [yaml, json] = [0, 0];
  for (const range of accept?.split(",") ?? []) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = Number(parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? 1);
    const weight = Number.isFinite(q) ? q : 0;
    if (YAML.has(type)) yaml = Math.max(yaml, weight);
    if (type === "application/json") json = Math.max(json, weight);
  }
  return yaml > json;
}
