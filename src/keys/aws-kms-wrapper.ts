import { AwsV4Signer } from "aws4fetch";
import { err, ok, type Result } from "../domain/result";
import { decodeText, encodeText } from "./binary-text";
import {
  KEY_BYTES,
  requireKeyLength,
  type KeyWrapper,
  type WrapContext,
  type WrapFault,
} from "./key-wrapper";
import type { KmsSettings } from "./kms-settings";

export type FetchKms = (url: string, init: RequestInit) => Promise<Response>;

/** What the operator may know of a failed call: nothing of keys, credentials or the answer's own words. */
export interface KmsFailure {
  readonly wrapperId: string;
  readonly operation: Operation;
  readonly fault: WrapFault;
  /** Null where there was no answer. */
  readonly status: number | null;
  /** The KMS's name for it, or the error's; `Unknown` where it has none that is fit to be logged. */
  readonly code: string;
}

export interface KmsPorts {
  readonly fetchKms: FetchKms;
  /** Takes http on the loopback, for a stand-in beside the edge. */
  readonly allowLoopback: boolean;
  readonly nowMs: () => number;
  readonly onFailure: (failure: KmsFailure) => void;
}

type Operation = "Encrypt" | "Decrypt";
type JsonObject = Readonly<Record<string, unknown>>;

const PREFIX = "k1.";
const TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** AWS KMS takes no longer one. */
const MAX_CIPHERTEXT_BYTES = 6144;

/**
 * Answers after which the same call cannot succeed without somebody changing a key or a right. Everything else,
 * wrong or expired credentials too, says nothing about the key and may pass.
 */
const REFUSALS: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "DisabledException",
  "IncorrectKeyException",
  "InvalidCiphertextException",
  "InvalidKeyUsageException",
  "NotFoundException",
  "ValidationException",
]);

class KmsAnswerError extends Error {
  override readonly name = "KmsAnswerError";
}

/** Wraps by a key that never leaves its KMS: AWS KMS's own HTTP interface, signed by SigV4. `k1.` and base64url. */
export class AwsKmsWrapper implements KeyWrapper {
  readonly id: string;
  readonly #settings: KmsSettings;
  readonly #ports: KmsPorts;
  readonly #timeoutMs: number;

  /** `holder`: who holds the KMS's key; the first part of the id. */
  constructor(
    settings: KmsSettings,
    ports: KmsPorts,
    holder: "kms" | "customer" = "kms",
    timeoutMs = TIMEOUT_MS,
  ) {
    this.id = `${holder}:${settings.keyId}`;
    this.#settings = settings;
    this.#ports = ports;
    this.#timeoutMs = timeoutMs;
  }

  async wrap(context: WrapContext, key: Uint8Array): Promise<Result<string, WrapFault>> {
    requireKeyLength(key);
    const answer = await this.#call("Encrypt", context, { Plaintext: encodeText(key, "base64") });
    if (!answer.ok) return answer;
    const ciphertext = bytesOf(answer.value["CiphertextBlob"]);
    if (ciphertext === null || ciphertext.length === 0 || ciphertext.length > MAX_CIPHERTEXT_BYTES)
      return this.#failed("Encrypt", "unavailable", 200, "NoCiphertext");
    return ok(`${PREFIX}${encodeText(ciphertext, "base64url")}`);
  }

  async unwrap(context: WrapContext, wrapped: string): Promise<Result<Uint8Array, WrapFault>> {
    if (!wrapped.startsWith(PREFIX)) return err("refused");
    const ciphertext = decodeText(wrapped.slice(PREFIX.length), "base64url");
    if (ciphertext === null || ciphertext.length === 0 || ciphertext.length > MAX_CIPHERTEXT_BYTES)
      return err("refused");
    const answer = await this.#call("Decrypt", context, { CiphertextBlob: encodeText(ciphertext, "base64") });
    if (!answer.ok) return answer;
    const key = bytesOf(answer.value["Plaintext"]);
    if (key === null) return this.#failed("Decrypt", "unavailable", 200, "NoPlaintext");
    return key.length === KEY_BYTES ? ok(key) : this.#failed("Decrypt", "refused", 200, "WrongLength");
  }

  async #call(
    operation: Operation,
    context: WrapContext,
    data: Readonly<Record<string, string>>,
  ): Promise<Result<JsonObject, WrapFault>> {
    const body = JSON.stringify({
      KeyId: this.#settings.keyId,
      EncryptionContext: { tenant_id: context.tenantId, key_version: String(context.version) },
      ...data,
    });
    try {
      const { status, headers, text } = await this.#exchange(operation, body);
      if (status === 200) return ok(objectOf(text));
      const code = codeOf(headers, text);
      return this.#failed(operation, isRefusal(status, code, text) ? "refused" : "unavailable", status, code);
    } catch (error) {
      return this.#failed(operation, "unavailable", null, error instanceof Error ? error.name : "Unknown");
    }
  }

  /** Ends in time even where `fetchKms` or the answer's body does not heed the signal. */
  async #exchange(operation: Operation, body: string) {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const timedOut = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const { endpoint } = this.#settings;
    const answered = async () => {
      const headers = await this.#signed(operation, body);
      const init = { method: "POST", headers, body, redirect: "manual", signal } as const;
      const response = await this.#ports.fetchKms(endpoint, init);
      return { status: response.status, headers: response.headers, text: await boundedText(response) };
    };
    return Promise.race([answered(), timedOut]);
  }

  async #signed(operation: Operation, body: string): Promise<Headers> {
    const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = this.#settings;
    const signer = new AwsV4Signer({
      method: "POST",
      url: endpoint,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `TrentService.${operation}`,
      },
      body,
      service: "kms",
      region,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== null && { sessionToken }),
      datetime: new Date(this.#ports.nowMs()).toISOString().replace(/[:-]|\.\d{3}/g, ""),
      // The content type is signed only so, and the specification wants it signed where it is sent.
      allHeaders: true,
    });
    return (await signer.sign()).headers;
  }

  #failed(operation: Operation, fault: WrapFault, status: number | null, code: string) {
    this.#ports.onFailure({ wrapperId: this.id, operation, fault, status, code });
    return err(fault);
  }
}

/**
 * A key pending deletion is one that was taken away. The same exception of a key whose HSM or outer key store is
 * cut off is an outage, and only the message tells them apart.
 */
function isRefusal(status: number, code: string, text: string): boolean {
  if (status >= 500 || status === 429) return false;
  return (
    REFUSALS.has(code) ||
    (code === "KMSInvalidStateException" && /\bpending (?:replica )?deletion\b/i.test(text))
  );
}

/** `__type` may have a namespace before it, the header an address behind it. */
function codeOf(headers: Headers, text: string): string {
  const named = headers.get("x-amzn-errortype") ?? typeOf(text);
  return /^(?:[\w.]+#)?([A-Za-z]{1,64})(?::|$)/.exec(named)?.[1] ?? "Unknown";
}

function typeOf(text: string): string {
  try {
    const type = objectOf(text)["__type"];
    return typeof type === "string" ? type : "";
  } catch {
    return "";
  }
}

/** The error does not repeat the text, as the parser's own would. */
function objectOf(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KmsAnswerError("The KMS's answer is no JSON.");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new KmsAnswerError("The KMS's answer is no JSON object.");
}

const bytesOf = (value: unknown): Uint8Array | null =>
  typeof value === "string" ? decodeText(value, "base64") : null;

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new KmsAnswerError("The KMS's answer is too long.");
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(Buffer.concat(chunks));
}
