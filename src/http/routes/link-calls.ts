import type { Context } from "hono";
import type { Answer } from "../../../durable-objects/tenant/answer";
import type {
  AdmittedUpload,
  Uploaded,
  UploadRefusal,
} from "../../../durable-objects/tenant/operations/files";
import { verifyLink, type Link } from "../../crypto/link-signature";
import { formatFileRef } from "../../domain/file-ref";
import { asking, LINK_ACTOR, vouchFor, type Caller } from "../../domain/tenant-context";
import { readConfig } from "../../env";
import { removeFile } from "../../storage/remove-file";
import type { Unreadable } from "../../storage/seal-metadata";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { AppEnv } from "../context";
import { Problem } from "../problem";

/** What the handlers of all signed links share. */

/** A link that brings a file, whole or in parts. */
type UploadLink = Exclude<Link, { kind: "get" }>;

export function verifiedLink(c: Context<AppEnv>): Link {
  const link = verifyLink([readConfig(c.env).linkSigningKey], c.req.method, new URL(c.req.url), Date.now());
  if (!link.ok) throw invalidSignature();
  return link.value;
}

/** A link's signature vouches for its tenant. */
export function linkCaller(c: Context<AppEnv>, link: Link): Caller {
  const { requestId, traceparent } = c.var;
  const { tenantId } = link;
  c.set("tenantId", tenantId);
  const credential = { type: "link" } as const;
  return asking(
    vouchFor({ tenantId, actorId: LINK_ACTOR, credential, requestId, traceparent }),
    "useSignedLink",
    null,
  );
}

/** Asks the tenant's object whether the link's bytes may come. */
export async function admitUpload(c: Context<AppEnv>, link: UploadLink): Promise<AdmittedUpload> {
  const allowed = await callTenant(c.env, linkCaller(c, link), (tenant, caller) =>
    tenant.mayUpload(caller, link.fileId, link.epoch),
  );
  return unwrapLink(c, allowed);
}

/** Refusals after which nothing leads to the bytes, or opens them. */
const LEAVES_NOTHING: ReadonlySet<string> = new Set(["unknown_file", "key_replaced", "tenant_not_found"]);

/** Tells the tenant's object that the bytes are there. Those of a file deleted meanwhile go after it. */
export async function recordUpload(
  c: Context<AppEnv>,
  link: Extract<UploadLink, { kind: "put" | "complete" }>,
  { sha256, keyVersion }: Omit<Uploaded, "fileId">,
) {
  const { tenantId, fileId, filename } = link;
  const outcome = await callTenant(c.env, linkCaller(c, link), (tenant, caller) =>
    tenant.completeUpload(caller, { fileId, sha256, keyVersion }),
  );
  if (!outcome.ok && LEAVES_NOTHING.has(outcome.error.reason))
    await removeFile(c.env.FILES, tenantId, { id: fileId, name: filename });
  unwrapLink(c, { rate: null, outcome });
  return { file_id: fileId, file_ref: formatFileRef(fileId, filename), size: link.sizeBytes, sha256 };
}

/** What a link's call was answered. The links of a tenant that is no more are void like any that was revoked. */
export function unwrapLink<T>(c: Context<AppEnv>, answer: Answer<T, UploadRefusal>): T {
  const { outcome } = answer;
  if (!outcome.ok && outcome.error.reason === "tenant_not_found") throw invalidSignature();
  return unwrap(c, answer, refusedLink);
}

export const invalidSignature = (): Problem =>
  new Problem("signature_invalid", "The link is not valid: ask for a new one.");

export const differentSize = (sizeBytes: number): Problem =>
  new Problem("size_mismatch", `The link is for exactly ${sizeBytes} bytes; nothing was stored.`);

export function refusedLink(refusal: UploadRefusal): Problem {
  switch (refusal.reason) {
    case "already_uploaded":
      return new Problem("already_uploaded", "This file is uploaded already and cannot be replaced.");
    case "unknown_file":
      return new Problem("file_not_found", "The file is not there any more.");
    case "link_revoked":
      return invalidSignature();
    case "key_replaced":
      return new Problem(
        "temporarily_unavailable",
        "The tenant's key was replaced while the bytes came, and nothing was kept: send them again.",
        { headers: { "Retry-After": "1" } },
      );
  }
}

/** What is stored is not what was sealed there: an entry in the tenant's log, and an answer that will stay the same. */
export async function brokenFile(
  c: Context<AppEnv>,
  link: Link,
  path: string,
  reason: Unreadable["reason"],
): Promise<Problem> {
  await callTenant(c.env, linkCaller(c, link), (tenant, caller) => tenant.noteBroken(caller, path, reason));
  return unreadableFile();
}

export const unreadableFile = (): Problem =>
  new Problem(
    "file_not_found",
    "What is stored in the file's place is not what was put there: it cannot be read.",
  );
