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
