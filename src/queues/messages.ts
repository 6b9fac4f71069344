import * as z from "zod";

/** Whose work a message is, and the MAC that ties it to the rest of the message (`crypto/sealed-context`). */
const SealedContext = z.strictObject({
  tenantId: z.string().max(64),
  epoch: z.int().positive(),
  traceparent: z.string().max(64).nullable(),
  mac: z.string().max(64),
});

/** A lease on one job, as it travels through `jobs-standard` or `jobs-priority`: keys only, no rows, no secrets. */
export const JobMessage = z.strictObject({
  version: z.literal(2),
  context: SealedContext,
  jobId: z.uuid(),
  /** Exchanged for the run's own token when the work begins, so that a second delivery starts nothing. */
  token: z.uuid(),
});
export type JobMessage = z.infer<typeof JobMessage>;

/** What a job message's context is bound to. */
export const jobMessageParts = ({ jobId, token }: Pick<JobMessage, "jobId" | "token">): readonly string[] => [
  "job",
  jobId,
  token,
];

/** The right to seal a tenant's files anew, as it travels through `reseal`. */
export const ResealMessage = z.strictObject({
  version: z.literal(1),
  context: SealedContext,
  token: z.uuid(),
});
export type ResealMessage = z.infer<typeof ResealMessage>;

/** What a reseal message's context is bound to. */
export const resealMessageParts = ({ token }: Pick<ResealMessage, "token">): readonly string[] => [
  "reseal",
  token,
];

/** The right to deliver to one endpoint, as it travels through `events`: a wake-up, never an event. */
export const DeliveryMessage = z.strictObject({
  version: z.literal(1),
  context: SealedContext,
  endpointId: z.string().max(64),
  token: z.uuid(),
});
export type DeliveryMessage = z.infer<typeof DeliveryMessage>;

/** What a delivery message's context is bound to. */
export const deliveryMessageParts = ({
  endpointId,
  token,
}: Pick<DeliveryMessage, "endpointId" | "token">): readonly string[] => ["delivery", endpointId, token];

/** A message that was refused: what it said, as text, and why nobody acted on it. */
export const DeadLetter = z.strictObject({
  version: z.literal(1),
  /** The refused message's own id. */
  id: z.string().max(128),
  queue: z.string().max(128),
  reason: z.string().max(512),
  body: z.string().max(8192),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

const BODY_CHARS_KEPT = 4_096;

/** As much of a message's body as a dead letter keeps, whatever it is. */
export function bodyText(body: unknown): string {
  try {
    return String(JSON.stringify(body)).slice(0, BODY_CHARS_KEPT);
  } catch {
    return "(not JSON)";
  }
}
