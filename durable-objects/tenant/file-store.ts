import type { StoredFile } from "../../src/domain/file";

type FileRow = {
  id: string;
  name: string;
  status: StoredFile["status"];
  content_type: string;
  size: number;
  sha256: string | null;
  created_at_ms: number;
  updated_at_ms: number;
};

/** An upload in parts that R2 has open. */
export interface OpenUpload {
  readonly version: number;
  readonly writingId: string;
  readonly partBytes: number;
  readonly untilMs: number;
}

/** Owns the `files` table. It never opens a transaction: the caller composes. */
export class FileStore {
  constructor(private readonly sql: SqlStorage) {}

  find(id: string): StoredFile | undefined {
    const row = this.sql.exec<FileRow>(`SELECT * FROM files WHERE id = ?`, id).toArray()[0];
    return (
      row && {
        id: row.id,
        name: row.name,
        status: row.status,
        contentType: row.content_type,
        sizeBytes: row.size,
        sha256: row.sha256,
        createdAtMs: row.created_at_ms,
        updatedAtMs: row.updated_at_ms,
      }
    );
  }

  /** How an upload in parts is sealed, and until when its links are good; null for one that comes whole. */
  sealing(id: string): OpenUpload | null {
    const row = this.sql
      .exec<{ upload: string | null }>(`SELECT upload FROM files WHERE id = ?`, id)
      .toArray()[0];
    return row?.upload ? (JSON.parse(row.upload) as OpenUpload) : null;
  }

  /** Whether R2 has an upload open that a version before `version` seals, and whose links are still good. */
  hasOpenBefore(version: number, nowMs: number): boolean {
    return (
      this.sql
        .exec(
          `SELECT 1 FROM files WHERE status = 'awaiting_upload' AND upload IS NOT NULL
           AND upload ->> '$.version' < ? AND upload ->> '$.untilMs' > ? LIMIT 1`,
          version,
          nowMs,
        )
        .toArray().length > 0
    );
  }

  eraseAll(): void {
    this.sql.exec(`DELETE FROM files`);
  }

  saveSealing(id: string, upload: OpenUpload): void {
    this.sql.exec(`UPDATE files SET upload = ? WHERE id = ?`, JSON.stringify(upload), id);
  }

  save(file: StoredFile): void {
    this.sql.exec(
      `INSERT INTO files (id, name, status, content_type, size, sha256, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         status = excluded.status, sha256 = excluded.sha256, updated_at_ms = excluded.updated_at_ms`,
      file.id,
      file.name,
      file.status,
      file.contentType,
      file.sizeBytes,
      file.sha256,
      file.createdAtMs,
      file.updatedAtMs,
    );
  }
}
