import type { EndpointSecrets } from "../../../src/domain/webhook-endpoint";
import type { StoredEndpoint } from "../endpoint-store";
import type { Seal } from "../seal";
import type { Stores } from "../stores";

const TABLE = "endpoints";

export const sealSecrets = (seal: Seal, id: string, secrets: EndpointSecrets): string =>
  seal.sealText(TABLE, id, JSON.stringify(secrets));

/** Null where they do not open, or were never made. */
export function openSecrets(seal: Seal, { endpoint, sealed }: Pick<StoredEndpoint, "endpoint" | "sealed">) {
  const text = sealed === null ? null : seal.openText(TABLE, endpoint.id, sealed);
  return text === null ? null : (JSON.parse(text) as EndpointSecrets);
}

/** URLs and secrets by the current key; answers that were sealed by a former one are forgotten. */
export function resealEndpoints({ endpoints, attempts }: Stores, seal: Seal, sealedLike: string): void {
  for (const stored of endpoints.list()) {
    const { endpoint, sealed } = stored;
    if (sealed === null || seal.isCurrent(sealed)) continue;
    const secrets = openSecrets(seal, stored);
    endpoints.saveSealed(endpoint.id, secrets && sealSecrets(seal, endpoint.id, secrets));
  }
  attempts.dropSnippets(sealedLike);
}
