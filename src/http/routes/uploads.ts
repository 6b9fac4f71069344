import { Hono } from "hono";
import * as z from "zod";
import type { AnnounceRefusal, UnknownFile } from "../../../durable-objects/tenant/operations/files";
import { signPutLink } from "../../crypto/link-signature";
import { formatFileRef, parseFilename } from "../../domain/file-ref";
import { readConfig } from "../../env";
import { unwrap } from "../answer";
import type { TenantEnv } from "../context";
import { created, idempotencyOf } from "../idempotency";
import { jsonBody } from "../json-body";
import { requireScope } from "../middleware/authenticate";
import { presentFile, rfc3339 } from "../present";
import { Problem } from "../problem";
import { callTenant } from "../call-tenant";
import { removeFile } from "../../storage/remove-file";

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
  .post("/uploads", requireScope("files:write"), async (c) => {
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
    const input = {
      name: name.value,
      contentType: body.content_type ?? "text/csv",
      sizeBytes: body.size,
      sha256: body.sha256 ?? null,
      idempotency: idempotencyOf(c, body),
    };
    const { caller } = c.var;
    const answer = await callTenant(c.env, caller.tenantId, (tenant) => tenant.announceFile(caller, input));
    const { file, linkExpiresAtMs, linkEpoch } = created(c, unwrap(c, answer, refusedAnnounce));
    const path = signPutLink(readConfig(c.env).linkSigningKey, {
      tenantId: caller.tenantId,
      fileId: file.id,
      filename: file.name,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      expiresAtMs: linkExpiresAtMs,
      epoch: linkEpoch,
    });
    c.header("Location", `/v1/files/${file.id}`);
    return c.json(
      {
        file_id: file.id,
        file_ref: formatFileRef(file.id, file.name),
        upload_url: new URL(path, c.req.url).href,
        method: "PUT",
        headers: { "Content-Type": file.contentType, "Content-Length": String(file.sizeBytes) },
        expires_at: rfc3339(linkExpiresAtMs),
      },
      201,
    );
  })

  .get("/files/:fileId", requireScope("files:read"), async (c) => {
    const { caller } = c.var;
    const fileId = c.req.param("fileId");
    const answer = await callTenant(c.env, caller.tenantId, (tenant) => tenant.getFile(caller, fileId));
    return c.json(presentFile(unwrap(c, answer, unknownFile)));
  })

  .delete("/files/:fileId", requireScope("files:write"), async (c) => {
    const { caller } = c.var;
    const fileId = c.req.param("fileId");
    const answer = await callTenant(c.env, caller.tenantId, (tenant) => tenant.deleteFile(caller, fileId));
    const file = unwrap(c, answer, unknownFile);
    // The object has said that the file is gone; should the bytes survive a crash here, nothing leads to them.
    await removeFile(c.env.FILES, caller.tenantId, file);
    return c.body(null, 204);
  });

const unknownFile = (_refusal: UnknownFile): Problem =>
  new Problem("file_not_found", "There is no file with this id.");

function refusedAnnounce(refusal: AnnounceRefusal): Problem {
  switch (refusal.reason) {
    case "file_too_large":
      return new Problem("payload_too_large", `The tenant's largest file is ${refusal.maxBytes} bytes.`, {
        fieldErrors: { size: [`At most ${refusal.maxBytes}.`] },
      });
    case "idempotency_conflict":
      return new Problem(
        "idempotency_conflict",
        "This Idempotency-Key was used with another payload: repeat that payload or choose a new key.",
      );
  }
}
