import { expect, test } from "bun:test";
import fc from "fast-check";
import { isIn, parseAddress, parseBlock, rateKey } from "./address.ts";
import { callerOf } from "./caller.ts";

const trusted = (...blocks: string[]) =>
  blocks.map((text) => {
    const block = parseBlock(text);
    if (block === null) throw new Error(`${text} is no block`);
    return block;
  });
const asked = (headers: Record<string, string> = {}) =>
  new Request("http://chat.example:8080/v1/me", { headers });
const from = (peer: string | null, forwarded: string, proxies = trusted("10.0.0.0/8", "::1")) =>
  callerOf(asked({ "x-forwarded-for": forwarded }), peer, proxies).address;

test("[OPS14] forwarded headers of a peer that is no trusted proxy have no effect", () => {
  const headers = {
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.example",
  };
  const origin = "http://chat.example:8080";
  for (const proxies of [[], trusted("10.0.0.1", "fd00::/8")])
    for (const peer of ["10.0.0.2", "203.0.113.9", "fe00::1"])
      expect(callerOf(asked(headers), peer, proxies)).toEqual({
        address: expect.not.stringMatching(/^192\.0\.2\.1$/),
        origin,
      });
  expect(callerOf(asked(headers), null, trusted("0.0.0.0/0", "::/0"))).toEqual({
    address: "",
    origin,
  });
});

test("[OPS14] of a trusted proxy the right-most address counts that is none itself", () => {
  const cases: [peer: string, forwarded: string, address: string][] = [
    ["10.0.0.1", "192.0.2.1", "192.0.2.1"],
    ["10.0.0.1", "1.1.1.1, 192.0.2.1", "192.0.2.1"],
    ["10.0.0.1", "1.1.1.1, 192.0.2.1, 10.9.9.9", "192.0.2.1"],
    ["10.0.0.1", "1.1.1.1,192.0.2.1,10.9.9.9,10.0.0.2", "192.0.2.1"],
    ["::1", "192.0.2.1", "192.0.2.1"],
    ["::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"],
    ["10.0.0.1", "192.0.2.1:4711", "192.0.2.1"],
    ["10.0.0.1", "[2001:db8:1:2::9]:4711", "20010db800010002"],
    // What is no address was not written by a proxy that knows one: what is right of it counts.
    ["10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"],
    ["10.0.0.1", "192.0.2.1, nonsense, 10.0.0.7", "10.0.0.7"],
    ["10.0.0.1", "", "10.0.0.1"],
    ["10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"],
  ];
  for (const [peer, forwarded, address] of cases)
    expect([peer, forwarded, from(peer, forwarded)]).toEqual([peer, forwarded, address]);
});

test("[OPS14] scheme and host of a trusted proxy are the origin, when they are ones", () => {
  const origin = (headers: Record<string, string>) =>
    callerOf(asked(headers), "10.0.0.1", trusted("10.0.0.1")).origin;
  expect(origin({})).toBe("http://chat.example:8080");
  expect(origin({ "x-forwarded-proto": "https" })).toBe("https://chat.example:8080");
  expect(origin({ "x-forwarded-proto": "HTTPS", "x-forwarded-host": "a.example" })).toBe(
    "https://a.example",
  );
  expect(origin({ "x-forwarded-host": "evil.example, a.example:81" })).toBe("http://a.example:81");
  for (const headers of [
    { "x-forwarded-proto": "ftp" },
    { "x-forwarded-proto": "javascript" },
    { "x-forwarded-host": "a.example/path" },
    { "x-forwarded-host": "user@a.example" },
    { "x-forwarded-host": "a b" },
    { "x-forwarded-host": "?" },
  ])
    expect(origin(headers as Record<string, string>)).toBe("http://chat.example:8080");
});

test("[LIM7] the addresses of one IPv6 customer count together, and those of another apart", () => {
  const key = (text: string) => rateKey(parseAddress(text) ?? []);
  expect(key("2001:db8:1:2::1")).toBe(key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  expect(key("2001:DB8:1:2::1")).toBe(key("2001:0db8:0001:0002:0:0:0:9"));
  expect(key("2001:db8:1:2::1")).not.toBe(key("2001:db8:1:3::1"));
  expect(key("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(key("fe80::1%eth0")).toBe(key("fe80::2"));
  expect(key("192.0.2.1")).not.toBe(key("192.0.2.2"));
});

test("[OPS14] addresses are read as URL reads them, and everything else is none", () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (all) => {
      const long = all.map((group) => group.toString(16)).join(":");
      const short = new URL(`http://[${long}]`).hostname.slice(1, -1);
      const bytes = all.flatMap((group) => [group >> 8, group & 0xff]);
      const mapped = bytes.slice(0, 12).join() === "0,0,0,0,0,0,0,0,0,0,255,255";
      expect(parseAddress(long)).toEqual(mapped ? bytes.slice(12) : bytes);
      expect(parseAddress(short)).toEqual(parseAddress(long));
    }),
  );
  expect(parseAddress("::")).toEqual(Array(16).fill(0));
  expect(parseAddress("1::")).toEqual([0, 1, ...Array<number>(14).fill(0)]);
  expect(parseAddress("64:ff9b::192.0.2.1")?.slice(12)).toEqual([192, 0, 2, 1]);
  const none =
    "1 1.2.3 1.2.3.256 1.2.3.4.5 0x7f.0.0.1 a.b.c.d localhost : ::: 1:2 1::2::3 12345:: g:: " +
    "1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:1.2.3.4 1:2:3:4::5:6:7:8 1.2.3.4:: ::1.2.3.4:5";
  for (const text of ["", " 1.2.3.4", ...none.split(" ")])
    expect([text, parseAddress(text)]).toEqual([text, null]);
});

test("[OPS14] a block holds what shares its first bits", () => {
  const holds = (block: string, address: string) =>
    trusted(block).some((one) => isIn(one, parseAddress(address) ?? []));
  const cases: [string, string, boolean][] = [
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["192.0.2.128/25", "192.0.2.129", true],
    ["192.0.2.128/25", "192.0.2.127", false],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.6", false],
    ["0.0.0.0/0", "203.0.113.1", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::1", "::1", true],
    ["::1", "::2", false],
  ];
  for (const [block, address, held] of cases)
    expect([block, address, holds(block, address)]).toEqual([block, address, held]);
  for (const text of [
    "",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "/8",
    "x/8",
    "1.2.3.4/8/9",
  ])
    expect([text, parseBlock(text)]).toEqual([text, null]);
});
