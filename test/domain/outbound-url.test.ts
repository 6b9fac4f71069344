import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOutboundUrl, type OutboundUrlFault } from "../../src/domain/outbound-url";

type Reason = OutboundUrlFault["reason"];

const SEEDED = { seed: 1, numRuns: 1000 };
const PUBLIC = { allowLoopback: false };
const LOCAL = { allowLoopback: true };

/** An href, or the reason why there is none. */
function outcome(text: string, policy = PUBLIC): string {
  const parsed = parseOutboundUrl(text, policy);
  return parsed.ok ? parsed.value.href : parsed.error.reason;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const hosts = (text: string): readonly string[] => words(text).map((host) => `https://${host}/`);

const ACCEPTED = [
  ["https://example.com", "https://example.com/"],
  ["https://example.com/", "https://example.com/"],
  ["HTTPS://Hooks.Example.COM/Path?Q=1", "https://hooks.example.com/Path?Q=1"],
  [
    "https://hooks.acme.com.br/validahub/jobs?origem=erp&x=%2F",
    "https://hooks.acme.com.br/validahub/jobs?origem=erp&x=%2F",
  ],
  ["https://example.com/a/../b/./c", "https://example.com/b/c"],
  ["https://example.com/@user:pass@10.0.0.1", "https://example.com/@user:pass@10.0.0.1"],
  ["https://example.com?url=http://127.0.0.1/", "https://example.com/?url=http://127.0.0.1/"],
  ["https://example.com/café", "https://example.com/caf%C3%A9"],
  ["https://a-b.c--d.example.museum/", "https://a-b.c--d.example.museum/"],
  ["https://tenant_1.example.com/", "https://tenant_1.example.com/"],
  ["https://0.example.com/", "https://0.example.com/"],
  ["https://127.0.0.1.example.com/", "https://127.0.0.1.example.com/"],
  ["https://10.com/", "https://10.com/"],
  ["https://0x7f.com/", "https://0x7f.com/"],
  ["https://localhost.example.com/", "https://localhost.example.com/"],
  ["https://notlocalhost.com/", "https://notlocalhost.com/"],
  ["https://internal.example.com/", "https://internal.example.com/"],
  ["https://mylocal.net/", "https://mylocal.net/"],
  ["https://metadata.example.com/", "https://metadata.example.com/"],
  [`https://${"a".repeat(63)}.com/`, `https://${"a".repeat(63)}.com/`],
  // what never answers anywhere, and stands in documents and tests
  ["https://hooks.example/x", "https://hooks.example/x"],
  ["https://hooks.test/x", "https://hooks.test/x"],
  ["https://hooks.invalid/x", "https://hooks.invalid/x"],
  // ports
  ["https://example.com:443/", "https://example.com/"],
  ["https://example.com:00443/", "https://example.com/"],
  ["https://example.com:/", "https://example.com/"],
  ["https://example.com:8443/", "https://example.com:8443/"],
  ["https://example.com:80/", "https://example.com:80/"],
  ["https://example.com:1/", "https://example.com:1/"],
  ["https://example.com:65535/", "https://example.com:65535/"],
  // other spellings of ordinary names
  ["https://b\u00fccher.de/", "https://xn--bcher-kva.de/"],
  ["https://xn--bcher-kva.de/", "https://xn--bcher-kva.de/"],
  ["https://\u4f8b\u3048.\u30c6\u30b9\u30c8/", "https://xn--r8jz45g.xn--zckzah/"],
  ["https://\u24d4\u24e7\u24d0\u24dc\u24df\u24db\u24d4.\u24d2\u24de\u24dc/", "https://example.com/"],
  ["https://example\u3002com/", "https://example.com/"],
  ["https://ex%61mple.com/", "https://example.com/"],
  // public addresses
  ["https://8.8.8.8/", "https://8.8.8.8/"],
  ["https://8.8.8.8./", "https://8.8.8.8/"],
  ["https://134744072:8443/", "https://8.8.8.8:8443/"],
  ["https://192.0.1.1/", "https://192.0.1.1/"],
  ["https://172.32.0.1/", "https://172.32.0.1/"],
  ["https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"],
  ["https://[2606:4700:4700:0:0:0:0:1111]:8443/", "https://[2606:4700:4700::1111]:8443/"],
] as const;

const REFUSED: readonly (readonly [Reason, readonly string[]])[] = [
  [
    "malformed",
    [
      "",
      "https",
      "https:",
      "https://",
      "https:///",
      "https://#",
      "https://?x",
      "https://:443/",
      "//example.com",
      "/hook",
      "example.com",
      "example.com/hook",
      // what the parser repairs, and other readers do not, or differently
      "https:example.com",
      "https:/example.com",
      "https:///example.com",
      "https:////example.com",
      "https:\\\\example.com",
      "https:/\\example.com",
      "https://example.com\\@127.0.0.1/",
      "https://127.0.0.1\\@example.com/",
      "https://example.com/a\\b",
      " https://example.com/",
      "https://example.com/ ",
      "https://example.com/a b",
      "https://exam\tple.com/",
      "https://exam\nple.com/",
      "https://example.com/\r\nX-Injected: 1",
      "https://example.com/\u0000",
      "\u0001https://example.com/",
      "https://example.com/\u007f",
      "https://example.com/\u0085",
      "https://example.com/\u00a0",
      "\ufeffhttps://example.com/",
      "https://1.1.1.1 &@2.2.2.2# @3.3.3.3/",
      // what the parser refuses: hosts and ports, numbers that are no address, broken version 6, zone ids
      "https://ex ample.com/",
      ...hosts(`
        example.com:65536 example.com:+80 example.com:80x ex<ample.com ex^ample.com a%00.com 127.0.0.1%00.example.com
        10.0.0.1%2f.example.com user%40example.com a\uff20example.com a\uff0fexample.com a\uff1a80.com a\u2100.com
        local\u200dhost 256.0.0.1 1.2.3.4.5 1.2.3.256 08.0.0.1 0o177.0.0.1 4294967296 0x100000000 example.1
        example.0x7f example.com.127 \u0661\u0662\u0667.0.0.1 [] [::1 ::1 [::1]a [1:2:3:4:5:6:7:8:9] [::ffff:0x7f.1]
        [::127.1] [v1.fe80::1] %5B::1%5D [fe80::1%25eth0] [fe80::1%eth0] [::1%25lo]
      `),
    ],
  ],
  [
    "scheme_not_allowed",
    words(`
      http://example.com/ HTTP://example.com/ http://8.8.8.8/ http://example.com:443/ ws://example.com/
      wss://example.com/ ftp://example.com/ file:///etc/passwd gopher://example.com:70/_x dict://example.com:11211/
      ldap://example.com/ javascript:alert(1) data:text/html,x blob:https://example.com/ mailto:a@example.com
      jar:https://example.com!/ view-source:https://example.com/ httpss://example.com/
      localhost:8080 example.com:8443/hook
    `),
  ],
  [
    "has_credentials",
    [
      "https://user@example.com/",
      "https://user:password@example.com/",
      "https://:password@example.com/",
      "https://@example.com/",
      "https://:@example.com/",
      "https://example.com@127.0.0.1/",
      "https://127.0.0.1@example.com/",
      "https://a@b@example.com/",
      "https://example.com:443@127.0.0.1/",
      "https://user%40x@example.com/",
    ],
  ],
  [
    "has_fragment",
    [
      "https://example.com/#",
      "https://example.com/#a",
      "https://example.com#@127.0.0.1/",
      "https://example.com/?#x",
    ],
  ],
  ["port_zero", ["https://example.com:0/", "https://example.com:00000/", "https://[2606:4700::1]:0/"]],
  [
    "too_long",
    [
      `https://example.com/${"a".repeat(2048 - 20 + 1)}`,
      `https://example.com/${"\u00e9".repeat(400)}`,
      "a".repeat(1_000_000),
    ],
  ],
  [
    "invalid_host",
    hosts(`
      example.com. example.com.. localhost. localhost.. 127.0.0.1.. metadata.google.internal. example..com .example.com
      .. _dmarc.example.com a._b.example.com b_.example.com -a.example.com a-.example.com xn--localhost-.com
      *.example.com evil$google.com a,b.com a;b.com a'b.com {tenant}.example.com ${"a".repeat(64)}.com
      ${"a.".repeat(126)}com 1.2.3.4e0 0x7f.0.0.0x1g example.b2 example.c example.c-m
    `),
  ],
  [
    "private_name",
    hosts(`
      localhost LOCALHOST localhost:8443 a.b.localhost localhost.localdomain localhost6.localdomain6
      local\u00adhost local\u2060host local\u200bhost localho\u017ft l%6fcalhost %6c%6f%63%61%6c%68%6f%73%74
      \uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54 \u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3
      printer.local printer\u3002local printer\uff0elocal kubernetes.default.svc kubernetes.default.svc.cluster.local
      db.internal ip-10-0-0-1.ec2.internal wiki.intranet nas.lan nas.home nas.home.arpa x.corp x.private x.localdomain4
      1.0.0.127.in-addr.arpa 1.0.0.0.ip6.arpa ipv4only.arpa expyuzz4wqqyqhjn.onion x.alt
      intranet com ip6-localhost instance-data rancher-metadata metadata
      metadata.google.internal METADATA.Google.Internal metadata.goog x.metadata.goog metadata.tencentyun.com
      api.metadata.cloud.ibm.com metadata.packet.net metadata.platformequinix.com
    `),
  ],
  [
    "private_name",
    ["http://localhost/", "https://metadata.google.internal/computeMetadata/v1/?recursive=true"],
  ],
  [
    "private_address",
    hosts(`
      127.0.0.1 127.0.0.1. 127.0.0.1\uff0e 127.1 127.0.1 127.127.127.127 2130706433 2130706433. 017700000001 0177.1
      00000177.00000000.00000000.00000001 0x7f000001 0X7F.0x0.0x0.0x1 0x7f.1 0x7f.0.01.0x1 127.000000000000000.1
      %31%32%37.0.0.1 127%2e0%2e0%2e1 127\u30020\u30020\u30021 127%E3%80%820%E3%80%820%E3%80%821
      \uff11\uff12\uff17.\uff10.\uff10.\uff11 %EF%BC%91%EF%BC%92%EF%BC%97.0.0.1 \u2460\u2461\u2466.\u24ea.\u24ea.\u2460
      \u{1d7cf}27.0.0.1 1\u00ad27.0.0.1 0 0x 0.0.0.0:8443 10.0.0.1 167772161 012.0.0.1 100.64.0.1 100.100.100.200
      169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 0xa9.254.43518 169.254.170.2 168.63.129.16
      172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 3232235521 0300.0250.0.1 198.18.0.1
      198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 0xffffffff 037777777777
    `),
  ],
  [
    "private_address",
    hosts(`
      [::] [::1] [::1]:8443 [0000:0000::0001] [0:0:0:0:0:0:0:1] [::127.0.0.1] [::ffff:127.0.0.1] [::FFFF:7F00:1]
      [0:0:0:0:0:ffff:127.0.0.1] [::ffff:169.254.169.254] [::ffff:8.8.8.8] [::ffff:0:127.0.0.1] [64:ff9b::10.0.0.1]
      [64:ff9b:1::a00:1] [2002:7f00:1::] [2002:c0a8:1::1] [2001:0:7f00:1::1] [2001::5601:5601] [2001:10::1] [2001:20::1]
      [2001:db8::1] [3fff::1] [100::1] [5f00::1] [fc00::1] [fd00:ec2::254] [fd20:ce::254] [fe80::1] [fec0::1] [ff02::1]
    `),
  ],
  [
    "private_address",
    ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/?a=b"],
  ],
];

describe("parseOutboundUrl", () => {
  it.each(ACCEPTED)("takes %j", (text, href) => {
    expect(outcome(text)).toBe(href);
  });

  it.each(REFUSED.flatMap(([reason, texts]) => texts.map((text) => [reason, text] as const)))(
    "refuses as %s: %j",
    (reason, text) => {
      expect(parseOutboundUrl(text, PUBLIC)).toEqual({
        ok: false,
        error: { reason, detail: expect.stringMatching(/^[A-Za-z0-9[].{20,160}\.$/) },
      });
    },
  );

  it("takes 2,048 characters, counted in what will be sent", () => {
    const start = "https://example.com/";
    expect(outcome(`${start}${"a".repeat(2048 - start.length)}`)).toHaveLength(2048);
    expect(outcome(`${start}${"\u00e9".repeat((2048 - start.length) / 6)}`)).toHaveLength(2048);
    expect(outcome(`${start}${"\u00e9".repeat((2048 - start.length) / 6 + 1)}`)).toBe("too_long");
  });

  it("says which part of a host is at fault", () => {
    const detail = (text: string) => {
      const parsed = parseOutboundUrl(text, PUBLIC);
      return parsed.ok ? "" : parsed.error.detail;
    };
    expect(detail("https://0xa9fea9fe/")).toMatch(/169\.254\.169\.254 .*169\.254\.0\.0\/16/);
    expect(detail("https://[::ffff:127.0.0.1]/")).toMatch(/::ffff:0:0\/96/);
    expect(detail("https://a.db.internal/")).toMatch(/^internal /);
    expect(detail("https://example.com./")).toMatch(/\bdot\b/);
  });
});

describe("parseOutboundUrl with loopback allowed", () => {
  it.each([
    ["http://localhost/", "http://localhost/"],
    ["http://LOCALHOST:8787/hook", "http://localhost:8787/hook"],
    ["https://localhost:8443/", "https://localhost:8443/"],
    ["http://127.0.0.1:8787/", "http://127.0.0.1:8787/"],
    ["http://127.1:8787/", "http://127.0.0.1:8787/"],
    ["http://127.8.9.10/", "http://127.8.9.10/"],
    ["https://127.0.0.1/", "https://127.0.0.1/"],
    ["http://[::1]:8787/", "http://[::1]:8787/"],
    ["https://example.com/", "https://example.com/"],
  ])("takes %j", (text, href) => {
    expect(outcome(text, LOCAL)).toBe(href);
  });

  it.each([
    ["http://example.com/", "scheme_not_allowed"],
    ["http://8.8.8.8/", "scheme_not_allowed"],
    ["http://127.0.0.1.example.com/", "scheme_not_allowed"],
    ["http://localhost.example.com/", "scheme_not_allowed"],
    ["ws://localhost/", "scheme_not_allowed"],
    ["http://0.0.0.0/", "private_address"],
    ["http://10.0.0.1/", "private_address"],
    ["http://169.254.169.254/", "private_address"],
    ["http://[::]/", "private_address"],
    ["http://[::ffff:127.0.0.1]/", "private_address"],
    ["http://[::127.0.0.1]/", "private_address"],
    ["http://[64:ff9b::7f00:1]/", "private_address"],
    ["http://a.localhost/", "private_name"],
    ["http://intranet/", "private_name"],
    ["http://localhost./", "invalid_host"],
    ["http://user@localhost/", "has_credentials"],
    ["http://localhost/#a", "has_fragment"],
    ["http://localhost:0/", "port_zero"],
    ["http:localhost/", "malformed"],
    ["http://local\thost/", "malformed"],
  ])("still refuses %j", (text, reason) => {
    expect(outcome(text, LOCAL)).toBe(reason);
  });
});

describe("parseOutboundUrl of anything", () => {
  const pieces = fc.constantFrom(
    ..."./:@#?\\%[]_-0x7 \t\u3002\uff0e\uff11\u00ad\u00fc",
    ..."https://,http://,https:,example.com,.com,localhost,.localhost,.local,.internal,127.0.0.1,127.1,0x7f000001".split(
      ",",
    ),
    ..."10.0.0.1,8.8.8.8,[::1],[2606:4700::1],::ffff:,%2e,%31,:8443,:0,user,xn--,a_b,/path,?q=1".split(","),
  );
  const labels = fc.oneof(
    fc.stringMatching(/^[a-z0-9-]{1,8}$/),
    fc.constantFrom(
      "hooks",
      "b\u00fccher",
      "\u24d4x",
      "%61b",
      "xn--a",
      "a_b",
      "\uff11",
      "\u4f8b",
      "fa\u00df",
      "1",
      "0x1",
    ),
  );
  const texts = fc.oneof(
    fc.webUrl(),
    fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ["http", "https"] }),
    fc.array(pieces, { maxLength: 8 }).map((parts) => `https://${parts.join("")}`),
    fc.array(pieces, { maxLength: 8 }).map((parts) => `https://${parts.join("")}.example.com/x`),
    fc.array(labels, { minLength: 1, maxLength: 4 }).map((parts) => `https://${parts.join(".")}.com/x`),
    fc.array(labels, { minLength: 1, maxLength: 4 }).map((parts) => `https://${parts.join(".")}`),
    fc.string({ unit: "binary", maxLength: 12 }).map((host) => `https://${host}.com/`),
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
  );

  it("yields only what it would yield again, with the host that was judged", () => {
    let yielded = 0;
    fc.assert(
      fc.property(texts, fc.boolean(), (text, allowLoopback) => {
        const parsed = parseOutboundUrl(text, { allowLoopback });
        if (!parsed.ok) return;
        yielded++;
        const { value: url } = parsed;
        expect(url.host).toBe(new URL(text).host);
        expect([url.username, url.password, url.hash]).toEqual(["", "", ""]);
        expect(outcome(url.href, { allowLoopback })).toBe(url.href);
        expect(outcome(`${url.protocol}//${url.host}/`, { allowLoopback })).toBe(
          `${url.protocol}//${url.host}/`,
        );
        const loopback = allowLoopback && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
        if (loopback) return;
        expect(url.protocol).toBe("https:");
        expect(url.hostname).toMatch(
          /^(?:\[[0-9a-f:]+\]|(?:\d+\.){3}\d+|(?:[a-z0-9][a-z0-9_-]*\.)+[a-z][a-z0-9-]+)$/,
        );
        expect(url.hostname).not.toMatch(/(?:^|\.)(?:localhost|local|internal)$/);
      }),
      { seed: 1, numRuns: 3000 },
    );
    expect(yielded).toBeGreaterThan(500);
  });

  it("loses no host to the loopback's being allowed", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const strict = parseOutboundUrl(text, PUBLIC);
        if (strict.ok) expect(outcome(text, LOCAL)).toBe(strict.value.href);
      }),
      SEEDED,
    );
  });

  it("takes time in proportion to the text", () => {
    expect(outcome("https://".repeat(1_000_000))).toBe("too_long");
    expect(outcome(`https://${"a.".repeat(1000)}com/`)).toBe("invalid_host");
    expect(outcome(`https://${"-".repeat(2000)}.com/`)).toBe("invalid_host");
  });
});
