import { expect, test } from "bun:test";
import { conform } from "./conformance.ts";
import { rfc6455 } from "./part.ts";

test("[AVL2] [LIM3] [WS5] every frame and handshake is dealt with as RFC 6455 has it, known deviations apart", async () => {
  const { findings, troubles } = await rfc6455();
  expect(troubles).toEqual([]);
  expect(findings.map(({ done, result }) => [done > 0, result])).toEqual([
    [true, "kept"],
    // Not passed: Bun takes them. See the table for which they are.
    [true, "broken"],
  ]);
});

test("a server that does otherwise is found out", async () => {
  const other = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) =>
      server.upgrade(request) ? undefined : new Response("", { status: 400 }),
    websocket: {
      maxPayloadLength: 65_535,
      perMessageDeflate: true,
      message(ws, frame) {
        const ref = /"ref":"(.*?)"/.exec(String(frame))?.[1];
        if (ref === undefined) ws.close(4400);
        else ws.send(JSON.stringify({ type: "reply", ref }));
      },
    },
  });
  const { wrong } = await conform({ port: other.port ?? 0 });
  await other.stop(true);
  const found = (name: string) => wrong.some((line) => line.startsWith(name));
  expect(found("an offer of compression")).toBe(true);
  expect(found("a subprotocol")).toBe(true);
  expect(found("1 text of 65536 bytes")).toBe(true);
  expect(found("2 ping of 2 bytes")).toBe(false);
});
