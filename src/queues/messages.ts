import * as z from "zod";

/** A lease on one job, as it travels through `jobs-standard` or `jobs-priority`: keys only, no rows, no secrets. */
export const JobMessage = z.strictObject({
  version: z.literal(1),
  id: z.uuid(),
  tenantId: z.string(),
  jobId: z.uuid(),
  /** Exchanged for the run's own token when the work begins, so that a second delivery starts nothing. */
  token: z.uuid(),
  traceparent: z.string().nullable(),
});
export type JobMessage = z.infer<typeof JobMessage>;
