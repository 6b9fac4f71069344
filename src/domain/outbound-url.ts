import { addressOfHostname, isLoopback, specialBlock } from "./ip-address";
import { err, ok, type Result } from "./result";

export interface OutboundUrlPolicy {
  /** Lets 127.0.0.0/8, ::1 and `localhost` through, over plain http too: for a machine that serves only itself. */
  readonly allowLoopback: boolean;
}

/** Why a URL is refused; `detail` tells the user what is wrong and what to do. */
export interface OutboundUrlFault {
  readonly reason:
    | "too_long"
    | "malformed"
    | "scheme_not_allowed"
    | "has_credentials"
    | "has_fragment"
    | "port_zero"
    | "invalid_host"
    | "private_address"
    | "private_name";
  readonly detail: string;
}

const MAX_CHARS = 2048;
const MAX_HOST_CHARS = 253;

/** What the URL parser would drop, encode or turn into a slash: other readers of the text may see another host. */
const REPAIRED = /[\s\p{Cc}\\]/u;
/** The text of the authority, between the slashes that the parser would also do without. */
const AUTHORITY = /^https?:\/\/([^/?#]+)/i;
/** RFC 1123 §2.1, and the underscore inside that some real hosts have. */
const LABEL = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;
const TOP_LABEL = /^(?:[a-z]{2,}|xn--[a-z0-9-]+)$/;

/**
 * Names, and all under them, that are not in the public DNS or lead to metadata. `example`, `test` and `invalid` are
 * not here: nothing answers at them, documents and tests are full of them, and a delivery to one merely fails.
 */
const PRIVATE_NAMES: ReadonlySet<string> = new Set(
  [
    // IANA's special-use domain names (home.arpa and the reverse zones are in arpa), and ICANN's `internal`
    "localhost local internal onion alt arpa",
    // RFC 6762 appendix G
    "intranet private corp home lan",
    // Hosts files and search lists of Linux and Kubernetes
    "localdomain localdomain4 localdomain6 svc",
    // Metadata services with a name of the public form: Google, Tencent, IBM, Equinix
    "metadata.goog metadata.tencentyun.com api.metadata.cloud.ibm.com",
    "metadata.packet.net metadata.platformequinix.com",
  ].flatMap((names) => names.split(" ")),
);

/**
 * A URL of a tenant's that we may send to: https, on a public host, on any port but 0 (receivers on 8443 and the like
 * are usual, and only TLS on a public host is ever spoken to). Ask again at each send, and follow no redirect.
 * It judges the text: what a name resolves to (nip.io, a rebound name) only the platform sees, whose `fetch` does not
 * reach private networks; where it does, as in a workerd of one's own, network policy must.
 */
export function parseOutboundUrl(text: string, policy: OutboundUrlPolicy): Result<URL, OutboundUrlFault> {
  if (text.length > MAX_CHARS) return fault("too_long", `A URL has at most ${MAX_CHARS} characters.`);
  if (REPAIRED.test(text))
    return fault("malformed", "The URL has white space, a control character or a backslash: remove it.");
  const url = URL.parse(text);
  if (url === null)
    return fault("malformed", "This cannot be read as a URL: write it in full, as https://host/path.");
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return fault("scheme_not_allowed", "The URL must begin with https://.");
  const authority = AUTHORITY.exec(text)?.[1];
  if (authority === undefined)
    return fault("malformed", "The URL's host must follow two slashes: write it as https://host/path.");
  if (authority.includes("@"))
    return fault("has_credentials", "The URL has a user or password before an @: remove them.");
  if (text.includes("#"))
    return fault(
      "has_fragment",
      "The URL has a fragment, which is never sent: remove the # and what follows.",
    );
  if (url.port === "0") return fault("port_zero", "Nothing listens on port 0: give another port, or none.");
  if (url.href.length > MAX_CHARS)
    return fault("too_long", `A URL has at most ${MAX_CHARS} characters once it is percent-encoded.`);
  if (policy.allowLoopback && isLoopbackHost(url.hostname)) return ok(url);
  const refusal = hostFault(url.hostname);
  if (refusal !== null) return refusal;
  if (url.protocol !== "https:")
    return fault("scheme_not_allowed", "Plain http is not sent over the internet: use https://.");
  return ok(url);
}

function isLoopbackHost(hostname: string): boolean {
  const address = addressOfHostname(hostname);
  return address === null ? hostname === "localhost" : isLoopback(address);
}

/** `hostname` is as the URL parser left it: numbers canonical, IDNA applied, but names otherwise unchecked. */
function hostFault(hostname: string) {
  const address = addressOfHostname(hostname);
  return address === null ? nameFault(hostname) : addressFault(hostname, specialBlock(address));
}

function addressFault(hostname: string, block: ReturnType<typeof specialBlock>) {
  if (block === null) return null;
  return fault(
    "private_address",
    `${hostname} is in ${block.cidr} (${block.purpose}), not on the public internet: give a public server's name.`,
  );
}

function nameFault(hostname: string) {
  const labels = hostname.split(".");
  if (hostname.endsWith(".")) return fault("invalid_host", "The host ends in a dot: remove it.");
  if (hostname.length > MAX_HOST_CHARS || !labels.every((label) => LABEL.test(label)))
    return fault("invalid_host", "The host is not a valid DNS name: check it for typing errors.");
  if (labels.length === 1)
    return fault("private_name", `${hostname} is a name of one part: give the full name of a public server.`);
  const zone = labels
    .map((_, index) => labels.slice(index).join("."))
    .find((name) => PRIVATE_NAMES.has(name));
  if (zone !== undefined)
    return fault("private_name", `${zone} holds no public server: give the name of one.`);
  if (!TOP_LABEL.test(labels.at(-1) ?? ""))
    return fault("invalid_host", "The host's last part is no top-level domain: check it for typing errors.");
  return null;
}

const fault = (reason: OutboundUrlFault["reason"], detail: string) => err({ reason, detail });
