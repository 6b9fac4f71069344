import { randomBytes } from "node:crypto";
import { AwsKmsWrapper, type KmsFailure, type KmsPorts } from "../../src/keys/aws-kms-wrapper";
import { parseKmsSettings, type KmsSettings } from "../../src/keys/kms-settings";
import { FakeKms } from "./fake-kms";

export const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
export const KEY_ARN = "arn:aws:kms:sa-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
export const OTHER_ARN = "arn:aws:kms:sa-east-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321";
export const SECRET = randomBytes(30).toString("base64");

export const KMS_JSON = {
  type: "aws-kms",
  region: "sa-east-1",
  key_id: KEY_ARN,
  access_key_id: "AKIDEXAMPLE",
  secret_access_key: SECRET,
};

export function kmsSettings(more: Record<string, unknown> = {}): KmsSettings {
  const settings = parseKmsSettings({ ...KMS_JSON, ...more }, true);
  if (!settings.ok) throw new Error(settings.error);
  return settings.value;
}

export function fakeKms(nowMs = () => NOW_MS): FakeKms {
  const kms = new FakeKms(
    { region: "sa-east-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET },
    nowMs,
  );
  kms.addKey(KEY_ARN);
  kms.addKey(OTHER_ARN);
  return kms;
}

export const portsTo = (fetchKms: KmsPorts["fetchKms"], failures: KmsFailure[] = []): KmsPorts => ({
  fetchKms,
  allowLoopback: false,
  nowMs: () => NOW_MS,
  onFailure: (failure) => failures.push(failure),
});

export const kmsWrapper = (kms: FakeKms, more: Record<string, unknown> = {}) =>
  new AwsKmsWrapper(kmsSettings(more), portsTo(kms.fetch));
