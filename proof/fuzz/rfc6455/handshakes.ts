/** A request for a WebSocket, and what the answer must be like. */
export interface Handshake {
  readonly name: string;
  readonly request: string;
  /** `up`: 101 with the right `Sec-WebSocket-Accept`, without extension or subprotocol; else a refusal. */
  readonly expected: "up" | "refused";
  readonly deviates?: { readonly why: string };
}

/** The example of RFC 6455, section 1.3. */
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const good = {
  host: "Host: snug.test",
  upgrade: "Upgrade: websocket",
  connection: "Connection: Upgrade",
  version: "Sec-WebSocket-Version: 13",
  key: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
};

function request(
  changed: Partial<typeof good> = {},
  line = "GET /v1/socket HTTP/1.1",
  more: readonly string[] = [],
): string {
  const lines = Object.values({ ...good, ...changed }).filter((one) => one !== "");
  return `${[line, ...lines, ...more].join("\r\n")}\r\n\r\n`;
}

const up = (name: string, text: string): Handshake => ({ name, request: text, expected: "up" });
const refused = (name: string, text: string): Handshake => ({
  name,
  request: text,
  expected: "refused",
});

export const handshakes: readonly Handshake[] = [
  up("as it should be", request()),
  up("Upgrade in capitals", request({ upgrade: "Upgrade: WebSocket" })),
  up(
    "header names in lower case",
    request({ key: good.key.replace("Sec-WebSocket-Key", "sec-websocket-key") }),
  ),
  up("Connection with more in it", request({ connection: "Connection: keep-alive, Upgrade" })),
  up(
    "an offer of compression",
    request({}, undefined, [
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    ]),
  ),
  up(
    "an offer of an unknown extension",
    request({}, undefined, ["Sec-WebSocket-Extensions: x-unknown; a=b"]),
  ),
  up("a subprotocol", request({}, undefined, ["Sec-WebSocket-Protocol: chat, superchat"])),
  up("a query", request({}, "GET /v1/socket?token=x HTTP/1.1")),
  refused("no key", request({ key: "" })),
  refused("an empty key", request({ key: "Sec-WebSocket-Key:" })),
  refused("a key of 15 bytes", request({ key: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j" })),
  refused("a key of 17 bytes", request({ key: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTE=" })),
  refused(
    "a key that is no Base64",
    request({ key: "Sec-WebSocket-Key: ????????????????????????" }),
  ),
  refused("no version", request({ version: "" })),
  ...["0", "8", "12", "14", "99", "x"].map((version) =>
    refused(`version ${version}`, request({ version: `Sec-WebSocket-Version: ${version}` })),
  ),
  refused("no Upgrade", request({ upgrade: "" })),
  refused("an upgrade to something else", request({ upgrade: "Upgrade: h2c" })),
  refused("no Connection", request({ connection: "" })),
  refused("Connection without Upgrade", request({ connection: "Connection: keep-alive" })),
  ...["POST", "PUT", "DELETE", "HEAD", "OPTIONS"].map((method) =>
    refused(method, request({}, `${method} /v1/socket HTTP/1.1`)),
  ),
  {
    ...refused("HTTP/1.0", request({}, "GET /v1/socket HTTP/1.0")),
    deviates: { why: "Bun does not tell HTTP/1.0 from HTTP/1.1, and upgrades" },
  },
  refused("another path", request({}, "GET /v1/sockets HTTP/1.1")),
  refused("no Host", request({ host: "" })),
];
