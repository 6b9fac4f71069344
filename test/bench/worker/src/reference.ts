import { DurableObject } from "cloudflare:workers";
import type { BenchEnv } from "./bench-env";

/** What a plain object costs: a call that does nothing, and one transaction with one commit a call. */
export class Reference extends DurableObject<BenchEnv> {
  readonly #startMs = Date.now();
  #made = 0;

  constructor(ctx: DurableObjectState, env: BenchEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS plain (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS indexed (id TEXT PRIMARY KEY, other TEXT NOT NULL, body TEXT NOT NULL)
        STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS indexed_by_other ON indexed (other, id);
    `);
  }

  async noop(): Promise<void> {}

  /** Writes `plain` + `indexed` rows, the latter with one index entry each. The answer leaves once it is durable. */
  async rawTx(plain: number, indexed: number, body: string): Promise<number> {
    return this.ctx.storage.transactionSync(() => {
      let written = 0;
      for (let i = 0; i < plain; i++)
        written += this.ctx.storage.sql.exec(
          `INSERT INTO plain (id, body) VALUES (?, ?)`,
          this.#nextId(),
          body,
        ).rowsWritten;
      for (let i = 0; i < indexed; i++)
        written += this.ctx.storage.sql.exec(
          `INSERT INTO indexed (id, other, body) VALUES (?, 'queued', ?)`,
          this.#nextId(),
          body,
        ).rowsWritten;
      return written;
    });
  }

  /** As long as a UUID, and rising like a UUIDv7. */
  #nextId(): string {
    return `${this.#startMs}-${String(this.#made++).padStart(22, "0")}`;
  }
}

/** `/reference/noop/{name}` and `/reference/raw-tx/{name}/{plain}/{indexed}`: no token, no checks, one call. */
export async function answerReference(env: BenchEnv, request: Request, path: string): Promise<Response> {
  const [, , kind, name, plain, indexed] = path.split("/");
  const reference = env.REFERENCES.getByName(name ?? "");
  if (kind === "noop") {
    await reference.noop();
    return new Response("ok");
  }
  if (kind !== "raw-tx") return new Response("no such reference", { status: 404 });
  const written = await reference.rawTx(Number(plain), Number(indexed), await request.text());
  return new Response(String(written), { status: 201 });
}
