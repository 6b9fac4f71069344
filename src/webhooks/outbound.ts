import { readConfig, type Env } from "../env";
import { SigningKeys } from "../keys/signing-keys";
import type { SendPorts } from "./send";

const TIMEOUT_MS = 10_000;

const known = new WeakMap<Env, SendPorts>();

/** What webhooks are sent with in this deployment. */
export function outbound(env: Env): SendPorts {
  const ports = known.get(env) ?? portsOf(env);
  known.set(env, ports);
  return ports;
}

function portsOf(env: Env): SendPorts {
  const { signingKey, allowLoopback } = readConfig(env);
  const keys = new SigningKeys(signingKey);
  return {
    fetchWebhook: (url, init) => fetch(url, init),
    ed25519: (content) => keys.signBytes(content),
    allowLoopback,
    nowMs: () => Date.now(),
    timeoutMs: TIMEOUT_MS,
  };
}
