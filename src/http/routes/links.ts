import { Hono } from "hono";
import type { Context } from "hono";
import type { Caller } from "../../../durable-objects/tenant/answer";
import type { UploadRefusal } from "../../../durable-objects/tenant/operations/files";
import { verifyLink, type GetLink, type Link, type PutLink } from "../../crypto/link-signature";
import { readConfig } from "../../env";
import { fileKey } from "../../storage/keys";
import { receiveUpload } from "../../storage/receive-upload";
import { serveObject } from "../../storage/serve-object";
import { formatFileRef } from "../../domain/file-ref";
import { unwrap } from "../answer";
import type { AppEnv } from "../context";
import { Problem } from "../problem";
import { callTenant } from "../call-tenant";

const SIGNED_PATH = "/files/:tenantId/:rest{.+}";

/** Signed file URLs: the signature is the grant, no bearer is needed. Whatever is wrong with one, the answer is the same. */
export const links = new Hono<AppEnv>()
  .put(SIGNED_PATH, async (c) => {
    const link = verified(c);
    if (link.kind !== "put") throw invalidSignature();
    return c.json(await upload(c, link));
  })
  .on(["GET", "HEAD"], SIGNED_PATH, async (c) => {
    const link = verified(c);
    if (link.kind !== "get") throw invalidSignature();
    return download(c, link);
  })
  .all(SIGNED_PATH, () => {
    throw invalidSignature();
  });

function verified(c: Context<AppEnv>): Link {
  const link = verifyLink([readConfig(c.env).linkSigningKey], c.req.method, new URL(c.req.url), Date.now());
  if (!link.ok) throw invalidSignature();
  return link.value;
}

/**
 * One call asks whether the bytes may come, they stream into R2 create-once, and a second call says they are there.
 * If the process dies between the two, the client repeats the PUT and finds the object stored: only the last step is redone.
 */
async function upload(c: Context<AppEnv>, link: PutLink) {
  const caller = linkCaller(c, link);
  const allowed = await callTenant(c.env, link.tenantId, (tenant) =>
    tenant.mayUpload(caller, link.fileId, link.epoch),
  );
  const file = unwrap(c, allowed, refusedUpload);
  const received = await receiveUpload(c.env.FILES, fileKey(link.tenantId, link.fileId, link.filename), {
    body: c.req.raw.body,
    declaredBytes: c.req.header("content-length"),
    sizeBytes: link.sizeBytes,
    sha256: link.sha256,
    contentType: file.contentType,
  });
  if (!received.ok)
    throw received.error.reason === "size_mismatch"
      ? new Problem("size_mismatch", `The link is for exactly ${link.sizeBytes} bytes; nothing was stored.`)
      : new Problem("digest_mismatch", "The bytes do not have the announced SHA-256; nothing was stored.");
  const { sha256 } = received.value;
  const completed = await callTenant(c.env, link.tenantId, (tenant) =>
    tenant.completeUpload(caller, link.fileId, sha256),
  );
  if (!completed.ok) throw refusedUpload(completed.error);
  return {
    file_id: link.fileId,
    file_ref: formatFileRef(link.fileId, link.filename),
    size: link.sizeBytes,
    sha256,
  };
}

async function download(c: Context<AppEnv>, link: GetLink): Promise<Response> {
  const opened = await callTenant(c.env, link.tenantId, (tenant) =>
    tenant.openLink(linkCaller(c, link), { fileId: link.fileId, epoch: link.epoch }),
  );
  unwrap(c, opened, refusedUpload);
  const served = await serveObject(c.env.FILES, link.key, link.downloadName, c.req.raw);
  switch (served.status) {
    case 404:
      throw new Problem("file_not_found", "The file is not there any more.");
    case 416:
      throw new Problem("range_not_satisfiable", "The requested range lies outside of the file.", {
        headers: { "Content-Range": `bytes */${served.size}` },
      });
    default:
      for (const [name, value] of served.headers) c.header(name, value);
      return new Response(served.body, { status: served.status, headers: c.res.headers });
  }
}

const linkCaller = (c: Context<AppEnv>, link: Link): Caller => ({
  tenantId: link.tenantId,
  actorId: "signed_link",
  requestId: c.var.requestId,
  traceparent: c.var.traceparent,
});

const invalidSignature = (): Problem =>
  new Problem("signature_invalid", "The link is not valid: ask for a new one.");

function refusedUpload(refusal: UploadRefusal): Problem {
  switch (refusal.reason) {
    case "already_uploaded":
      return new Problem("already_uploaded", "This file is uploaded already and cannot be replaced.");
    case "unknown_file":
      return new Problem("file_not_found", "The file is not there any more.");
    case "link_revoked":
      return invalidSignature();
  }
}
