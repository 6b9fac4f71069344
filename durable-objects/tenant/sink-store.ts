/** How far a sink has followed the log, and how often in a row it has failed since. */
export interface SinkCursor {
  readonly epoch: number;
  readonly seq: number;
  readonly failures: number;
}

/** Owns the `sinks` table: the object's copy of each sink's cursor. It never opens a transaction. */
export class SinkStore {
  constructor(private readonly sql: SqlStorage) {}

  cursor(sink: string): SinkCursor {
    const row = this.sql
      .exec<{
        epoch: number;
        seq: number;
        failures: number;
      }>(`SELECT epoch, seq, failures FROM sinks WHERE sink = ?`, sink)
      .toArray()[0];
    return row ?? { epoch: 0, seq: 0, failures: 0 };
  }

  save(sink: string, cursor: SinkCursor): void {
    this.sql.exec(
      `INSERT INTO sinks (sink, epoch, seq, failures) VALUES (?, ?, ?, ?)
       ON CONFLICT (sink) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, failures = excluded.failures`,
      sink,
      cursor.epoch,
      cursor.seq,
      cursor.failures,
    );
  }
}
