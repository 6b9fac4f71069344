import type { TenantId } from "../domain/tenant-id";

/** All that a job may leave, for whoever clears up after it. */
export const ARTEFACTS = ["output.csv", "report.ndjson", "summary.json"] as const;

/** What a job leaves in R2. */
export type JobArtefact = (typeof ARTEFACTS)[number];

/** What an R2 key names. */
export type ParsedKey =
  | { readonly kind: "file"; readonly fileId: string; readonly filename: string }
  | { readonly kind: "artefact"; readonly jobId: string; readonly artefact: JobArtefact }
  | { readonly kind: "work"; readonly jobId: string }
  | { readonly kind: "segment"; readonly epoch: number; readonly firstSeq: number };

/** What every key of a tenant begins with, and none of another tenant. */
export const tenantPrefix = (tenantId: TenantId): string => `${tenantId}/`;

/** The only maker of R2 keys (DESIGN §2.13): every one begins with a checked tenant id. */
export const fileKey = (tenantId: TenantId, fileId: string, filename: string): string =>
  `${tenantPrefix(tenantId)}files/${fileId}/${filename}`;

export const jobKey = (tenantId: TenantId, jobId: string, artefact: JobArtefact): string =>
  `${tenantPrefix(tenantId)}jobs/${jobId}/${artefact}`;

/**
 * What runs of a job lay aside until it is over: all names begin with the path, and those of one run with its id, so that
 * two runs of one job never write the same.
 */
export const workPath = (tenantId: TenantId, jobId: string): string =>
  `${tenantPrefix(tenantId)}jobs/${jobId}/work`;
export const workPrefix = (path: string, runId: string | null = null): string =>
  runId === null ? `${path}-` : `${path}-${runId}-`;
export const workName = (path: string, runId: string, name: string): string =>
  `${workPrefix(path, runId)}${name}.bin`;

/** Segments of the archived log: the order of their names is that of the log. */
export const segmentsPrefix = (tenantId: TenantId): string => `${tenantPrefix(tenantId)}log/`;

export const segmentKey = (tenantId: TenantId, epoch: number, firstSeq: number): string =>
  `${segmentsPrefix(tenantId)}${padded(epoch, 9)}-${padded(firstSeq, 15)}.ndjson`;

const padded = (value: number, digits: number): string => String(value).padStart(digits, "0");
const SEGMENT = /^(\d{9})-(\d{15})\.ndjson$/;

/** What a key of this tenant names; null for any other key, and for one that no maker here makes. */
export function parseKey(tenantId: TenantId, key: string): ParsedKey | null {
  const prefix = tenantPrefix(tenantId);
  if (!key.startsWith(prefix)) return null;
  const parts = key.slice(prefix.length).split("/");
  const [folder, id = "", name = ""] = parts;
  if (folder === "log") return parts.length === 2 ? parseSegment(id) : null;
  if (id === "" || name === "" || parts.length !== 3) return null;
  if (folder === "files") return { kind: "file", fileId: id, filename: name };
  if (folder !== "jobs") return null;
  if (name.startsWith(workPrefix("work"))) return { kind: "work", jobId: id };
  const artefact = ARTEFACTS.find((each) => each === name);
  return artefact ? { kind: "artefact", jobId: id, artefact } : null;
}

function parseSegment(name: string): ParsedKey | null {
  const [, epoch, firstSeq] = SEGMENT.exec(name) ?? [];
  return epoch === undefined ? null : { kind: "segment", epoch: Number(epoch), firstSeq: Number(firstSeq) };
}
