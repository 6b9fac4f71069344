import type { Context } from "hono";
import * as z from "zod";
import type { AbortLink, CompleteLink, PartLink } from "../../crypto/link-signature";
import { MAX_PARTS, orderParts, type PartFaults } from "../../domain/part-plan";
import { fileKey } from "../../storage/keys";
import { abortMultipart, assemble, receivePart, type AssembleRefusal } from "../../storage/multipart-upload";
import type { AppEnv } from "../context";
import { jsonBody } from "../json-body";
import { Problem } from "../problem";
import { admitUpload, brokenFile, differentSize, recordUpload } from "./link-calls";
import { reply, replyJson, setHeader } from "../reply";

/** An ETag as the part's answer carried it, or without its quotes (RFC 9110 §8.8.3). */
const PartEtag = z
  .string()
  .max(1024)
  .regex(/^(?:"[\x21\x23-\x7e]+"|[\x21\x23-\x7e]+)$/, "The ETag of the part's answer")
  .transform((text) => text.replaceAll('"', ""));

const CompleteBody = z.strictObject({
  parts: z
    .array(z.strictObject({ part_number: z.int().min(1).max(MAX_PARTS), etag: PartEtag }))
    .min(1)
    .max(MAX_PARTS),
});

/** One part, as often as the client likes: the last one of its number counts. */
export async function putPart(c: Context<AppEnv>, link: PartLink): Promise<Response> {
  const { file, keys, sealing } = await admitUpload(c, link);
  if (sealing === null) throw uploadGone();
  const { partBytes } = sealing;
  const received = await receivePart(
    c.env.FILES,
    keys,
    { ...sealing, uploadId: link.uploadId },
    {
      partNumber: link.partNumber,
      partBytes,
      isLast: link.partNumber * partBytes >= file.sizeBytes,
      body: c.req.raw.body,
      declaredBytes: c.req.header("content-length"),
      sizeBytes: link.sizeBytes,
    },
  );
  if (!received.ok)
    throw received.error.reason === "size_mismatch" ? differentSize(link.sizeBytes) : uploadGone();
  const { etag } = received.value;
  setHeader(c, "ETag", `"${etag}"`);
  return replyJson(c, { part_number: link.partNumber, etag, size: link.sizeBytes });
}

/** May be repeated until it has answered: whatever step the process died after, the next call goes on from there. */
export async function completeParts(c: Context<AppEnv>, link: CompleteLink): Promise<Response> {
  const body = await jsonBody(c.req.raw, CompleteBody);
  const named = body.parts.map((part) => ({ partNumber: part.part_number, etag: part.etag }));
  const parts = orderParts(link, named);
  if (!parts.ok) throw faultyParts(parts.error);
  const { keys } = await admitUpload(c, link);
  const claimed = { uploadId: link.uploadId, parts: parts.value };
  const assembled = await assemble(c.env.FILES, keys, claimed, link);
  if (!assembled.ok) throw await notAssembled(c, assembled.error, link);
  return replyJson(c, await recordUpload(c, link, assembled.value));
}

/** Drops the parts; again is as good as once. */
export async function abortParts(c: Context<AppEnv>, link: AbortLink): Promise<Response> {
  await admitUpload(c, link);
  const key = fileKey(link.tenantId, link.fileId, link.filename);
  await abortMultipart(c.env.FILES, { key, uploadId: link.uploadId });
  return reply(c, null, 204);
}

const uploadGone = (): Problem =>
  new Problem("file_not_found", "The upload was aborted or has lapsed: announce the file again.");

function faultyParts({ missing, repeated, unknown }: PartFaults): Problem {
  const faults = [
    ...(missing.length > 0 ? [`Missing: ${missing.join(", ")}.`] : []),
    ...(repeated.length > 0 ? [`Named more than once: ${repeated.join(", ")}.`] : []),
    ...(unknown.length > 0 ? [`Not of this upload: ${unknown.join(", ")}.`] : []),
  ];
  return new Problem("validation_error", `Name every part exactly once. ${faults.join(" ")}`, {
    fieldErrors: { parts: faults },
  });
}

async function notAssembled(
  c: Context<AppEnv>,
  refusal: AssembleRefusal,
  link: CompleteLink,
): Promise<Problem> {
  switch (refusal.reason) {
    case "unknown_upload":
      return uploadGone();
    case "wrong_parts":
      return new Problem("validation_error", "A part was never sent, or has another ETag by now.", {
        fieldErrors: { parts: ["Send each part, and name the ETag of its last answer."] },
      });
    case "size_mismatch":
      return differentSize(link.sizeBytes);
    case "unreadable":
      return brokenFile(c, link, fileKey(link.tenantId, link.fileId, link.filename), refusal.fault);
    case "digest_mismatch":
      return new Problem(
        "digest_mismatch",
        "The parts together do not have the announced SHA-256; nothing was kept: announce the file again.",
      );
  }
}
