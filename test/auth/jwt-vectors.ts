import { Forge, type Material } from "./signing";
import { algorithmVectors } from "./vectors/algorithm";
import { claimVectors } from "./vectors/claims";
import { encodingVectors } from "./vectors/encoding";
import { headerVectors } from "./vectors/header";
import { signatureVectors } from "./vectors/signature";

export type NamedToken = readonly [name: string, token: string];

export interface Vector {
  readonly name: string;
  readonly token: string;
  /** Whether it reaches a server as it is: no white space for HTTP to trim, nothing that a header cannot hold. */
  readonly overHttp: boolean;
}

/**
 * Tokens that a verifier of the material's issuer, audience and keys must refuse. Each is good but for what its name
 * says: its signature is right wherever that is not the point.
 */
export async function jwtVectors(material: Material): Promise<readonly Vector[]> {
  const forge = new Forge(material);
  const groups = [algorithmVectors, signatureVectors, headerVectors, claimVectors, encodingVectors];
  const named = (await Promise.all(groups.map((vectors) => vectors(forge)))).flat();
  return named.map(([name, token]) => ({
    name,
    token,
    overHttp: /^[\x21-\x7e]+$/.test(token) && token.length < 16_384,
  }));
}
