import type { NamedToken } from "../jwt-vectors";
import { b64, bytesOf, type Forge } from "../signing";

/** Shape and spelling: what is no compact JWS of two JSON objects, or would mean one thing here and another there. */
export async function encodingVectors(forge: Forge): Promise<NamedToken[]> {
  return [
    ...(await shapes(forge)),
    ...(await duplicates(forge)),
    ...(await objects(forge)),
    ...(await characters(forge)),
  ];
}

async function shapes(forge: Forge): Promise<NamedToken[]> {
  const token = await forge.token();
  const [header = "", payload = "", signature = ""] = token.split(".");
  const spaces = [" ", "\n", "\r\n", "\t", "\u0000", "\u00a0", "\u2028", "\ufeff", "\u200b"];
  const encrypted = { alg: "RSA-OAEP-256", enc: "A128GCM", kid: forge.material.rs256.kid, typ: "JWT" };
  const direct = { alg: "dir", enc: "A128CBC-HS256", typ: "JWT" };
  const nested = await forge.text(JSON.stringify(forge.header({ cty: "JWT" })), token);
  return [
    ["nothing", ""],
    ["one dot", "."],
    ["two dots", ".."],
    ["words", "not-a-token"],
    ["one part", header],
    ["four parts", `${token}.${signature}`],
    ["a dot before", `.${token}`],
    ["a dot after", `${token}.`],
    ["an empty header", `.${payload}.${signature}`],
    ["an empty payload", await forge.signed(`${header}.`)],
    ["a scheme before", `Bearer ${token}`],
    ["two tokens", `${token},${token}`],
    ["percent-encoded dots", token.replaceAll(".", "%2E")],
    ["a percent-encoded letter", `%65${token.slice(1)}`],
    ["in quotes", `"${token}"`],
    ["in apostrophes", `'${token}'`],
    ["an unencoded header", await forge.signed(`${JSON.stringify(forge.header())}.${payload}`)],
    ["an unencoded payload", await forge.signed(`${header}.${JSON.stringify(forge.claims())}`)],
    ["flattened JSON", JSON.stringify({ protected: header, payload, signature })],
    ["general JSON", JSON.stringify({ payload, signatures: [{ protected: header, signature }] })],
    ["encrypted, five parts", [encrypted, "key", "iv", "text", "tag"].map(part).join(".")],
    ["encrypted directly, no key part", `${part(direct)}..${b64("iv")}.${b64("text")}.${b64("tag")}`],
    ["five parts of a signed token", `${token}.${payload}.${signature}`],
    ["nested", nested],
    ["nested without cty", await forge.text(null, token)],
    ["nested, JSON string", await forge.text(null, JSON.stringify(token))],
    ["too long", await forge.token({}, { padding: "x".repeat(8192) })],
    ["much too long", await forge.token({}, { padding: "x".repeat(1_000_000) })],
    ["a long signature", `${token}${"A".repeat(8192)}`],
    ["dots only", ".".repeat(8000)],
    ...spaces.flatMap((space): NamedToken[] => [
      [`${JSON.stringify(space)} before`, space + token],
      [`${JSON.stringify(space)} after`, token + space],
      [
        `${JSON.stringify(space)} in the header`,
        `${header.slice(0, 4)}${space}${header.slice(4)}.${payload}.${signature}`,
      ],
      [
        `${JSON.stringify(space)} in the payload`,
        `${header}.${payload.slice(0, 4)}${space}${payload.slice(4)}.${signature}`,
      ],
      [
        `${JSON.stringify(space)} in the signature`,
        `${header}.${payload}.${signature.slice(0, 4)}${space}${signature.slice(4)}`,
      ],
    ]),
  ];
}

const part = (value: unknown): string => b64(typeof value === "string" ? value : JSON.stringify(value));

/** Rightly signed texts with one name twice, in both orders, plain, escaped, and deep inside. */
async function duplicates(forge: Forge): Promise<NamedToken[]> {
  const header = JSON.stringify(forge.header()).slice(1, -1);
  const claims = JSON.stringify(forge.claims()).slice(1, -1);
  const { audience, issuer, es256 } = forge.material;
  const headers = [
    `{${header},"alg":"ES256"}`,
    `{"alg":"none",${header}}`,
    `{${header},"alg":"none"}`,
    `{"\\u0061lg":"none",${header}}`,
    `{${header},"\\u0061\\u006C\\u0067":"ES256"}`,
    `{${header},"kid":${JSON.stringify(es256.kid)}}`,
    `{"kid":"../../dev/null",${header}}`,
    `{"typ":"dpop+jwt",${header}}`,
    `{${header},"x":{"a":1,"a":1}}`,
    `{${header},"x":[{"a":1,"\\u0061":1}]}`,
  ];
  const payloads = [
    `{${claims},"iss":${JSON.stringify(issuer)}}`,
    `{"iss":"https://evil.example/",${claims}}`,
    `{${claims},"aud":${JSON.stringify(audience)}}`,
    `{"aud":"other",${claims}}`,
    `{${claims},"exp":9999999999}`,
    `{"exp":1,${claims}}`,
    `{"\\u0065xp":1,${claims}}`,
    `{${claims},"e\\u0078p":9999999999}`,
    `{"tenant_id":"t_one",${claims},"tenant_id":"t_two"}`,
    `{"x":{"tenant_id":"t_one","tenant\\u005fid":"t_two"},${claims}}`,
    `{"tenants":["t_one"],${claims},"tenants":["t_two"]}`,
    `{"scope":"a",${claims},"scope":"b"}`,
    `{"sub":"root",${claims}}`,
    `{"__proto__":1,${claims},"__proto__":2}`,
    `{${claims},"":1,"":2}`,
    `{${claims},"x":[[{"a":{"b":1,"b":1}}]]}`,
    `{${claims},"\\/":1,"/":2}`,
    `{${claims},"\\ud83d\\ude00":1,"\ud83d\ude00":2}`,
  ];
  return [
    ...(await all(headers, (text) => [
      `header ${text.slice(0, 40)}...${text.slice(-25)}`,
      forge.text(text, null),
    ])),
    ...(await all(payloads, (text) => [
      `claims ${text.slice(0, 40)}...${text.slice(-25)}`,
      forge.text(null, text),
    ])),
  ];
}

