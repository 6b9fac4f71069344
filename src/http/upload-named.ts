import { parseFileRef } from "../domain/file-ref";
import { canonicalChannel } from "../domain/rules-profile-id";
import { Problem } from "./problem";

/** The upload that a body's `file_ref` names. */
export function uploadNamed(text: string): { readonly id: string; readonly name: string } {
  const ref = parseFileRef(text);
  if (!ref.ok)
    throw new Problem(
      "invalid_file_reference",
      "file_ref must be what POST /v1/uploads gave (files/{file_id}/{filename}).",
      {
        fieldErrors: { file_ref: [ref.error.reason] },
      },
    );
  if (ref.value.form === "legacy")
    throw new Problem("invalid_file_reference", "No operator has mapped the bucket that file_ref names.", {
      fieldErrors: { file_ref: ["unmapped bucket"] },
    });
  return { id: ref.value.fileId, name: ref.value.filename };
}

export function channelNamed(text: string, member = "channel"): string {
  const channel = canonicalChannel(text);
  if (channel !== null) return channel;
  throw new Problem("validation_error", `${member}: this is not a channel name.`, {
    fieldErrors: { [member]: ["A channel begins with a letter and has 2 to 40 of a-z, 0-9 and _."] },
  });
}
