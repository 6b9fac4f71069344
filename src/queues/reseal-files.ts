import type { ResealKeys, ResealReport } from "../../durable-objects/tenant/operations/reseal-files";
import { openContext, type WorkContext } from "../crypto/sealed-context";
import type { Env } from "../env";
import { tenantPrefix } from "../storage/keys";
import { resealObject } from "../storage/reseal-object";
import { resealSegment } from "../storage/segments";
import { log, withLogContext } from "../telemetry/logger";
import { tenantObject } from "../tenant-object";
import type { Verdict } from "./consume";
import { resealMessageParts, type ResealMessage } from "./messages";

/** Objects that one look into the bucket shows: their keys are asked for in one call. */
const PAGE = 50;
/** An invocation ends well before the platform would end it; another message goes on. */
const BUDGET_MS = 40_000;
/** How often the tenant's object hears of a large file under way, so that its lease lasts. */
const HEARTBEAT_MS = 10_000;

/**
 * Seals a tenant's files anew, one after the other in the order of their R2 keys. Late or doubled it changes nothing:
 * its token is not in force any more, and a file that has the current key is passed over.
 */
export async function resealFiles(
  env: Env,
  messageKeys: readonly Uint8Array[],
  message: ResealMessage,
): Promise<Verdict> {
  const context = openContext(messageKeys, message.context, resealMessageParts(message));
  if (context === null) return { type: "refuse", reason: "The message's context was altered." };
  return withLogContext({ tenantId: context.tenantId }, () => new Pass(env, context, message.token).run());
}

class Pass {
  readonly #untilMs = Date.now() + BUDGET_MS;
  #heardMs = Date.now();

  constructor(
    private readonly env: Env,
    private readonly context: WorkContext,
    private readonly token: string,
  ) {}

  async run(): Promise<Verdict> {
    const begun = await this.#object().beginReseal(this.context, this.token);
    if (!begun.ok) return { type: "discard", reason: "The rotation does not wait for it any more." };
    let { cursor } = begun.value;
    for (;;) {
      // Heard at each page, whatever was done on it: the lease lasts, and another worker would begin here.
      if (!(await this.#report(goesOn(cursor)))) return { type: "done" };
      const page = await this.env.FILES.list({
        prefix: tenantPrefix(this.context.tenantId),
        limit: PAGE,
        ...(cursor !== "" && { startAfter: cursor }),
      });
      const paths = page.objects.map(({ key }) => key);
      const keys = await this.#object().resealKeys(this.context, this.token, paths);
      if (!keys.ok) return { type: "done" };
      for (const [at, path] of paths.entries()) {
        const one = keys.value[at];
        if (!one) await this.env.FILES.delete(path);
        else if (!(await this.#reseal(one, cursor))) return { type: "done" };
        cursor = path;
        if (Date.now() > this.#untilMs) return this.#end(cursor, "stops");
      }
      if (!page.truncated) return this.#end(cursor, "done");
    }
  }

  /** Whether to go on. A file that does not open stays as it is: it is said, and keeps no other from its turn. */
  async #reseal({ leftOut = [], ...keys }: ResealKeys, before: string): Promise<boolean> {
    let bytes = 0;
    const outcome =
      leftOut.length > 0
        ? await resealSegment(this.env.FILES, keys, leftOut)
        : await resealObject(this.env.FILES, keys, {
            onProgress: async (plainBytes) => {
              bytes = plainBytes;
              if (Date.now() - this.#heardMs < HEARTBEAT_MS) return "go";
              return (await this.#report(goesOn(before))) ? "go" : "stop";
            },
          });
    switch (outcome.type) {
      case "resealed":
        return this.#report({ cursor: keys.path, files: 1, bytes, written: [keys.path], ending: "goes_on" });
      case "unreadable":
        log.error("reseal.unreadable", { path: keys.path, reason: outcome.reason });
        await this.#object().noteBroken(this.context, keys.path, outcome.reason);
        return true;
      case "changed":
        // Whoever wrote it had a key in force: should that be a former one, the files are gone through again.
        return true;
      case "current":
      case "missing":
        return true;
      case "stopped":
        return false;
    }
  }

  async #end(cursor: string, ending: "stops" | "done"): Promise<Verdict> {
    await this.#report({ cursor, files: 0, bytes: 0, written: [], ending });
    return { type: "done" };
  }

  /** Whether the rotation still listens. What was deleted while it was being written is deleted again. */
  async #report(report: ResealReport): Promise<boolean> {
    this.#heardMs = Date.now();
    const answer = await this.#object().reportReseal(this.context, this.token, report);
    if (!answer.ok) return false;
    if (answer.value.deleted.length > 0) await this.env.FILES.delete([...answer.value.deleted]);
    return true;
  }

  #object() {
    return tenantObject(this.env, this.context.tenantId);
  }
}

const goesOn = (cursor: string): ResealReport => ({
  cursor,
  files: 0,
  bytes: 0,
  written: [],
  ending: "goes_on",
});
