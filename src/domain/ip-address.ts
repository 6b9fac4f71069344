/** An IP address as the number it is: 32 bits of version 4, 128 of version 6. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly bits: bigint;
}

/** A range of addresses that are no public server's, and what it is for. */
export interface SpecialBlock {
  readonly cidr: string;
  readonly purpose: string;
}

/**
 * IANA's special-purpose registries, version 4. Whole blocks: the few anycast addresses inside 192.0.0.0/24 that are
 * globally reachable (PCP, TURN) are no web servers, and Oracle's metadata service is at 192.0.0.192. What the
 * registry calls globally reachable elsewhere (AS112, AMT) is left public.
 */
const VERSION_4 = [
  ["0.0.0.0/8", "this network"],
  ["10.0.0.0/8", "private use"],
  ["100.64.0.0/10", "shared by carriers"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local, also cloud metadata"],
  ["172.16.0.0/12", "private use"],
  ["192.0.0.0/24", "protocol assignments"],
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "6to4 relays"],
  ["192.168.0.0/16", "private use"],
  ["198.18.0.0/15", "benchmarking"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved, also broadcast"],
  ["168.63.129.16/32", "Azure's platform, seen from inside it"],
] as const;

/**
 * Version 6, the most telling block first. What carries a version 4 address inside (mapped, compatible, NAT64, 6to4,
 * Teredo) is refused whatever it carries: a server is named by its own address. The last three are all that is not
 * global unicast (2000::/3), so that a block which is assigned later is refused without an entry.
 */
const VERSION_6 = [
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["::ffff:0:0/96", "IPv4-mapped"],
  ["::/96", "IPv4-compatible"],
  ["64:ff9b::/96", "NAT64"],
  ["64:ff9b:1::/48", "NAT64"],
  ["100::/64", "discard-only"],
  ["2001::/32", "Teredo"],
  ["2001::/23", "protocol assignments, such as ORCHID"],
  ["2001:db8::/32", "documentation"],
  ["2002::/16", "6to4"],
  ["3fff::/20", "documentation"],
  ["fc00::/7", "unique local"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "site-local"],
  ["ff00::/8", "multicast"],
  ["::/3", "not global unicast"],
  ["4000::/2", "not global unicast"],
  ["8000::/1", "not global unicast"],
] as const;

const WIDTH = { 4: 32, 6: 128 } as const;
const GROUPS = 8;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

const BLOCKS = [...VERSION_4, ...VERSION_6].map(([cidr, purpose]) => {
  const [first = "", length = ""] = cidr.split("/");
  const { version, bits } = IPV4.test(first) ? parseIpv4(first) : parseIpv6(first);
  const shift = BigInt(WIDTH[version] - Number(length));
  return { version, prefix: bits >> shift, shift, block: { cidr, purpose } };
});

/** The address that a URL's `hostname` is, in the one spelling that the URL parser leaves; null for a name. */
export function addressOfHostname(hostname: string): IpAddress | null {
  if (hostname.startsWith("[")) return parseIpv6(hostname.slice(1, -1));
  return IPV4.test(hostname) ? parseIpv4(hostname) : null;
}

/** The block that keeps an address off the public internet; null for a public one. */
export const specialBlock = ({ version, bits }: IpAddress): SpecialBlock | null =>
  BLOCKS.find((each) => each.version === version && bits >> each.shift === each.prefix)?.block ?? null;

/** A host's own address: 127.0.0.0/8 or ::1, and no other way of writing them. */
export const isLoopback = (address: IpAddress): boolean => specialBlock(address)?.purpose === "loopback";

function parseIpv4(text: string): IpAddress {
  return { version: 4, bits: joined(text.split(".").map(Number), 8) };
}

function parseIpv6(text: string): IpAddress {
  const [head = [], tail = []] = text
    .split("::")
    .map((side) => (side === "" ? [] : side.split(":").map((group) => Number.parseInt(group, 16))));
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => 0);
  return { version: 6, bits: joined([...head, ...zeros, ...tail], 16) };
}

function joined(parts: readonly number[], width: number): bigint {
  return parts.reduce((bits, part) => (bits << BigInt(width)) | BigInt(part), 0n);
}
