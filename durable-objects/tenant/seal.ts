import { blindIndex } from "../../src/crypto/blind-index";
import { canonicalJson, sha256Hex } from "../../src/crypto/canonical-json";
import { deriveFileKey } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { openRecord, sealRecord, type OpenFault, type RecordPlace } from "../../src/crypto/record-seal";
import { randomSalt } from "../../src/crypto/salt";
import type { LogEntry } from "../../src/domain/event";
import {
  NO_MEMBERS,
  type OpenJob,
  type Job,
  type PrivateMembers,
  type PrivateName,
} from "../../src/domain/job";
import type { JsonText } from "../../src/domain/json-text";
import type { ChainedEntry } from "../../src/domain/log";
import type { ArchivedEntry } from "../../src/domain/log-segment";
import { toldWithout, withPrivate } from "../../src/domain/submission";
import type { TenantId } from "../../src/domain/tenant-id";
import type { JobSeal, StoredJob } from "./job-store";
import type { HeldKeys } from "./key-ring";
import type { OpenedTexts } from "./opened-texts";

/** A job's private members as they rest, beside the job and in its log entry alike. */
export interface SealedMembers {
  readonly text: string;
  /** Of the log entry's digest; sealed with the members. */
  readonly salt: string;
  /** What the members are called in the entry's data. */
  readonly names: readonly string[];
}

const EVENT_NAMES = ["seller_id", "callback_url", "metadata"] as const;
const SELLER = { table: "jobs", column: "seller_id" } as const;
const SALT_CHARS = 32;
const BROKEN = "broken:";
/** The sealed text is `["salt",{...}]`: both are cut out by their place, without parsing. */
const MEMBERS_AT = `["${"0".repeat(SALT_CHARS)}",`.length;
const UNREADABLE = '{"sellerId":null,"callbackUrl":null,"metadata":null,"unreadable":true}';

/**
 * Seals and opens with the keys of one tenant that are at hand right now. Synchronous, so that it can be used inside
 * a command: whoever has a `Seal` has awaited the keys before.
 */
export class Seal {
  constructor(
    private readonly tenantId: TenantId,
    private readonly keys: HeldKeys,
    private readonly opened: OpenedTexts,
    private readonly onBroken: (place: string, reason: OpenFault) => void,
  ) {}

  /** Null where there is nothing to seal. */
  sealMembers(jobId: string, members: PrivateMembers, salt = randomSalt()): SealedMembers | null {
    const { sellerId, callbackUrl, metadata } = members;
    if (sellerId === null && callbackUrl === null && metadata === null) return null;
    const text = this.#sealed(jobId, salt, JSON.stringify({ sellerId, callbackUrl, metadata }));
    return { text, salt, names: EVENT_NAMES };
  }

  /** Of the key that seals. */
  get version(): number {
    return this.keys.current.version;
  }

