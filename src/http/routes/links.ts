import { Hono } from "hono";
import type { Context } from "hono";
import type { GetLink, PutLink } from "../../crypto/link-signature";
import { fileKey } from "../../storage/keys";
import { digestObject } from "../../storage/object-digest";
import { receiveUpload, type ReceiveRefusal } from "../../storage/receive-upload";
import { removeFile } from "../../storage/remove-file";
import type { Unreadable } from "../../storage/seal-metadata";
import { serveObject } from "../../storage/serve-object";
import { callTenant } from "../call-tenant";
import type { AppEnv } from "../context";
import { Problem } from "../problem";
import {
  admitUpload,
  brokenFile,
  differentSize,
  invalidSignature,
  linkCaller,
  recordUpload,
  unwrapLink,
  verifiedLink,
} from "./link-calls";
import { openOperation } from "../operation";
import { serveRendered } from "../rendered-report";
import { withCurrentKeys } from "../with-current-keys";
import { abortParts, completeParts, putPart } from "./multipart-links";
import { reply, replyJson, setHeader } from "../reply";

const SIGNED_PATH = "/files/:tenantId/:rest{.+}";

const LINK = openOperation("link", {
  id: "useSignedLink",
  summary: "Brings or fetches the bytes that a signed link is for; the signature is the grant",
  success: { 200: "Done, or the bytes", 206: "A range of the bytes", 304: "Not changed" },
  problems: [
    "signature_invalid",
    "size_mismatch",
    "digest_mismatch",
    "already_uploaded",
    "file_not_found",
    "range_not_satisfiable",
  ],
});

/** Signed file URLs: the signature is the grant, no bearer is needed. Whatever is wrong with one, the answer is the same. */
export const links = new Hono<AppEnv>()
  .on(["PUT", "POST", "GET", "HEAD"], SIGNED_PATH, LINK, (c) => {
    // A signature covers the method, so that a link's kind says which one it came with.
    const link = verifiedLink(c);
    switch (link.kind) {
      case "put":
        return putFile(c, link);
      case "part":
        return putPart(c, link);
      case "complete":
        return completeParts(c, link);
      case "abort":
        return abortParts(c, link);
      case "get":
        return download(c, link);
    }
  })
  .all(SIGNED_PATH, () => {
    throw invalidSignature();
  });

/**
 * One call asks whether the bytes may come, they stream into R2 create-once, and a second call says they are there.
 * If the process dies between the two, the client repeats the PUT and finds the object stored: only the last step is redone.
 */
async function putFile(c: Context<AppEnv>, link: PutLink): Promise<Response> {
  const { file, keys } = await admitUpload(c, link);
  const received = await receiveUpload(c.env.FILES, keys, {
    body: c.req.raw.body,
    declaredBytes: c.req.header("content-length"),
    sizeBytes: link.sizeBytes,
    sha256: link.sha256,
    contentType: file.contentType,
  });
  if (!received.ok) throw await notReceived(c, link, received.error);
  return replyJson(c, await recordUpload(c, link, received.value));
}

async function notReceived(c: Context<AppEnv>, link: PutLink, refusal: ReceiveRefusal): Promise<Problem> {
  switch (refusal.reason) {
    case "size_mismatch":
      return differentSize(link.sizeBytes);
    case "digest_mismatch":
      return new Problem(
        "digest_mismatch",
        "The bytes do not have the announced SHA-256; nothing was stored.",
      );
    case "unreadable":
      return unusableUpload(c, link, refusal.fault);
  }
}

/**
 * What stands in the way does not open by the keys that this PUT began with. Another PUT may have brought it under a
 * newer one: the tenant's object is asked again, and refuses where the file is recorded. What nobody recorded, and
 * does not open by any key in force, makes room for the bytes to come again.
 */
async function unusableUpload(
  c: Context<AppEnv>,
  link: PutLink,
  reason: Unreadable["reason"],
): Promise<Problem> {
  const { tenantId, fileId: id, filename: name } = link;
  const { keys } = await admitUpload(c, link);
  const stands = await digestObject(c.env.FILES, keys);
  if (!stands.ok) {
    if (reason !== "unknown_version") await brokenFile(c, link, fileKey(tenantId, id, name), reason);
    await removeFile(c.env.FILES, tenantId, { id, name });
  }
  return new Problem(
    "temporarily_unavailable",
    "The bytes of an earlier attempt stood in the way: send them again.",
    {
      headers: { "Retry-After": "1" },
    },
  );
}

async function download(c: Context<AppEnv>, link: GetLink): Promise<Response> {
  const served = await withCurrentKeys(
    async () =>
      unwrapLink(
        c,
        await callTenant(c.env, linkCaller(c, link), (tenant, caller) =>
          tenant.openLink(caller, { path: link.key, fileId: link.fileId, epoch: link.epoch }),
        ),
      ),
    (keys) =>
      link.rendering === null
        ? serveObject(c.env.FILES, keys, link.downloadName, c.req.raw)
        : serveRendered(c.env.FILES, keys, link.rendering, link.downloadName, c.req.raw),
    ({ status, ...rest }) => status === "unreadable" && "reason" in rest && rest.reason === "unknown_version",
  );
  switch (served.status) {
    case 404:
      throw new Problem("file_not_found", "The file is not there any more.");
    case 416:
      throw new Problem("range_not_satisfiable", "The requested range lies outside of the file.", {
        headers: { "Content-Range": `bytes */${served.size}` },
      });
    case "unreadable":
      throw await brokenFile(c, link, link.key, served.reason);
    default:
      for (const [name, value] of served.headers) setHeader(c, name, value);
      return reply(c, served.body, served.status);
  }
}
