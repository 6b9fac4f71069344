import type { TenantId } from "../domain/tenant-id";

/** All that a job may leave, for whoever clears up after it. */
export const ARTEFACTS = [
  "output.csv",
  "report.ndjson",
  "summary.json",
  "checkpoint-0.bin",
  "checkpoint-1.bin",
] as const;

/** What a job leaves in R2. */
export type JobArtefact = (typeof ARTEFACTS)[number];

/** What an R2 key names. */
export type ParsedKey =
  | { readonly kind: "file"; readonly fileId: string; readonly filename: string }
  | { readonly kind: "artefact"; readonly jobId: string; readonly artefact: JobArtefact }
  | { readonly kind: "segment"; readonly epoch: number; readonly firstSeq: number };

/** What every key of a tenant begins with, and none of another tenant. */
export const tenantPrefix = (tenantId: TenantId): string => `${tenantId}/`;

/** The only maker of R2 keys (DESIGN §2.13): every one begins with a checked tenant id. */
export const fileKey = (tenantId: TenantId, fileId: string, filename: string): string =>
  `${tenantPrefix(tenantId)}files/${fileId}/${filename}`;

export const jobKey = (tenantId: TenantId, jobId: string, artefact: JobArtefact): string =>
  `${tenantPrefix(tenantId)}jobs/${jobId}/${artefact}`;

/** What the names of a run's spilled keys begin with, and what each is called. */
export const spillPath = (tenantId: TenantId, jobId: string): string =>
  `${tenantPrefix(tenantId)}jobs/${jobId}/spill`;
export const spillPrefix = (path: string): string => `${path}-`;
export const spillName = (path: string, id: string): string => `${spillPrefix(path)}${id}.bin`;

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
  const artefact = ARTEFACTS.find((each) => each === name);
  return folder === "jobs" && artefact ? { kind: "artefact", jobId: id, artefact } : null;
}

function parseSegment(name: string): ParsedKey | null {
  const [, epoch, firstSeq] = SEGMENT.exec(name) ?? [];
  return epoch === undefined ? null : { kind: "segment", epoch: Number(epoch), firstSeq: Number(firstSeq) };
}
