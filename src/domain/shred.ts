/** What was made unreadable for good, and how far that has come. */

import type { PrivateName } from "./job";

export type ShredScope =
  | { readonly type: "tenant" }
  | { readonly type: "job"; readonly jobId: string }
  | { readonly type: "field"; readonly jobId: string; readonly fields: readonly PrivateName[] };

/** A version of the tenant's key, and what proves which one it was. */
export interface KeyVersionName {
  readonly version: number;
  readonly commitment: string;
}

export interface Shred {
  readonly id: string;
  readonly scope: ShredScope;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAtMs: number;
  /** Nothing live holds it any more: rows, files, read model. */
  readonly erasedAtMs: number | null;
  /** Older copies cannot be read any more either: the keys that they are sealed by are destroyed. */
  readonly completedAtMs: number | null;
  /** The keys that sealed it. */
  readonly keys: readonly KeyVersionName[];
  /** The tenant's log right after the entry that says so. */
  readonly log: { readonly epoch: number; readonly seq: number; readonly hash: string };
  /** Files that go with it, by their R2 keys; for a whole tenant, all. */
  readonly paths: readonly string[];
  /** Of the log entry whose sealed members went, if one did. */
  readonly entry: { readonly epoch: number; readonly seq: number } | null;
}
