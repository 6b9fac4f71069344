import type { NamedToken } from "../jwt-vectors";
import { b64, macOf, newSigner, publicJwk, spkiOf, type Forge, type Signer } from "../signing";

/** The header's `alg`: none, confusion of a public key with a secret, and algorithms that no key here is for. */
export async function algorithmVectors(forge: Forge): Promise<NamedToken[]> {
  return [
    ...(await unsigned(forge)),
    ...(await oddAlgorithms(forge)),
    ...(await confusedKeys(forge)),
    ...(await guessedSecrets(forge)),
    ...(await foreignAlgorithms(forge)),
  ];
}

/** CVE-2015-9235 and its many returns: every spelling in which a filter for "none" may be missed. */
async function unsigned(forge: Forge): Promise<NamedToken[]> {
  const spellings = Array.from({ length: 16 }, (_, capitals) =>
    [..."none"].map((letter, at) => (((capitals >> at) & 1) === 1 ? letter.toUpperCase() : letter)).join(""),
  );
  const others = [
    "none ",
    " none",
    "none\n",
    "none\u0000",
    "n\u200bone",
    "\uff4eone",
    "null",
    "NULL",
    "false",
  ];
  const good = (await forge.token()).split(".")[2]!;
  return [...spellings, ...others].flatMap((alg): NamedToken[] => {
    const input = forge.input(forge.header({ alg }), forge.claims());
    return [
      [`alg ${JSON.stringify(alg)}, empty signature`, `${input}.`],
      [`alg ${JSON.stringify(alg)}, no third part`, input],
      [`alg ${JSON.stringify(alg)}, another token's signature`, `${input}.${good}`],
    ];
  });
}

/** Signed by the right key throughout. */
async function oddAlgorithms(forge: Forge): Promise<NamedToken[]> {
  const values = [
    undefined,
    null,
    "",
    ["ES256"],
    [],
    0,
    256,
    true,
    { alg: "ES256" },
    "es256",
    "Es256",
    "ES256 ",
    " ES256",
    "ES256\u0000",
    "\u0395S256",
    "SHA256withECDSA",
    "ES256,none",
    "__proto__",
    "constructor",
    "toString",
  ];
  return Promise.all(
    values.map(async (alg): Promise<NamedToken> => [
      `alg ${alg === undefined ? "missing" : JSON.stringify(alg)}`,
      await forge.token({ alg }),
    ]),
  );
}

/** CVE-2016-10555: a published key, in each form a server might hold it, as the secret of an HMAC. */
async function confusedKeys(forge: Forge): Promise<NamedToken[]> {
  const { es256, rs256, eddsa } = forge.material;
  const vectors: NamedToken[] = [];
  for (const signer of [es256, rs256, eddsa])
    for (const [form, secret] of await publicForms(signer))
      for (const bits of [256, 384, 512]) {
        const input = forge.input(forge.header({ alg: `HS${bits}` }, signer), forge.claims());
        const token = `${input}.${b64(await macOf(input, secret, bits))}`;
        vectors.push([`HS${bits} keyed with the ${signer.alg} key's ${form}`, token]);
        if (bits === 256)
          vectors.push([
            `${signer.alg} over an HMAC keyed with its ${form}`,
            await withMac(forge, signer, secret),
          ]);
      }
  return vectors;
}

async function withMac(forge: Forge, signer: Signer, secret: string | Uint8Array): Promise<string> {
  const input = forge.input(forge.header({}, signer), forge.claims());
  return `${input}.${b64(await macOf(input, secret))}`;
}

async function publicForms(signer: Signer): Promise<(readonly [string, string | Uint8Array])[]> {
  const der = await spkiOf(signer);
  const lines = Buffer.from(der)
    .toString("base64")
    .match(/.{1,64}/g)!;
  const pem = ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----"];
  const jwk = publicJwk(signer);
  const number = jwk.n ?? jwk.x!;
  return [
    ["PEM", pem.join("\n")],
    ["PEM with a last line feed", `${pem.join("\n")}\n`],
    ["PEM with CR LF", `${pem.join("\r\n")}\r\n`],
    ["PEM body", lines.join("")],
    ["SPKI", der],
    ["JWK text", JSON.stringify(jwk)],
    ["JWKS text", JSON.stringify({ keys: [jwk] })],
    ["number as text", number],
    ["number as bytes", Buffer.from(number, "base64url")],
    ...(signer.alg === "RS256" ? [["PKCS #1 bytes", der.slice(24)] as const] : []),
  ];
}

/** The heads of the lists that crackers try, and what a missing key file or row would give. */
async function guessedSecrets(forge: Forge): Promise<NamedToken[]> {
  const secrets = ["", "secret", "your-256-bit-secret", "password", "null", "undefined", "test", "{}"];
  return Promise.all(
    secrets.map(async (secret): Promise<NamedToken> => {
      const input = forge.input(forge.header({ alg: "HS256" }), forge.claims());
      return [`HS256 keyed with ${JSON.stringify(secret)}`, `${input}.${b64(await macOf(input, secret))}`];
    }),
  );
}

async function foreignAlgorithms(forge: Forge): Promise<NamedToken[]> {
  const { es256, rs256, eddsa } = forge.material;
  const vectors: NamedToken[] = [];
  for (const alg of ["RS384", "RS512", "PS256", "PS384", "PS512"]) {
    const input = forge.input(forge.header({ alg }, rs256), forge.claims());
    vectors.push([`${alg} by the RS256 key`, await forge.signed(input, rs256, alg)]);
  }
  for (const alg of ["ES384", "ES512", "ES256K", "ML-DSA-44", "HS256", "Ed448", "RSA-OAEP-256", "dir"])
    vectors.push([`${alg} over an ES256 signature`, await forge.token({ alg })]);
  const signers = [es256, rs256, eddsa, { ...eddsa, alg: "Ed25519" }];
  for (const named of signers)
    for (const signer of [es256, rs256, eddsa])
      if (signer.kid !== named.kid) {
        const byKid = await forge.token({ alg: named.alg }, {}, signer);
        const foreignKid = await forge.token({ alg: named.alg, kid: named.kid }, {}, signer);
        const noKid = await forge.token({ alg: named.alg, kid: undefined }, {}, signer);
        vectors.push([`${named.alg} over an ${signer.alg} signature, its key's kid`, byKid]);
        vectors.push([`${named.alg} over an ${signer.alg} signature, kid of the named type`, foreignKid]);
        vectors.push([`${named.alg} over an ${signer.alg} signature, no kid`, noKid]);
      }
  for (const alg of ["ES256", "RS256", "EdDSA"] as const) {
    const stranger = await newSigner(alg, "stranger");
    const victim = signers.find((signer) => signer.alg === alg)!;
    vectors.push([`${alg} by a stranger's key`, await forge.token({}, {}, stranger)]);
    vectors.push([
      `${alg} by a stranger's key, kid of ours`,
      await forge.token({ kid: victim.kid }, {}, stranger),
    ]);
    vectors.push([`${alg} by a stranger's key, no kid`, await forge.token({ kid: undefined }, {}, stranger)]);
  }
  return vectors;
}
