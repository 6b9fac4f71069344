import type { NamedToken } from "../jwt-vectors";
import { b64, bytesOf, signatureOf, type Forge, type Signer } from "../signing";

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The third part: made up, cut, extended, re-encoded, or moved to another text. */
export async function signatureVectors(forge: Forge): Promise<NamedToken[]> {
  const { es256, rs256, eddsa } = forge.material;
  return [
    ...(await damaged(forge, [es256, rs256, eddsa])),
    ...(await madeUp(forge)),
    ...(await moved(forge)),
  ];
}

async function damaged(forge: Forge, signers: readonly Signer[]): Promise<NamedToken[]> {
  const vectors: NamedToken[] = [];
  for (const signer of signers) {
    const input = forge.input(forge.header({}, signer), forge.claims());
    const right = await signatureOf(input, signer);
    const flipped = right.map((byte, at) => (at === 5 ? byte ^ 1 : byte));
    const forms: readonly (readonly [string, Uint8Array])[] = [
      ["cut by a byte", right.subarray(0, -1)],
      ["cut to one byte", right.subarray(0, 1)],
      ["cut to half", right.subarray(0, right.length / 2)],
      ["extended by a zero", Buffer.concat([right, Buffer.of(0)])],
      ["after a zero", Buffer.concat([Buffer.of(0), right])],
      ["twice", Buffer.concat([right, right])],
      ["with one bit flipped", flipped],
      ["backwards", right.toReversed()],
      ["all zeros (psychic)", new Uint8Array(right.length)],
      ["all ones", new Uint8Array(right.length).fill(255)],
      ["in base64 of base64", bytesOf(b64(right))],
    ];
    vectors.push(
      ...forms.map(([form, bytes]): NamedToken => [
        `${signer.alg} signature ${form}`,
        `${input}.${b64(bytes)}`,
      ]),
    );
    vectors.push([`${signer.alg} signature left out, dot kept`, `${input}.`]);
    vectors.push([`${signer.alg} signature left out`, input]);
    vectors.push([`${signer.alg} signature in standard base64`, `${input}.${standard(right)}`]);
    vectors.push([`${signer.alg} signature in hex`, `${input}.${Buffer.from(right).toString("hex")}`]);
  }
  return vectors;
}

/** Standard base64 that is not base64url by luck either: it keeps its padding. */
const standard = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString("base64");
  return text.endsWith("=") ? text : `${text}=`;
};

/** CVE-2022-21449 and its kin: numbers for which a careless equation holds whatever was signed. */
async function madeUp(forge: Forge): Promise<NamedToken[]> {
  const { es256, eddsa } = forge.material;
  const ecInput = forge.input(forge.header({}, es256), forge.claims());
  const edInput = forge.input(forge.header({}, eddsa), forge.claims());
  const numbers: readonly (readonly [string, bigint, bigint])[] = [
    ["r = 0, s = 1", 0n, 1n],
    ["r = 1, s = 0", 1n, 0n],
    ["r = s = 1", 1n, 1n],
    ["r = s = the order", P256_ORDER, P256_ORDER],
    ["r = 0, s = the order", 0n, P256_ORDER],
    ["r = the order + 1, s = 1", P256_ORDER + 1n, 1n],
  ];
  const right = await signatureOf(ecInput, es256);
  const [r, s] = [right.subarray(0, 32), right.subarray(32)];
  const edRight = await signatureOf(edInput, eddsa);
  const shifted = littleEndian(edRight.subarray(32)) + ED25519_ORDER;
  const identity = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
  const ed: readonly (readonly [string, Uint8Array])[] = [
    ["S beyond the order", Buffer.concat([edRight.subarray(0, 32), bigEndian(shifted).reverse()])],
    ["R the identity, S = 0", Buffer.concat([identity, Buffer.alloc(32)])],
    ["R and S changed places", Buffer.concat([edRight.subarray(32), edRight.subarray(0, 32)])],
  ];
  return [
    ...numbers.map(([name, one, two]): NamedToken => [
      `ES256 ${name}`,
      `${ecInput}.${b64(Buffer.concat([bigEndian(one), bigEndian(two)]))}`,
    ]),
    ["ES256 r and s changed places", `${ecInput}.${b64(Buffer.concat([s, r]))}`],
    ["ES256 signature in DER", `${ecInput}.${b64(der(r, s))}`],
    ["ES256 zeros in DER", `${ecInput}.${b64(Buffer.from("3006020100020100", "hex"))}`],
    ...ed.map(([name, bytes]): NamedToken => [`EdDSA ${name}`, `${edInput}.${b64(bytes)}`]),
  ];
}

async function moved(forge: Forge): Promise<NamedToken[]> {
  const [header = "", payload = "", signature = ""] = (await forge.token()).split(".");
  const [otherHeader = "", otherPayload = "", otherSignature = ""] = (
    await forge.token({ typ: "at+jwt" }, { sub: "root", tenant_id: "t_other" })
  ).split(".");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(`${header}.${payload}`)));
  return [
    ["another token's payload", `${header}.${otherPayload}.${signature}`],
    ["another token's header", `${otherHeader}.${payload}.${signature}`],
    ["another token's signature", `${header}.${payload}.${otherSignature}`],
    ["an SHA-256 for a signature", `${header}.${payload}.${b64(digest)}`],
    ["parts in another order", `${payload}.${header}.${signature}`],
    [
      "a signature of the payload alone",
      `${header}.${payload}.${b64(await signatureOf(payload, forge.material.es256))}`,
    ],
    [
      "a signature of the decoded text",
      `${header}.${payload}.${b64(
        await signatureOf(
          [header, payload].map((part) => Buffer.from(part, "base64url").toString()).join("."),
          forge.material.es256,
        ),
      )}`,
    ],
  ];
}

const bigEndian = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const littleEndian = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);

/** ASN.1's SEQUENCE of two INTEGERs, as OpenSSL would give it. */
function der(r: Uint8Array, s: Uint8Array): Buffer {
  const integer = (bytes: Uint8Array): Buffer => {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start++;
    const value = Buffer.concat([
      bytes[start]! >= 0x80 ? Buffer.of(0) : Buffer.alloc(0),
      bytes.subarray(start),
    ]);
    return Buffer.concat([Buffer.of(2, value.length), value]);
  };
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}
