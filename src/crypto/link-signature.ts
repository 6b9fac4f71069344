import { createHmac, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../domain/result";
import { parseTenantId, type TenantId } from "../domain/tenant-id";

interface FileLink {
  readonly tenantId: TenantId;
  readonly fileId: string;
  readonly filename: string;
  readonly epoch: number;
}

/** The right to PUT one file of exactly this size (and digest) once. */
export interface PutLink extends FileLink {
  readonly kind: "put";
  readonly sizeBytes: number;
  readonly sha256: string | null;
}

/** The right to PUT one part of exactly this size, as often as the upload it belongs to is open. */
export interface PartLink extends FileLink {
  readonly kind: "part";
  readonly uploadId: string;
  readonly partNumber: number;
  readonly sizeBytes: number;
}

/** The right to POST the list of parts that makes them one file of this size (and digest). */
export interface CompleteLink extends FileLink {
  readonly kind: "complete";
  readonly uploadId: string;
  readonly sizeBytes: number;
  readonly partBytes: number;
  readonly sha256: string | null;
}

/** The right to POST the end of an upload in parts. */
export interface AbortLink extends FileLink {
  readonly kind: "abort";
  readonly uploadId: string;
}

/** The right to GET one R2 object. `fileId` where it is an upload, null where it is a job's artefact. */
export interface GetLink {
  readonly kind: "get";
  readonly tenantId: TenantId;
  readonly key: string;
  readonly fileId: string | null;
  readonly downloadName: string;
  readonly epoch: number;
  readonly rendering: Rendering | null;
}

/** The link brings not the object's own bytes but what is made of them, in this form and language. */
export interface Rendering {
  readonly format: string;
  readonly lang: string;
}

export type MultipartLink = PartLink | CompleteLink | AbortLink;
export type Link = PutLink | MultipartLink | GetLink;

export interface LinkTerms {
  readonly expiresAtMs: number;
  readonly epoch: number;
}

const PREFIX = "/v1/files/";
const SIGNATURE = "&signature=";

/** What is signed: a link as it is read, its tenant not yet parsed and its expiry beside it. */
type Unsigned<L extends FileLink> = Omit<L, "kind" | "tenantId"> & LinkTerms & { readonly tenantId: string };

/** Path and query of an upload's link (DESIGN §2.13). */
export const signPutLink = (key: Uint8Array, link: Unsigned<PutLink>): string =>
  sealed(key, "PUT", `${fileTarget(link)}&size=${link.sizeBytes}${digestQuery(link.sha256)}`);

export const signPartLink = (key: Uint8Array, link: Unsigned<PartLink>): string =>
  sealed(key, "PUT", `${uploadTarget(link)}&part=${link.partNumber}&size=${link.sizeBytes}`);

export function signCompleteLink(key: Uint8Array, link: Unsigned<CompleteLink>): string {
  const sizes = `size=${link.sizeBytes}&part_size=${link.partBytes}`;
  return sealed(key, "POST", `${uploadTarget(link)}&action=complete&${sizes}${digestQuery(link.sha256)}`);
}

export const signAbortLink = (key: Uint8Array, link: Unsigned<AbortLink>): string =>
  sealed(key, "POST", `${uploadTarget(link)}&action=abort`);

/** Path and query of a download's link; `key` is the object's R2 key, which begins with its tenant. */
export function signGetLink(
  key: Uint8Array,
  link: LinkTerms & Pick<GetLink, "key" | "downloadName" | "rendering">,
): string {
  const name = encodePart(link.downloadName);
  const { rendering } = link;
  const form = rendering ? `&format=${encodePart(rendering.format)}&lang=${encodePart(rendering.lang)}` : "";
  const path = `${PREFIX}${encodeParts(link.key.split("/"))}`;
  return sealed(key, "GET", `${path}?${termsQuery(link)}&name=${name}${form}`);
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
  if (verb !== "GET") return readUploadLink(verb, { tenantId, fileId, filename, epoch }, query);
  const downloadName = query.get("name") ?? filename;
  const format = query.get("format");
  const rendering = format === null ? null : { format, lang: query.get("lang") ?? "" };
  const upload = folder === "files" ? fileId : null;
  return { kind: "get", tenantId, key, fileId: upload, downloadName, epoch, rendering };
}

/** The signature has vouched for every parameter: a link is of the kind whose parameters it has. */
function readUploadLink(verb: string, file: FileLink, query: URLSearchParams): Link | null {
  const sizeBytes = Number(query.get("size"));
  const sha256 = query.get("sha256");
  const uploadId = query.get("upload");
  if (uploadId === null) return verb === "PUT" ? { kind: "put", ...file, sizeBytes, sha256 } : null;
  if (verb === "PUT")
    return { kind: "part", ...file, uploadId, partNumber: Number(query.get("part")), sizeBytes };
  if (query.get("action") === "abort") return { kind: "abort", ...file, uploadId };
  const partBytes = Number(query.get("part_size"));
  return { kind: "complete", ...file, uploadId, sizeBytes, partBytes, sha256 };
}

const fileTarget = (link: Unsigned<FileLink>): string =>
  `${PREFIX}${encodeParts([link.tenantId, "files", link.fileId, link.filename])}?${termsQuery(link)}`;

const uploadTarget = (link: Unsigned<FileLink> & { readonly uploadId: string }): string =>
  `${fileTarget(link)}&upload=${encodePart(link.uploadId)}`;

const digestQuery = (sha256: string | null): string => (sha256 === null ? "" : `&sha256=${sha256}`);

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
