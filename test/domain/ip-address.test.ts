import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOfHostname, isLoopback, specialBlock, type IpAddress } from "../../src/domain/ip-address";
import { parseOutboundUrl } from "../../src/domain/outbound-url";

const SEEDED = { seed: 1, numRuns: 1000 };

/** Each block's first and last address, and the public one (if any) on either side of it. */
const VERSION_4 = [
  ["0.0.0.0/8", "0.0.0.0", "0.255.255.255", null, "1.0.0.0"],
  ["10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["100.64.0.0/10", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["127.0.0.0/8", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["169.254.0.0/16", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["172.16.0.0/12", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["192.0.0.0/24", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["192.0.2.0/24", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["192.88.99.0/24", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["192.168.0.0/16", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["198.18.0.0/15", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["198.51.100.0/24", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["203.0.113.0/24", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["224.0.0.0/4", "224.0.0.0", "239.255.255.255", "223.255.255.255", null],
  ["240.0.0.0/4", "240.0.0.0", "255.255.255.255", null, null],
  ["168.63.129.16/32", "168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"],
] as const;

const VERSION_6 = [
  ["::/128", "[::]", "[::]", null, null],
  ["::1/128", "[::1]", "[::1]", null, null],
  ["::/96", "[::2]", "[::ffff:ffff]", null, null],
  ["::ffff:0:0/96", "[::ffff:0:0]", "[::ffff:ffff:ffff]", null, null],
  ["64:ff9b::/96", "[64:ff9b::]", "[64:ff9b::ffff:ffff]", null, null],
  ["64:ff9b:1::/48", "[64:ff9b:1::]", "[64:ff9b:1:ffff:ffff:ffff:ffff:ffff]", null, null],
  ["100::/64", "[100::]", "[100::ffff:ffff:ffff:ffff]", null, null],
  ["::/3", "[::1:0:0]", "[::fffe:ffff:ffff]", null, null],
  ["::/3", "[64:ff9b:2::]", "[1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", null, "[2000::]"],
  ["2001::/32", "[2001::]", "[2001:0:ffff:ffff:ffff:ffff:ffff:ffff]", null, null],
  ["2001::/23", "[2001:1::]", "[2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff]", null, "[2001:200::]"],
  [
    "2001:db8::/32",
    "[2001:db8::]",
    "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[2001:db7:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[2001:db9::]",
  ],
  [
    "2002::/16",
    "[2002::]",
    "[2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[2003::]",
  ],
  [
    "3fff::/20",
    "[3fff::]",
    "[3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[3fff:1000::]",
  ],
  ["4000::/2", "[4000::]", "[7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", null, null],
  ["8000::/1", "[8000::]", "[fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", null, null],
  ["fc00::/7", "[fc00::]", "[fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", null, null],
  ["fe80::/10", "[fe80::]", "[febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", null, null],
  ["fec0::/10", "[fec0::]", "[feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", null, null],
  ["ff00::/8", "[ff00::]", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", null, null],
] as const;

function addressOf(hostname: string): IpAddress {
  const address = addressOfHostname(hostname);
  if (address === null) throw new Error(`${hostname} was not seen as an address`);
  return address;
}

describe("addressOfHostname", () => {
  it.each([
    ["0.0.0.0", 4, 0n],
    ["1.2.3.4", 4, 0x01020304n],
    ["255.255.255.255", 4, 0xffffffffn],
    ["[::]", 6, 0n],
    ["[::1]", 6, 1n],
    ["[1::]", 6, 0x00010000_00000000_00000000_00000000n],
    ["[::ffff:7f00:1]", 6, 0xffff7f000001n],
    ["[2001:db8::8:800:200c:417a]", 6, 0x20010db8_00000000_00080800_200c417an],
    ["[1:2:3:4:5:6:7:8]", 6, 0x00010002_00030004_00050006_00070008n],
    ["[1:0:0:2::3]", 6, 0x00010000_00000002_00000000_00000003n],
    ["[1:2:3:4:5:6:7:0]", 6, 0x00010002_00030004_00050006_00070000n],
  ])("reads %s", (hostname, version, bits) => {
    expect(addressOfHostname(hostname)).toEqual({ version, bits });
  });

  it.each(["example.com", "localhost", "1.2.3.4.example.com", "127.0.0.1..", "1.2.3.4e0", "a.0xg", "10.com"])(
    "sees that %s is a name",
    (hostname) => {
      expect(addressOfHostname(hostname)).toBeNull();
    },
  );
});

describe("specialBlock", () => {
  it.each([...VERSION_4, ...VERSION_6])(
    "knows %s by both ends and no neighbour",
    (cidr, first, last, ...sides) => {
      expect(specialBlock(addressOf(first))?.cidr).toBe(cidr);
      expect(specialBlock(addressOf(last))?.cidr).toBe(cidr);
      for (const side of sides) if (side !== null) expect(specialBlock(addressOf(side))).toBeNull();
    },
  );

  it.each(["8.8.8.8", "1.1.1.1", "93.184.215.14", "192.31.196.1", "192.52.193.1", "192.175.48.1"])(
    "leaves %s public",
    (hostname) => {
      expect(specialBlock(addressOf(hostname))).toBeNull();
    },
  );

  it.each([
    "[2606:4700:4700::1111]",
    "[2a00:1450:4001::200e]",
    "[2620:4f:8000::1]",
    "[2001:4860:4860::8888]",
  ])("leaves %s public", (hostname) => {
    expect(specialBlock(addressOf(hostname))).toBeNull();
  });

  it("does not take a version 4 address for a version 6 one of the same number, nor the other way", () => {
    expect(specialBlock({ version: 6, bits: 0x08080808n })?.cidr).toBe("::/96");
    expect(specialBlock({ version: 4, bits: 1n })?.cidr).toBe("0.0.0.0/8");
  });

  it("says what a block is for", () => {
    expect(specialBlock(addressOf("169.254.169.254"))).toEqual({
      cidr: "169.254.0.0/16",
      purpose: expect.stringContaining("metadata"),
    });
  });
});

describe("isLoopback", () => {
  it.each(["127.0.0.0", "127.0.0.1", "127.255.255.255", "[::1]"])("is so of %s", (hostname) => {
    expect(isLoopback(addressOf(hostname))).toBe(true);
  });

  it.each([
    "0.0.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "10.0.0.1",
    "[::]",
    "[::2]",
    "[::ffff:7f00:1]",
    "[::7f00:1]",
  ])("is not so of %s", (hostname) => {
    expect(isLoopback(addressOf(hostname))).toBe(false);
  });
});

const octets = (address: number): [number, number, number, number] => [
  Math.floor(address / 2 ** 24),
  Math.floor(address / 2 ** 16) % 256,
  Math.floor(address / 2 ** 8) % 256,
  address % 256,
];
const dotted = (address: number) => octets(address).join(".");
const numberOf = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

const SPECIAL_4 = VERSION_4.map(([, first, last]) => ({ first: numberOf(first), last: numberOf(last) }));
const special4 = fc
  .constantFrom(...SPECIAL_4)
  .chain(({ first, last }) => fc.integer({ min: first, max: last }));
const public4 = fc
  .integer({ min: 0, max: 2 ** 32 - 1 })
  .filter((address) => !SPECIAL_4.some(({ first, last }) => first <= address && address <= last));

const RADICES = [
  (part: number) => String(part),
  (part: number) => `0x${part.toString(16)}`,
  (part: number) => `0X${part.toString(16).toUpperCase()}`,
  (part: number) => `0x0000${part.toString(16)}`,
  (part: number) => `0${part.toString(8)}`,
  (part: number) => `0000${part.toString(8)}`,
];

const SHAPES = [
  (address: number) => [address],
  (address: number) => [Math.floor(address / 2 ** 24), address % 2 ** 24],
  (address: number) => [...octets(address).slice(0, 2), address % 2 ** 16],
  (address: number) => octets(address),
];

const CHARACTERS = [
  (char: string) => char,
  (char: string) => `%${char.charCodeAt(0).toString(16)}`,
  (char: string) => String.fromCodePoint(char.charCodeAt(0) + 0xfee0),
  (char: string) => encodeURIComponent(String.fromCodePoint(char.charCodeAt(0) + 0xfee0)),
  (char: string) => (char === "." ? "\u3002" : char),
  (char: string) => `${char}\u00ad`,
];

/** Every way the URL parser takes of writing a version 4 address: parts, radices and disguises of characters, mixed. */
const spelling4 = fc
  .record({
    shape: fc.constantFrom(...SHAPES),
    radices: fc.array(fc.constantFrom(...RADICES), { minLength: 4, maxLength: 4 }),
    disguise: fc.array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 8 }),
    end: fc.constantFrom("", "."),
  })
  .map(({ shape, radices, disguise, end }) => (address: number) => {
    const plain = shape(address)
      .map((part, index) => radices[index]!(part))
      .join(".");
    return [...plain].map((char, index) => disguise[index % disguise.length]!(char)).join("") + end;
  });