/** Rightly signed, and no object of claims. */
async function objects(forge: Forge): Promise<NamedToken[]> {
  const claims = JSON.stringify(forge.claims());
  const header = JSON.stringify(forge.header());
  const invalid = (text: string, ...bytes: readonly number[]) =>
    Buffer.concat([bytesOf(text).subarray(0, -1), bytesOf(',"x":"'), Buffer.from(bytes), bytesOf('"}')]);
  const texts: readonly (readonly [string, (text: string) => string | Uint8Array])[] = [
    ["in an array", (text) => `[${text}]`],
    ["null", () => "null"],
    ["true", () => "true"],
    ["a number", () => "1"],
    ["a JSON string", (text) => JSON.stringify(text)],
    ["an empty array", () => "[]"],
    ["an empty object", () => "{}"],
    ["words", () => "hello"],
    ["cut", (text) => text.slice(0, -1)],
    ["followed by another", (text) => text + text],
    ["followed by a null byte", (text) => `${text}\u0000`],
    ["with a comma at the end", (text) => `${text.slice(0, -1)},}`],
    ["with a comment", (text) => `${text}//`],
    ["with single quotes", (text) => text.replaceAll('"', "'")],
    ["with NaN", (text) => `${text.slice(0, -1)},"x":NaN}`],
    ["after a byte order mark", (text) => `\ufeff${text}`],
    ["in UTF-16", (text) => Buffer.from(text, "utf16le")],
    ["with a byte that is no UTF-8", (text) => invalid(text, 0xff)],
    ["with an overlong quote", (text) => invalid(text, 0xc0, 0xa2)],
    ["with an encoded surrogate", (text) => invalid(text, 0xed, 0xa0, 0x80)],
    ["with a cut sequence", (text) => invalid(text, 0xe2, 0x82)],
    ["nested too deep", (text) => `${text.slice(0, -1)},"x":${"[".repeat(1000)}${"]".repeat(1000)}}`],
    ["inherited by __proto__", (text) => `{"__proto__":${text}}`],
    ["inherited by constructor", (text) => `{"constructor":{"prototype":${text}}}`],
    ["compressed", () => Buffer.from("789c", "hex")],
  ];
  return [
    ...(await all(texts, ([name, make]) => [`header ${name}`, forge.text(make(header), null)])),
    ...(await all(texts, ([name, make]) => [`claims ${name}`, forge.text(null, make(claims))])),
  ];
}

/** Rightly signed over the very characters that are sent, none of which is canonical base64url. */
async function characters(forge: Forge): Promise<NamedToken[]> {
  // Three question marks become "Pz8_": the claim shows where the two alphabets differ, wherever it stands.
  const claims = JSON.stringify(forge.claims({ x: "???>>>~~~???>>>~~~" }));
  const header = b64(JSON.stringify(forge.header()));
  const payload = b64(claims);
  const ragged = [0, 1, 2]
    .map((spaces) => b64(claims + " ".repeat(spaces)))
    .find((text) => text.length % 4 === 2)!;
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const strayBit = ragged.slice(0, -1) + alphabet[alphabet.indexOf(ragged.at(-1)!) + 1]!;
  const inputs: readonly (readonly [string, string])[] = [
    ["a payload in standard base64", `${header}.${payload.replaceAll("-", "+").replaceAll("_", "/")}`],
    ["a padded payload", `${header}.${ragged}==`],
    ["a padded header", `${header}${"=".repeat((4 - (header.length % 4)) % 4 || 4)}.${payload}`],
    ["a payload with stray bits", `${header}.${strayBit}`],
    ["a payload with one character too many", `${header}.${ragged}AAA`],
    ["a payload of one character", `${header}.A`],
    ["a payload with an asterisk", `${header}.${payload.slice(0, 8)}*${payload.slice(8)}`],
    ["a header of another alphabet", `\u00e9${header}.${payload}`],
  ];
  const token = await forge.token();
  const last = alphabet[alphabet.indexOf(token.at(-1)!) + 1]!;
  return [
    ...(await all(inputs, ([name, input]) => [name, forge.signed(input)])),
    ["a padded signature", `${token}==`],
    ["a signature with stray bits", token.slice(0, -1) + last],
    ["a signature with one character too many", `${token}AAA`],
  ];
}

async function all<Item>(
  items: readonly Item[],
  make: (item: Item) => readonly [string, Promise<string>],
): Promise<NamedToken[]> {
  return Promise.all(
    items.map(async (item): Promise<NamedToken> => {
      const [name, token] = make(item);
      return [name, await token];
    }),
  );
}
