import { Hono } from "hono";
import { v7 as uuidV7 } from "uuid";
import * as z from "zod";
import type {
  AnnouncedFile,
  AnnounceRefusal,
  UnknownFile,
} from "../../../durable-objects/tenant/operations/files";
import { signAbortLink, signCompleteLink, signPartLink, signPutLink } from "../../crypto/link-signature";
import { formatFileRef, parseFilename } from "../../domain/file-ref";
import { MAX_MULTIPART_BYTES, partsOf, planParts } from "../../domain/part-plan";
import { readConfig } from "../../env";
import { noRefusal, unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { created, idempotencyConflict, idempotencyOf } from "../idempotency";
import { jsonBody } from "../json-body";
import { tenantOperation } from "../operation";
import { presentFile, rfc3339 } from "../present";
import { Problem } from "../problem";
import { callTenant } from "../call-tenant";
import { abortMultipart, openMultipart } from "../../storage/multipart-upload";
import { removeFile } from "../../storage/remove-file";
import { reply, replyJson, setHeader } from "../reply";

const UploadBody = z.strictObject({
  filename: z.string().min(1).max(255),
  content_type: z
    .string()
    .max(127)
    .regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/)
    .optional(),
  size: z.int().nonnegative(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits")
    .optional(),
});

export const uploads = new Hono<TenantEnv>()
  .post(
    "/uploads",
    tenantOperation({
      id: "announceUpload",
      summary: "Announces a file and gives the signed links to bring it",
      scope: "files:write",
      body: UploadBody,
      idempotent: true,
      success: { 201: "The file's id and reference, and where to PUT it" },
      problems: ["invalid_file_reference", "payload_too_large"],
    }),
    async (c) => {
      const body = await jsonBody(c.req.raw, UploadBody);
      const name = parseFilename(body.filename);
      if (!name.ok)
        throw new Problem(
          "invalid_file_reference",
          "filename must be a plain name ending in .csv, .tsv, .txt, or .gz of these.",
          {
            fieldErrors: { filename: [name.error.reason] },
          },
        );
      if (body.size > MAX_MULTIPART_BYTES) throw tooLarge(MAX_MULTIPART_BYTES);
      const { caller } = c.var;
      const idempotency = idempotencyOf(c, body);
      const id = uuidV7();
      const contentType = body.content_type ?? "text/csv";
      const plan = planParts(body.size);
      // R2 is asked to open an upload only for a caller who would be let in.
      const sha256 = body.sha256 ?? null;
      const keys =
        plan &&
        unwrap(
          c,
          await callTenant(c.env, caller, (tenant) => tenant.mayAnnounce(caller, id, name.value)),
          noRefusal,
        );
      const opened = keys && (await openMultipart(c.env.FILES, keys, { contentType, sha256 }));
      const parts = plan && opened && { ...opened, partBytes: plan.partBytes };
      const input = { id, name: name.value, contentType, sizeBytes: body.size, sha256, parts, idempotency };
      const answer = await callTenant(c.env, caller, (tenant) => tenant.announceFile(caller, input));
      // Refused, or the first answer again with an upload of its own. After a call that failed nobody knows whether it
      // was kept: then R2's upload stays. R2 drops what is never completed by itself, so a failed abort is no failure.
      const kept = answer.outcome.ok && answer.outcome.value.value.file.id === id;
      if (keys && parts && !kept)
        await abortMultipart(c.env.FILES, { key: keys.path, uploadId: parts.uploadId }).catch(
          () => undefined,
        );
      const announced = created(c, unwrap(c, answer, refusedAnnounce));
      setHeader(c, "Location", `/v1/files/${announced.file.id}`);
      const sign = { key: readConfig(c.env).linkSigningKey, tenantId: caller.tenantId, origin: c.req.url };
      return replyJson(c, presentAnnounced(announced, sign), 201);
    },
  )

  .get(
    "/files/:fileId",
    tenantOperation({
      id: "getFile",
      summary: "What is known of a file",
      scope: "files:read",
      success: { 200: "The file" },
      problems: ["file_not_found"],
    }),
    async (c) => {
      const { caller } = c.var;
      const fileId = c.req.param("fileId");
      const answer = await callTenant(c.env, caller, (tenant) => tenant.getFile(caller, fileId));
      return replyJson(c, presentFile(unwrap(c, answer, unknownFile)));
    },
  )

  .delete(
    "/files/:fileId",
    tenantOperation({
      id: "deleteFile",
      summary: "Deletes a file and its bytes",
      scope: "files:write",
      success: { 204: "It is gone" },
      problems: ["file_not_found"],
    }),
    async (c) => {
      const { caller } = c.var;
      const fileId = c.req.param("fileId");
      const answer = await callTenant(c.env, caller, (tenant) => tenant.deleteFile(caller, fileId));
      const file = unwrap(c, answer, unknownFile);
      // The object has said that the file is gone; should the bytes survive a crash here, nothing leads to them.
      await removeFile(c.env.FILES, caller.tenantId, file);
      return reply(c, null, 204);
    },
  );

/** One link where a single PUT carries the file, else one for each part and two for the end. */
function presentAnnounced(
  { file, parts, linkExpiresAtMs, linkEpoch }: AnnouncedFile,
  { key, tenantId, origin }: { key: Uint8Array; tenantId: string; origin: string },
) {
  const { sizeBytes, sha256 } = file;
  const common = {
    tenantId,
    fileId: file.id,
    filename: file.name,
    expiresAtMs: linkExpiresAtMs,
    epoch: linkEpoch,
  };
  const url = (path: string) => new URL(path, origin).href;
  const file_id = file.id;
  const file_ref = formatFileRef(file.id, file.name);
  const expires_at = rfc3339(linkExpiresAtMs);
  if (!parts)
    return {
      file_id,
      file_ref,
      upload_url: url(signPutLink(key, { ...common, sizeBytes, sha256 })),
      method: "PUT",
      headers: { "Content-Type": file.contentType, "Content-Length": String(sizeBytes) },
      expires_at,
    };
  const { uploadId, partBytes } = parts;
  return {
    file_id,
    file_ref,
    part_size: partBytes,
    parts: partsOf({ sizeBytes, partBytes }).map((part) => ({
      part_number: part.partNumber,
      upload_url: url(signPartLink(key, { ...common, uploadId, ...part })),
    })),
    complete_url: url(signCompleteLink(key, { ...common, uploadId, sizeBytes, partBytes, sha256 })),
    abort_url: url(signAbortLink(key, { ...common, uploadId })),
    expires_at,
  };
}

const unknownFile = (_refusal: UnknownFile): Problem =>
  new Problem("file_not_found", "There is no file with this id.");

const tooLarge = (maxBytes: number): Problem =>
  new Problem("payload_too_large", `The largest file is ${maxBytes} bytes.`, {
    fieldErrors: { size: [`At most ${maxBytes}.`] },
  });

function refusedAnnounce(refusal: AnnounceRefusal): Problem {
  switch (refusal.reason) {
    case "file_too_large":
      return tooLarge(refusal.maxBytes);
    case "idempotency_conflict":
      return idempotencyConflict();
  }
}
