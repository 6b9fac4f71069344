import { openApiKey } from "../auth/api-key-text";
import { accessSubject } from "../auth/claims";
import { EndedCredentials } from "../auth/ended-credentials";
import { readAccess, readIssuers, type KeyPorts } from "../auth/issuers";
import { TokenVerifier, type VerifiedToken } from "../auth/token-verifier";
import { foreignActor, tokenActor } from "../domain/tenant-context";
import type { Config } from "../env";
import { log } from "../telemetry/logger";

const ADMIN_AUDIENCE = "validahub-admin";

/** All that a deployment's configuration says about credentials, ready to check them. */
export class Authenticator {
  readonly tenantTokens: TokenVerifier;
  readonly operatorTokens: TokenVerifier;
  /** Cloudflare Access's own assertions; null where it does not stand before the operator plane. */
  readonly access: TokenVerifier | null;
  readonly ended = new EndedCredentials();

  constructor(private readonly config: Config) {
    const ports: KeyPorts = {
      fetchJwks: (url, init) => fetch(url, init),
      allowLoopback: config.environment === "development" || config.environment === "test",
      onFailure: (error) => log.warn("keys.fetch_failed", { error: String(error) }),
    };
    const issuers = readIssuers(config.jwt, ports);
    this.tenantTokens = new TokenVerifier(issuers, config.jwt.audience);
    // An issuer of some tenants only has no say over all of them.
    this.operatorTokens = new TokenVerifier(
      issuers.filter(({ tenants }) => tenants === null),
      ADMIN_AUDIENCE,
    );
    const access = readAccess(config.access, ports);
    this.access = access && new TokenVerifier([access.terms], access.audience, { subjectOf: accessSubject });
  }

  /** Who a token is of and the id by which it is taken back: another issuer's cannot pass for the main one's. */
  identityOf({ issuer, subject, tokenId }: VerifiedToken) {
    if (issuer === this.config.jwt.issuer) return { subject, actorId: tokenActor(subject), tokenId };
    const named = `${issuer} ${subject}`;
    return { subject: named, actorId: foreignActor(named), tokenId: tokenId && `${issuer}#${tokenId}` };
  }

  openApiKey(text: string) {
    return openApiKey(this.config.apiKeyMacKeys, this.config.environment, text);
  }
}

const authenticators = new WeakMap<Config, Authenticator>();

/** One for each configuration: its caches live as long as the isolate. */
export function authenticatorOf(config: Config): Authenticator {
  let known = authenticators.get(config);
  if (!known) authenticators.set(config, (known = new Authenticator(config)));
  return known;
}