const group = (high: number, low: number) => (high * 256 + low).toString(16);
const hexPair = (address: number) => {
  const [a, b, c, d] = octets(address);
  return `${group(a, b)}:${group(c, d)}`;
};

/** Version 6 addresses that carry a version 4 one, and would lead to it. */
const CARRIERS = [
  (address: number) => `::ffff:${dotted(address)}`,
  (address: number) => `::FFFF:${hexPair(address).toUpperCase()}`,
  (address: number) => `0:0:0:0:0:ffff:${dotted(address)}`,
  (address: number) => `0000:0000:0000:0000:0000:ffff:${hexPair(address)}`,
  (address: number) => `::ffff:0:${dotted(address)}`,
  (address: number) => `::${dotted(address)}`,
  (address: number) => `64:ff9b::${dotted(address)}`,
  (address: number) => `64:ff9b:1::${hexPair(address)}`,
  (address: number) => `2002:${hexPair(address)}::1`,
  (address: number) => `2001:0:${hexPair(address)}::`,
  (address: number) => `2001::${hexPair(2 ** 32 - 1 - address)}`,
];

/** An href, or the reason why there is none. */
function outcome(text: string, allowLoopback = false): string {
  const parsed = parseOutboundUrl(text, { allowLoopback });
  return parsed.ok ? parsed.value.href : parsed.error.reason;
}

