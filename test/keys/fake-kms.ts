import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import type { FetchKms } from "../../src/keys/aws-kms-wrapper";

export interface SignedRequest {
  readonly method: string;
  readonly host: string;
  readonly headers: Headers;
  readonly signedHeaders: readonly string[];
  readonly body: string;
}

export interface SigningScope {
  readonly secret: string;
  readonly datetime: string;
  readonly region: string;
  readonly service: string;
}

/** SigV4 over a request for `/` without a query, written from the specification alone. */
export function signatureOf(request: SignedRequest, scope: SigningScope): string {
  const { method, host, headers, signedHeaders, body } = request;
  const valueOf = (name: string) =>
    (name === "host" ? host : (headers.get(name) ?? "")).trim().replace(/ +/g, " ");
  const canonical = [
    method,
    "/",
    "",
    ...signedHeaders.map((name) => `${name}:${valueOf(name)}`),
    "",
    signedHeaders.join(";"),
    sha256(body),
  ].join("\n");
  const { secret, datetime, region, service } = scope;
  const date = datetime.slice(0, 8);
  const toSign = [
    "AWS4-HMAC-SHA256",
    datetime,
    `${date}/${region}/${service}/aws4_request`,
    sha256(canonical),
  ];
  const key = [date, region, service, "aws4_request"].reduce<Buffer | string>(hmac, `AWS4${secret}`);
  return hmac(key, toSign.join("\n")).toString("hex");
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: Buffer | string, text: string) => createHmac("sha256", key).update(text).digest();

export interface FakeKmsTerms {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type KeyState = "enabled" | "disabled" | "pending";
const MAX_SKEW_MS = 5 * 60_000;

/** What an AWS KMS answers to Encrypt and Decrypt, for whoever signs as its terms say. */
export class FakeKms {
  readonly requests: { readonly url: string; readonly init: RequestInit; readonly body: string }[] = [];
  readonly #keys = new Map<string, { readonly material: Buffer; state: KeyState }>();
  readonly #terms: FakeKmsTerms;
  readonly #nowMs: () => number;

  constructor(terms: FakeKmsTerms, nowMs: () => number) {
    this.#terms = terms;
    this.#nowMs = nowMs;
  }

  addKey(keyId: string): void {
    this.#keys.set(keyId, { material: randomBytes(32), state: "enabled" });
  }

  setState(keyId: string, state: KeyState): void {
    this.#keys.get(keyId)!.state = state;
  }

  readonly fetch: FetchKms = async (url, init) => {
    const body = String(init.body);
    this.requests.push({ url, init, body });
    const headers = new Headers(init.headers);
    const fault = this.#signatureFault(new URL(url), String(init.method), headers, body);
    if (fault !== null) return refusal(fault);
    const request = JSON.parse(body) as Record<string, string> & {
      EncryptionContext: Record<string, string>;
    };
    const key = this.#keys.get(request["KeyId"] ?? "");
    const arn = request["KeyId"];
    if (!key) return refusal("NotFoundException", `Key '${arn}' does not exist`);
    if (key.state === "disabled") return refusal("DisabledException", `${arn} is disabled.`);
    if (key.state === "pending") return refusal("KMSInvalidStateException", `${arn} is pending deletion.`);
    const context = JSON.stringify(Object.entries(request.EncryptionContext).sort());
    if (headers.get("x-amz-target") === "TrentService.Encrypt")
      return Response.json({
        KeyId: arn,
        CiphertextBlob: this.#encrypt(arn!, context, request["Plaintext"]!),
      });
    return this.#decrypt(arn!, context, Buffer.from(request["CiphertextBlob"]!, "base64"));
  };

  #encrypt(keyId: string, context: string, plaintext: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#keys.get(keyId)!.material, nonce, {
      authTagLength: 16,
    });
    cipher.setAAD(Buffer.from(context));
    const sealed = [cipher.update(Buffer.from(plaintext, "base64")), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat([markOf(keyId), nonce, ...sealed]).toString("base64");
  }

  #decrypt(keyId: string, context: string, blob: Buffer): Response {
    const maker = [...this.#keys.keys()].find((id) => markOf(id).equals(blob.subarray(0, 8)));
    if (maker === undefined || blob.length < 36) return refusal("InvalidCiphertextException");
    if (maker !== keyId) return refusal("IncorrectKeyException");
    const { material } = this.#keys.get(keyId)!;
    const decipher = createDecipheriv("aes-256-gcm", material, blob.subarray(8, 20), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(blob.subarray(-16));
    try {
      const plaintext = Buffer.concat([decipher.update(blob.subarray(20, -16)), decipher.final()]);
      return Response.json({ KeyId: keyId, Plaintext: plaintext.toString("base64") });
    } catch {
      return refusal("InvalidCiphertextException");
    }
  }

  #signatureFault(url: URL, method: string, headers: Headers, body: string): string | null {
    const { region, accessKeyId, secretAccessKey: secret, sessionToken = null } = this.#terms;
    const datetime = headers.get("x-amz-date") ?? "";
    const authorization = headers.get("authorization") ?? "";
    const form = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
    const [, credential = "", names = "", signature = ""] = form.exec(authorization) ?? [];
    const [id, ...scope] = credential.split("/");
    if (id !== accessKeyId || headers.get("x-amz-security-token") !== sessionToken)
      return "UnrecognizedClientException";
    if (scope.join("/") !== `${datetime.slice(0, 8)}/${region}/kms/aws4_request`)
      return "InvalidSignatureException";
    const sent = ["host", ...headers.keys()].filter((name) => name !== "authorization").sort();
    if (names !== sent.join(";")) return "IncompleteSignatureException";
    const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(datetime)!;
    const atMs = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
    if (Math.abs(atMs - this.#nowMs()) > MAX_SKEW_MS) return "InvalidSignatureException";
    const request = { method, host: url.host, headers, signedHeaders: sent, body };
    const expected = signatureOf(request, { secret, datetime, region, service: "kms" });
    return signature === expected ? null : "InvalidSignatureException";
  }
}

const markOf = (keyId: string) => createHash("sha256").update(keyId).digest().subarray(0, 8);

export const refusal = (code: string, message = "", status = 400) =>
  Response.json({ __type: code, message }, { status });
