import { AwsKmsWrapper, type KmsPorts } from "./aws-kms-wrapper";
import { parseKmsSettings } from "./kms-settings";
import { readRootKeys } from "./root-key-wrapper";
import { Wrappers } from "./wrappers";

/** The configuration's variables, as they are written. */
export interface WrapperSettings {
  /** Root keys in base64url, separated by commas, newest first. */
  readonly rootKey: string;
  /** JSON settings of a KMS (see `parseKmsSettings`), or a list of them, newest first; empty: none. */
  readonly kms: string;
}

/**
 * Where a KMS is set it wraps, and the root keys still unwrap what they wrapped before. Throws with the variable's
 * name where one is malformed, or where nothing could wrap.
 */
export function readWrappers({ rootKey, kms }: WrapperSettings, ports: KmsPorts): Wrappers {
  const [first, ...others] = [...readKms(kms, ports), ...readRootKeys(rootKey)];
  if (first === undefined) throw new Error("Configuration ROOT_KEY is missing.");
  try {
    return new Wrappers([first, ...others]);
  } catch {
    throw new Error("Configuration ROOT_KEY and KMS: the same key is listed twice.");
  }
}

function readKms(text: string, ports: KmsPorts): readonly AwsKmsWrapper[] {
  if (text.trim() === "") return [];
  const value = parsed(text);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new Error("Configuration KMS: the list is empty.");
  return list.map((item) => {
    const settings = parseKmsSettings(item, ports.allowLoopback);
    if (!settings.ok) throw new Error(`Configuration KMS: ${settings.error}`);
    return new AwsKmsWrapper(settings.value, ports);
  });
}

/** The error does not repeat the text, as the parser's own would. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("Configuration KMS is not JSON.");
  }
}