describe("an address in an outbound URL", () => {
  it("is refused in every spelling if it is special", () => {
    fc.assert(
      fc.property(special4, spelling4, (address, spell) => {
        const text = `https://${spell(address)}/`;
        expect(new URL(text).hostname).toBe(dotted(address));
        expect(outcome(text)).toBe("private_address");
      }),
      SEEDED,
    );
  });

  it("is taken in every spelling if it is public, as the one it is", () => {
    fc.assert(
      fc.property(public4, spelling4, (address, spell) => {
        expect(outcome(`https://${spell(address)}/`)).toBe(`https://${dotted(address)}/`);
      }),
      SEEDED,
    );
  });

  it("is refused if it carries a version 4 address, whichever, also where the loopback is allowed", () => {
    fc.assert(
      fc.property(fc.oneof(special4, public4), fc.constantFrom(...CARRIERS), (address, carry) => {
        fc.pre(address !== 1); // ::0.0.0.1 is the loopback itself
        expect(outcome(`https://[${carry(address)}]/`)).toBe("private_address");
        expect(outcome(`https://[${carry(address)}]/`, true)).toBe("private_address");
      }),
      SEEDED,
    );
  });

  it("of version 6 is taken if it is in 2000::/3 outside the special blocks there, and else refused", () => {
    const groups = fc.tuple(
      fc.oneof(
        fc.nat(0xffff),
        fc.constantFrom(0x2000, 0x2001, 0x2002, 0x2003, 0x3ffe, 0x3fff, 0x4000, 0x1fff),
      ),
      fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0x1ff, 0x200, 0xdb7, 0xdb8, 0xdb9, 0xfff, 0x1000)),
      ...Array.from({ length: 6 }, () => fc.oneof(fc.constant(0), fc.nat(0xffff))),
    );
    fc.assert(
      fc.property(groups, fc.boolean(), (parts, padded) => {
        const [first, second = 0] = parts;
        const special =
          first < 0x2000 ||
          first > 0x3fff ||
          first === 0x2002 ||
          (first === 0x2001 && (second < 0x200 || second === 0xdb8)) ||
          (first === 0x3fff && second < 0x1000);
        const text = parts.map((part) => part.toString(16).padStart(padded ? 4 : 1, "0")).join(":");
        const href = new URL(`https://[${text}]/`).href;
        expect(outcome(`https://[${text}]/`)).toBe(special ? "private_address" : href);
      }),
      SEEDED,
    );
  });
});
