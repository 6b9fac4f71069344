import type { NamedToken } from "../jwt-vectors";
import type { Forge } from "../signing";

/** Rightly signed throughout: what the claims say is all that is wrong. */
export async function claimVectors(forge: Forge): Promise<NamedToken[]> {
  const { issuer, audience } = forge.material;
  const now = forge.nowSeconds;
  const values: Readonly<Record<string, readonly unknown[]>> = {
    exp: [undefined, null, now - 3600, 1, 0, -1, String(now + 3600), "", true, [now + 3600], {}, "never"],
    nbf: [now + 3600, null, String(now), true, [now], {}],
    iat: [now + 3600, now * 1000, null, String(now), true, [now], {}],
    iss: [undefined, null, "", 0, true, [issuer], { issuer }, ...near(issuer)],
    aud: [
      undefined,
      null,
      "",
      0,
      [],
      [`${audience}x`],
      [[audience]],
      [audience, 1],
      [audience, null],
      { 0: audience, length: 1 },
      { aud: audience },
      `${audience},https://other.example`,
      `${audience} https://other.example`,
      "*",
      ...near(audience),
    ],
    sub: [
      undefined,
      null,
      "",
      0,
      true,
      ["user_1"],
      { id: "user_1" },
      "x".repeat(256),
      "user\u0000",
      "user\n1",
      "user\r\nX-Admin: 1",
      "\u001b[2Juser",
      "user\u007f",
      "user\u0085",
      "user\ud800",
      "\udc00user",
    ],
    jti: [null, "", 0, true, ["id"], {}, "x".repeat(256), "a b", "id\n", "id\u0000", "\u00efd", "id\u200b"],
    scope: [null, 0, true, ["jobs:read"], { "jobs:read": true }],
    scopes: [null, 0, true, "jobs:read", { 0: "jobs:read" }, [1], ["jobs:read", null], [["jobs:read"]]],
    tenant_id: [null, 0, true, ["t_a"], { id: "t_a" }],
    tenants: [null, 0, true, "t_a", { 0: "t_a", length: 1 }, [1], ["t_a", null], [["t_a"]], many(1001)],
  };
  const vectors: NamedToken[] = [];
  for (const [claim, wrong] of Object.entries(values))
    for (const value of wrong) {
      const text = value === undefined ? "missing" : JSON.stringify(value).slice(0, 60);
      vectors.push([`${claim} ${text}`, await forge.token({}, { [claim]: value })]);
    }
  for (const exp of ["1e400", "-1e400", "1e308", "1e999999"])
    vectors.push([`exp ${exp}`, await forge.text(null, withMember(forge, "exp", exp))]);
  for (const nbf of ["1e400", "1e308"])
    vectors.push([`nbf ${nbf}`, await forge.text(null, withMember(forge, "nbf", nbf))]);
  return vectors;
}

/** Spellings that a prefix, a suffix, a case fold or a URL parser would take for the right one. */
function near(text: string): string[] {
  const spellings = [
    text.endsWith("/") ? text.slice(0, -1) : `${text}/`,
    `${text}//`,
    `${text}x`,
    `${text}.evil.example`,
    `${text}@evil.example`,
    `${text}#`,
    `${text}?`,
    `${text}\u0000`,
    ` ${text}`,
    `${text} `,
    `${text}\n`,
    `x${text}`,
    text.slice(0, -2),
    text.toUpperCase(),
    text.replace("https:", "http:"),
    text.replace("://", "://evil@"),
    text.replace("validahub", "v\u0430lidahub"),
    text.replace("https://", "https://evil.example/?"),
    `https://evil.example/${text}`,
    encodeURIComponent(text),
  ];
  return [...new Set(spellings)].filter((spelling) => spelling !== text);
}

const many = (count: number): string[] => Array.from({ length: count }, () => "t");

/** The claims' text with one member written as it stands, which JSON.stringify could not. */
const withMember = (forge: Forge, name: string, text: string): string =>
  `${JSON.stringify(forge.claims({ [name]: undefined })).slice(0, -1)},"${name}":${text}}`;
