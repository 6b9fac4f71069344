import { MAX_JWKS_BYTES } from "./key-set";

export type FetchJwks = (url: string, init: RequestInit) => Promise<Response>;

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** A JWKS address that may be asked; the error does not repeat it, for it may hold a password. */
export function checkedJwksUrl(text: string, allowLoopback: boolean): string {
  const url = URL.parse(text);
  if (url === null) throw new Error("The JWKS URL is not a URL.");
  if (url.username !== "" || url.password !== "") throw new Error("The JWKS URL must not hold credentials.");
  const loopback = url.protocol === "http:" && LOOPBACK.has(url.hostname);
  if (url.protocol !== "https:" && !(loopback && allowLoopback))
    throw new Error(`The JWKS URL must be https${allowLoopback ? ", or http on the loopback" : ""}.`);
  return url.href;
}

/** The text at a JWKS address. Throws on any answer but 200 (a redirect too), and as soon as it grows too long. */
export async function downloadJwks(fetchJwks: FetchJwks, url: string, timeoutMs: number): Promise<string> {
  const response = await fetchJwks(url, {
    method: "GET",
    headers: { accept: "application/jwk-set+json, application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`The JWKS request was answered ${response.status}.`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_JWKS_BYTES) throw new Error(`The JWKS answer is longer than ${MAX_JWKS_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(Buffer.concat(chunks));
}
