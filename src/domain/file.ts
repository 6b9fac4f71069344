/** A file of a tenant: announced, then uploaded once, then perhaps deleted. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly status: "awaiting_upload" | "uploaded" | "deleted";
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal; null until it is known. */
  readonly sha256: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
