import type { FileKeys } from "../../../src/crypto/file-keys";
import type { FixChoice } from "../../../src/domain/fix-choice";
import { err, ok, type Result } from "../../../src/domain/result";
import { fileKey } from "../../../src/storage/keys";
import type { Admitted } from "../admission";
import type { Seal } from "../seal";
import type { Stores } from "../stores";
import { checkFixes, runnableProfile, type UnknownProfile, type UnknownRules } from "./profile-choice";
import { viewOf, type ProfileView } from "./rules";

/** An upload that is to be looked at by a profile, and with a choice among its fixes, without a job. */
export interface WantedInput {
  readonly file: { readonly id: string; readonly name: string };
  readonly wantedProfile: string;
  readonly fixes: FixChoice;
}

export interface InputView {
  readonly keys: FileKeys;
  readonly profile: ProfileView;
}

export type InputRefusal = UnknownProfile | UnknownRules | { readonly reason: "file_not_found" };

/** Refuses what a submit of the same would be refused. */
export function viewInput(
  stores: Stores,
  { tenant }: Admitted,
  { file: { id, name }, wantedProfile, fixes }: WantedInput,
  seal: Seal,
): Result<InputView, InputRefusal> {
  const profile = runnableProfile(stores, wantedProfile);
  if (!profile.ok) return profile;
  const choice = checkFixes(profile.value, fixes);
  if (!choice.ok) return choice;
  const file = stores.files.find(id);
  if (file?.status !== "uploaded" || file.name !== name) return err({ reason: "file_not_found" });
  return ok({ keys: seal.fileKeys(fileKey(tenant.tenantId, id, name)), profile: viewOf(profile.value) });
}
