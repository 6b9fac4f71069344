import type { TenantId } from "../domain/tenant-id";

/** What a job leaves in R2. */
export type JobArtefact = "output.csv" | "report.ndjson" | "report.csv";

/** The only maker of R2 keys (DESIGN §2.13): every one begins with a checked tenant id. */
export const fileKey = (tenantId: TenantId, fileId: string, filename: string): string =>
  `${tenantId}/files/${fileId}/${filename}`;

export const jobKey = (tenantId: TenantId, jobId: string, artefact: JobArtefact): string =>
  `${tenantId}/jobs/${jobId}/${artefact}`;
