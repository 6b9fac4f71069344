import { Hono } from "hono";
import * as z from "zod";
import { compileProfile } from "../../catalogue/profile/compile";
import { previewCatalogue } from "../../catalogue/preview/preview";
import { SAMPLES } from "../../catalogue/preview/row-sample";
import type { TenantEnv } from "../context";
import { fixChoiceOf, FixesBody } from "../fix-choice-body";
import { HEAD_MAX_BYTES, HEAD_MAX_INFLATED_BYTES, readInput } from "../input-head";
import { jsonBody } from "../json-body";
import { tenantOperation } from "../operation";
import { presentPreview } from "../present-preview";
import { profileIn, profileNamed } from "../runnable-profile";
import { replyJson } from "../reply";
import { uploadNamed } from "../upload-named";

const ROWS_MAX = 200;
const UINT32_MAX = 2 ** 32 - 1;

const PreviewBody = z.strictObject({
  file_ref: z.string().min(1).max(1024),
  rules_profile_id: z.string().min(1).max(128),
  sample: z.enum(SAMPLES).default("head"),
  rows: z.int().min(1).max(ROWS_MAX).default(50),
  seed: z.int().min(0).max(UINT32_MAX).default(0),
  fixes: FixesBody.optional(),
});

/** What a correction would change, shown before it is asked for: the job's own engine over the file's beginning. */
export const preview = new Hono<TenantEnv>().post(
  "/preview",
  tenantOperation({
    id: "previewCorrection",
    summary:
      "What a correction would do with the first 16 MiB of an upload: sampled rows, and counts by rule",
    scope: "jobs:write",
    body: PreviewBody,
    success: { 200: "Rows with their findings and changed cells; nothing is kept" },
    problems: ["invalid_file_reference", "file_not_found", "rules_profile_not_found"],
  }),
  async (c) => {
    const {
      file_ref: ref,
      rules_profile_id: id,
      sample,
      rows,
      seed,
      ...body
    } = await jsonBody(c.req.raw, PreviewBody);
    const fixes = fixChoiceOf(body.fixes ?? {});
    const wanted = { file: uploadNamed(ref), wantedProfile: profileNamed(id), fixes };
    const { view, totalBytes, value } = await readInput(
      c,
      c.env.FILES,
      wanted,
      ({ body: source, compressed }, seen) =>
        previewCatalogue({
          source,
          compressed,
          maxInflatedBytes: HEAD_MAX_INFLATED_BYTES,
          profile: compileProfile(profileIn(seen.profile), fixes),
          sample,
          rows,
          seed,
          bytesMax: HEAD_MAX_BYTES,
        }),
    );
    return replyJson(c, {
      file_ref: ref,
      rules_profile_id: view.profile.id,
      fixes: body.fixes ?? null,
      sample,
      seed,
      read_bytes: value.bytesRead,
      total_bytes: totalBytes,
      truncated: !value.isWhole,
      ...presentPreview(value),
    });
  },
);
