import type { Context } from "hono";
import * as z from "zod";
import type { PrivateMembers } from "../domain/job";
import type { AppEnv } from "./context";
import { MAX_URL_CHARS, outboundUrl } from "./outbound-url";

const METADATA_MAX_CHARS = 16_384;

/** What every submission may say of its client's own affairs. */
export const SubmitMembers = {
  seller_id: z.string().min(1).max(128).optional(),
  callback_url: z.string().max(MAX_URL_CHARS).optional(),
  metadata: z
    .record(z.string().max(128), z.json())
    .refine((value) => JSON.stringify(value).length <= METADATA_MAX_CHARS, "At most 16 KiB of metadata.")
    .optional(),
};

export const membersOf = <E extends AppEnv>(
  c: Context<E>,
  { seller_id: sellerId, callback_url: url, metadata }: z.output<z.ZodObject<typeof SubmitMembers>>,
): PrivateMembers => ({
  sellerId: sellerId ?? null,
  callbackUrl: url === undefined ? null : outboundUrl(c, "callback_url", url),
  metadata: metadata ?? null,
});
