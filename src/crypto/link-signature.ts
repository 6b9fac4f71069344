import { createHmac, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../domain/result";
import { parseTenantId, type TenantId } from "../domain/tenant-id";

/** The right to PUT one file of exactly this size (and digest) once. */
export interface PutLink {
  readonly kind: "put";
  readonly tenantId: TenantId;
  readonly fileId: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly epoch: number;
}

/** The right to GET one R2 object. `fileId` where it is an upload, null where it is a job's artefact. */
export interface GetLink {
  readonly kind: "get";
  readonly tenantId: TenantId;
  readonly key: string;
  readonly fileId: string | null;
  readonly downloadName: string;
  readonly epoch: number;
}

export type Link = PutLink | GetLink;

export interface LinkTerms {
  readonly expiresAtMs: number;
  readonly epoch: number;
}

const PREFIX = "/v1/files/";
const SIGNATURE = "&signature=";

/** Path and query of an upload's link (DESIGN §2.13). */
export function signPutLink(
  key: Uint8Array,
  link: LinkTerms & {
    readonly tenantId: string;
    readonly fileId: string;
    readonly filename: string;
    readonly sizeBytes: number;
    readonly sha256: string | null;
  },
): string {
  const path = encodeParts([link.tenantId, "files", link.fileId, link.filename]);
  const digest = link.sha256 === null ? "" : `&sha256=${link.sha256}`;
  return sealed(key, "PUT", `${PREFIX}${path}?${termsQuery(link)}&size=${link.sizeBytes}${digest}`);
}

/** Path and query of a download's link; `key` is the object's R2 key, which begins with its tenant. */
export function signGetLink(
  key: Uint8Array,
  link: LinkTerms & { readonly key: string; readonly downloadName: string },
): string {
  const name = encodePart(link.downloadName);
  return sealed(key, "GET", `${PREFIX}${encodeParts(link.key.split("/"))}?${termsQuery(link)}&name=${name}`);
}

/**
 * Reads a link only after its signature held over the very characters of path and query, so that no other
 * spelling of the same link passes. A GET link serves HEAD as well. Takes all keys in force, newest first.
 */
export function verifyLink(
  keys: readonly Uint8Array[],
  method: string,
  url: URL,
  nowMs: number,
): Result<Link, "signature_invalid"> {
  const target = `${url.pathname}${url.search}`;
  const at = target.lastIndexOf(SIGNATURE);
  const signed = target.slice(0, at);
  const given = Buffer.from(target.slice(at + SIGNATURE.length));
  const verb = method === "HEAD" ? "GET" : method;
  const holds = keys.map((key) => equal(given, Buffer.from(signatureOf(key, verb, signed)))).includes(true);
  if (at === -1 || !holds || url.hash !== "") return err("signature_invalid");
  const link = readLink(verb, url, nowMs);
  return link === null ? err("signature_invalid") : ok(link);
}

function readLink(verb: string, url: URL, nowMs: number): Link | null {
  const query = url.searchParams;
  if (Number(query.get("expires")) * 1000 <= nowMs) return null;
  const key = url.pathname.slice(PREFIX.length).split("/").map(decodeURIComponent).join("/");
  const [tenantText = "", folder = "", fileId = "", filename = ""] = key.split("/");
  const tenantId = parseTenantId(tenantText);
  if (tenantId === null) return null;
  const epoch = Number(query.get("epoch"));
  if (verb === "PUT") {
    const sizeBytes = Number(query.get("size"));
    return { kind: "put", tenantId, fileId, filename, sizeBytes, sha256: query.get("sha256"), epoch };
  }
  const downloadName = query.get("name") ?? filename;
  return { kind: "get", tenantId, key, fileId: folder === "files" ? fileId : null, downloadName, epoch };
}

const termsQuery = ({ expiresAtMs, epoch }: LinkTerms): string =>
  `expires=${Math.ceil(expiresAtMs / 1000)}&epoch=${epoch}`;

const sealed = (key: Uint8Array, verb: string, target: string): string =>
  `${target}${SIGNATURE}${signatureOf(key, verb, target)}`;

const signatureOf = (key: Uint8Array, verb: string, target: string): string =>
  createHmac("sha256", key).update(`${verb}\n${target}`).digest("base64url");

const equal = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

const encodeParts = (parts: readonly string[]): string => parts.map(encodePart).join("/");

/** RFC 3986 unreserved characters alone stay: what URL parsers escape by themselves (') would break the signature. */
const encodePart = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
