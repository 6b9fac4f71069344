import type { Shred } from "../../src/domain/shred";

/** Owns the `shreds` table; ids rise with time. It never opens a transaction: the caller composes. */
export class ShredStore {
  constructor(private readonly sql: SqlStorage) {}

  find(id: string): Shred | undefined {
    return this.#read(`SELECT body FROM shreds WHERE id = ?`, id)[0];
  }

  /** Newest first. */
  list(limit: number): Shred[] {
    return this.#read(`SELECT body FROM shreds ORDER BY id DESC LIMIT ?`, limit);
  }

  /** What is still to be erased from files and read model, oldest first. */
  toErase(): Shred[] {
    return this.#read(`SELECT body FROM shreds WHERE body ->> '$.erasedAtMs' IS NULL ORDER BY id`);
  }

  /** Erased, and waiting for the keys of older copies to be destroyed. */
  toComplete(): Shred[] {
    return this.#read(
      `SELECT body FROM shreds
       WHERE body ->> '$.erasedAtMs' IS NOT NULL AND body ->> '$.completedAtMs' IS NULL ORDER BY id`,
    );
  }

  save(shred: Shred): void {
    this.sql.exec(
      `INSERT INTO shreds (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
      shred.id,
      JSON.stringify(shred),
    );
  }

  #read(query: string, ...bindings: SqlStorageValue[]): Shred[] {
    return this.sql
      .exec<{ body: string }>(query, ...bindings)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Shred);
  }
}
