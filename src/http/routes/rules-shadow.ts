import { Hono } from "hono";
import * as z from "zod";
import type { ShadowInput, ShadowRefusal } from "../../../durable-objects/tenant/operations/shadow";
import { compileProfile, type CompiledProfile } from "../../catalogue/profile/compile";
import { shadowCatalogue, type Shadow } from "../../catalogue/preview/shadow";
import { SealedFileError } from "../../crypto/file-opener";
import { openSealed } from "../../storage/sealed-object";
import { unwrap } from "../answer";
import { callTenant } from "../call-tenant";
import type { TenantEnv } from "../context";
import { HEAD_MAX_BYTES, HEAD_MAX_INFLATED_BYTES } from "../input-head";
import { optionalJsonBody } from "../json-body";
import { profileAt } from "../named-profile";
import { tenantOperation } from "../operation";
import { presentShadows, type FileShadow } from "../present-shadow";
import { Problem } from "../problem";
import { replyJson } from "../reply";
import { unknownProfile } from "../rules-problems";
import { profileIn } from "../runnable-profile";

const FILES_MAX = 5;
const RECENT_DEFAULT = 3;
/** No file is begun after it: what was not looked at is named. */
const TIME_MAX_MS = 20_000;

const ShadowBody = z
  .strictObject({
    jobs: z.array(z.string().min(1).max(64)).min(1).max(FILES_MAX).optional(),
    recent: z.int().min(1).max(FILES_MAX).optional(),
  })
  .refine(({ jobs, recent }) => jobs === undefined || recent === undefined, {
    path: ["recent"],
    message: "Send either jobs or recent.",
  });

/** A draft tried on files that were judged before, beside the version that is published now. Nothing is kept. */
export const rulesShadow = new Hono<TenantEnv>().post(
  "/rules/:profileId/shadow",
  tenantOperation({
    id: "shadowRulesProfile",
    summary:
      "What a draft would newly refuse, and no longer refuse, in the first 16 MiB of up to 5 recent files",
    scope: "rules:write",
    body: ShadowBody,
    bodyOptional: true,
    success: { 200: "Rows that change sides, in total, by file and by rule, with examples" },
    problems: ["not_found", "rules_profile_not_found"],
  }),
  async (c) => {
    const wanted = profileAt(c);
    const { jobs, recent = RECENT_DEFAULT } = await optionalJsonBody(c.req.raw, ShadowBody);
    const choice = jobs
      ? ({ type: "jobs", ids: jobs } as const)
      : ({ type: "recent", count: recent } as const);
    const { caller } = c.var;
    const answer = await callTenant(c.env, caller, (tenant) => tenant.viewShadow(caller, wanted, choice));
    const view = unwrap(c, answer, refusedShadow);
    const profiles = {
      published: compileProfile(profileIn(view.published)),
      draft: compileProfile(profileIn(view.draft)),
    };
    const endsAtMs = Date.now() + TIME_MAX_MS;
    const files: FileShadow[] = [];
    for (const input of view.inputs) {
      const shadow = Date.now() < endsAtMs ? await shadowOf(c.env.FILES, input, profiles) : "out_of_time";
      files.push({ input, shadow });
    }
    return replyJson(c, {
      rules_profile_id: view.draft.id,
      compared_with: view.published.id,
      ...presentShadows(files),
    });
  },
);

class UnreadableInput extends Error {
  override readonly name = "UnreadableInput";
}

async function shadowOf(
  bucket: R2Bucket,
  { keys, fileRef }: ShadowInput,
  profiles: { readonly published: CompiledProfile; readonly draft: CompiledProfile },
): Promise<Shadow | "not_there" | "not_a_table"> {
  if (keys === null) return "not_there";
  const open = async () => {
    const opened = await openSealed(bucket, keys);
    if (!opened.ok || opened.value === null) throw new UnreadableInput();
    return opened.value.body;
  };
  try {
    const outcome = await shadowCatalogue({
      open,
      compressed: fileRef.toLowerCase().endsWith(".gz"),
      maxInflatedBytes: HEAD_MAX_INFLATED_BYTES,
      bytesMax: HEAD_MAX_BYTES,
      ...profiles,
    });
    return outcome.ok ? outcome.value : "not_a_table";
  } catch (error) {
    if (error instanceof UnreadableInput || error instanceof SealedFileError) return "not_there";
    throw error;
  }
}

function refusedShadow(refusal: ShadowRefusal): Problem {
  switch (refusal.reason) {
    case "unknown_profile":
      return unknownProfile(refusal);
    case "nothing_published":
      return new Problem(
        "rules_profile_not_found",
        "No version of this channel is published: there is nothing to compare the draft with.",
      );
    case "unknown_job":
      return new Problem("not_found", "jobs: there is no job with one of these ids.");
    case "other_channel":
      return new Problem("validation_error", `jobs: the job ${refusal.jobId} is of another channel.`, {
        fieldErrors: { jobs: [`The job ${refusal.jobId} is of another channel.`] },
      });
  }
}
