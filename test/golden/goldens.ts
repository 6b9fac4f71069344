/** The golden files as they stand, by file name. */

const FILES = {
  events: import.meta.glob<string>("./events/*.json", { query: "?raw", import: "default", eager: true }),
  legacy: import.meta.glob<string>("./events-legacy/*.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
  thin: import.meta.glob<string>("./events-thin/*.json", { query: "?raw", import: "default", eager: true }),
  schemas: import.meta.glob<string>("./schemas/*.json", { query: "?raw", import: "default", eager: true }),
  problems: import.meta.glob<string>("./problems/*.json", { query: "?raw", import: "default", eager: true }),
  rules: import.meta.glob<string>("./rules/*.json", { query: "?raw", import: "default", eager: true }),
  audit: import.meta.glob<string>("./audit/*.json", { query: "?raw", import: "default", eager: true }),
};

const byFileName = (files: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1), text]),
  );

export const EVENT_GOLDENS = byFileName(FILES.events);
export const LEGACY_GOLDENS = byFileName(FILES.legacy);
export const THIN_GOLDENS = byFileName(FILES.thin);
export const SCHEMA_GOLDENS = byFileName(FILES.schemas);
export const PROBLEM_GOLDENS = byFileName(FILES.problems);
export const RULES_GOLDENS = byFileName(FILES.rules);
export const AUDIT_GOLDENS = byFileName(FILES.audit);
