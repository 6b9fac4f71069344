import type { Context } from "hono";
import type { InputView, WantedInput } from "../../durable-objects/tenant/operations/inputs";
import type { CatalogueFailure } from "../catalogue/run/catalogue-run";
import { SealedFileError } from "../crypto/file-opener";
import { err, type Result } from "../domain/result";
import { openSealed } from "../storage/sealed-object";
import type { Unreadable } from "../storage/seal-metadata";
import { unwrap } from "./answer";
import { callTenant } from "./call-tenant";
import type { TenantEnv } from "./context";
import { refusedInput } from "./job-problems";
import { Problem } from "./problem";
import { withCurrentKeys } from "./with-current-keys";

/** As much of a file is looked at within a request, inflated. */
export const HEAD_MAX_BYTES = 16 * 1024 ** 2;
/** A gzip that inflates to more before its first 16 MiB of rows are read is no catalogue. */
export const HEAD_MAX_INFLATED_BYTES = 2 * HEAD_MAX_BYTES;

export interface OpenedInput {
  readonly body: ReadableStream<Uint8Array>;
  readonly compressed: boolean;
  readonly totalBytes: number;
}

/**
 * Has `look` read from an upload as far as it wants to, by a profile that can be run, with the keys in force. A file
 * that is no table, and one that does not open any more, are problems.
 */
export async function readInput<T>(
  c: Context<TenantEnv>,
  bucket: R2Bucket,
  wanted: WantedInput,
  look: (input: OpenedInput, view: InputView) => Promise<Result<T, CatalogueFailure>>,
): Promise<{ readonly view: InputView; readonly totalBytes: number; readonly value: T }> {
  const { caller } = c.var;
  const { view, outcome } = await withCurrentKeys(
    async () =>
      unwrap(c, await callTenant(c.env, caller, (tenant) => tenant.viewInput(caller, wanted)), refusedInput),
    async (seen) => ({ view: seen, outcome: await lookInto(bucket, wanted.file.name, seen, look) }),
    (read) => read.outcome.type === "unreadable" && read.outcome.reason === "unknown_version",
  );
  switch (outcome.type) {
    case "looked":
      return { view, totalBytes: outcome.totalBytes, value: outcome.value };
    case "missing":
      throw new Problem("file_not_found", "The file is not there any more.");
    case "failed":
      throw new Problem("validation_error", `There is no table to judge: ${outcome.detail}`, {
        fieldErrors: { file_ref: [outcome.detail] },
      });
    case "unreadable": {
      const { reason } = outcome;
      await callTenant(c.env, caller, (tenant) => tenant.noteBroken(caller, view.keys.path, reason));
      throw new Problem(
        "file_not_found",
        "What is stored in the file's place is not what was uploaded: upload it again.",
      );
    }
  }
}

type Looked<T> =
  | { readonly type: "looked"; readonly value: T; readonly totalBytes: number }
  | { readonly type: "missing" }
  | { readonly type: "failed"; readonly detail: string }
  | { readonly type: "unreadable"; readonly reason: Unreadable["reason"] };

async function lookInto<T>(
  bucket: R2Bucket,
  name: string,
  view: InputView,
  look: (input: OpenedInput, view: InputView) => Promise<Result<T, CatalogueFailure>>,
): Promise<Looked<T>> {
  const opened = await openSealed(bucket, view.keys);
  if (!opened.ok) return { type: "unreadable", reason: opened.error.reason };
  if (opened.value === null) return { type: "missing" };
  const { body, plainBytes: totalBytes } = opened.value;
  const compressed = name.toLowerCase().endsWith(".gz");
  const looked = await look({ body, compressed, totalBytes }, view).catch((error: unknown) => {
    if (error instanceof SealedFileError) return err({ reason: "altered", fault: error.reason } as const);
    throw error;
  });
  if (looked.ok) return { type: "looked", value: looked.value, totalBytes };
  const { error } = looked;
  if (error.reason === "altered") return { type: "unreadable", reason: error.fault };
  return { type: "failed", detail: error.detail };
}