  /** Nothing is to be done about it when another version is to go. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(sealedBy(this.version)) || sealed.startsWith(BROKEN);
  }

  /**
   * What rests sealed, under the current key, without the members named. What does not open is kept as it is for
   * whoever looks into it, marked so that nobody takes it for something that a key still opens.
   */
  reseal(jobId: string, sealed: string, without: readonly PrivateName[] = []): JobSeal {
    if (sealed.startsWith(BROKEN)) return { sealed, sellerIndex: null };
    const plain = this.#open(jobId, sealed);
    if (plain === null) return { sealed: `${BROKEN}${sealed}`, sellerIndex: null };
    const members = JSON.parse(membersOf(plain)) as PrivateMembers;
    const kept: PrivateMembers = { ...members, ...Object.fromEntries(without.map((name) => [name, null])) };
    const sellerIndex = this.sellerIndex(kept.sellerId);
    // With salt and digest at hand, guesses at what was taken out could still be tried.
    const salt = without.length === 0 ? saltOf(plain) : randomSalt();
    return { sealed: this.#sealed(jobId, salt, JSON.stringify(kept)), sellerIndex };
  }

  /** Null where it does not open. */
  openMembers(jobId: string, sealed: string | null): PrivateMembers | null {
    if (sealed === null) return NO_MEMBERS;
    const plain = this.#open(jobId, sealed);
    return plain === null ? null : (JSON.parse(membersOf(plain)) as PrivateMembers);
  }

  /** A job as its tenant sees it. What does not open is left out and said to be unreadable; the rest of it is sound. */
  openJob({ id, body, sealed }: StoredJob): JsonText<OpenJob> {
    const plain = sealed === null ? null : this.#open(id, sealed);
    const members =
      sealed === null ? JSON.stringify(NO_MEMBERS) : plain === null ? UNREADABLE : membersOf(plain);
    return withMembers(body, members);
  }

  /**
   * An event with all of its data; a member that was shredded, or does not open, is null or left out as if never said,
   * and so is one of those named.
   */
  openEntry(entry: LogEntry, without: readonly PrivateName[] = []): LogEntry {
    if (entry.type !== "job.submitted") return entry;
    const members = this.openMembers(jobIdOf(entry), entry.sealed) ?? NO_MEMBERS;
    const data = toldWithout(withPrivate(dataOf(entry), members), without);
    return { ...entry, payload: JSON.stringify(data), sealed: null };
  }

  /** An entry's whole data with the salt of its digest; without the salt where some of the data is no more. */
  openWhole({ prevHash, sealed, ...entry }: ChainedEntry): ArchivedEntry {
    if (sealed === null) return { ...entry, prevHash };
    const plain = this.#open(jobIdOf(entry), sealed);
    if (plain === null) return { ...entry, prevHash, salt: null };
    const members = JSON.parse(membersOf(plain)) as PrivateMembers;
    const payload = canonicalJson(withPrivate(dataOf(entry), members));
    const salt = sha256Hex(`${saltOf(plain)}${payload}`) === entry.payloadDigest ? saltOf(plain) : null;
    return { ...entry, prevHash, payload, salt };
  }

  /** What a seller's jobs are found by; null for a job without one. */
  sellerIndex(sellerId: string | null): string | null {
    const key = this.keys.indexKeys.get(this.version);
    return sellerId === null || !key ? null : blindIndex(key, SELLER, sellerId);
  }

  /** The same for each key that is in force: while one takes another's place, jobs are found by either. */
  sellerIndexes(sellerId: string): readonly string[] {
    return [...this.keys.indexKeys.values()].map((key) => blindIndex(key, SELLER, sellerId));
  }

  /** Anything else that must not rest in the clear, for its very place. */
  sealText(table: string, row: string, text: string): string {
    return sealRecord(this.keys.current, { tenantId: this.tenantId, table, column: "sealed", row }, text);
  }

  /** Null where it does not open. */
  openText(table: string, row: string, sealed: string): string | null {
    const place = { tenantId: this.tenantId, table, column: "sealed", row };
    const opened = openRecord(this.keys.byVersion, place, sealed);
    if (opened.ok) return opened.value;
    this.onBroken(`${table}:${row}`, opened.error);
    return null;
  }

  fileKeys(path: string): FileKeys {
    const all = [...this.keys.byVersion].map(([version, key]) => ({
      version,
      bytes: deriveFileKey(key, path),
    }));
    const current = all.find(({ version }) => version === this.keys.current.version);
    if (!current) throw new Error("The current key is not among those that are held.");
    return { path, current, all, acceptsClear: this.keys.acceptsClear };
  }

  #sealed(jobId: string, salt: string, members: string): string {
    return sealRecord(this.keys.current, this.#place(jobId), `["${salt}",${members}]`);
  }

  #open(jobId: string, sealed: string): string | null {
    if (sealed.startsWith(BROKEN)) return null;
    const known = this.opened.find(jobId, sealed);
    if (known !== undefined) return known;
    const opened = openRecord(this.keys.byVersion, this.#place(jobId), sealed);
    if (!opened.ok) {
      this.onBroken(`job:${jobId}`, opened.error);
      return null;
    }
    this.opened.keep(jobId, sealed, opened.value);
    return opened.value;
  }

  #place(jobId: string): RecordPlace {
    return { tenantId: this.tenantId, table: "jobs", column: "sealed", row: jobId };
  }
}

/** How every sealed text begins, and how one begins that this version has sealed. */
export const SEALED = "s1.";
export const sealedBy = (version: number): string => `${SEALED}${version}.`;

/** A job that has just been made is answered without opening what was sealed the moment before. */
export const withMembers = (body: JsonText<Job>, members: string): JsonText<OpenJob> =>
  `${body.slice(0, -1)},${members.slice(1)}` as JsonText<OpenJob>;

const jobIdOf = ({ subject }: Pick<LogEntry, "subject">): string => subject.slice("job:".length);
const dataOf = ({ payload }: Pick<LogEntry, "payload">) => JSON.parse(payload) as Record<string, unknown>;
const saltOf = (plain: string): string => plain.slice(2, 2 + SALT_CHARS);
const membersOf = (plain: string): string => plain.slice(MEMBERS_AT, -1);
