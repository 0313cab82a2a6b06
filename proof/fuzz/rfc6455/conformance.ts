import { connect } from "node:net";

import { type Case, table } from "./cases.ts";
import { ACCEPT, type Handshake, handshakes } from "./handshakes.ts";
import { RawSocket } from "./raw-socket.ts";

const AT_ONCE = 8;

export interface Conformance {
  readonly cases: number;
  /** Those known not to be as RFC 6455 has them: the name, and why. */
  readonly deviations: readonly { readonly name: string; readonly why: string }[];
  /** All else that was not as expected, known deviations that are none any more among them. */
  readonly wrong: readonly string[];
}

/** Plays every case against the server. */
export async function conform(target: { readonly port: number }): Promise<Conformance> {
  const deviations: { name: string; why: string }[] = [];
  const wrong: string[] = [];
  const judge = (
    { name, deviates }: Case | Handshake,
    seen: string,
    expected: string,
    known: string,
  ) => {
    if (deviates && seen === known) deviations.push({ name, why: deviates.why });
    else if (deviates || seen !== expected)
      wrong.push(`${name}: expected "${brief(expected)}", saw "${brief(seen)}"`);
  };
  for (const each of handshakes) {
    const known = each.expected === "up" ? "refused" : "up";
    judge(each, await shake(target.port, each.request), each.expected, known);
  }
  const left = [...table];
  const work = async () => {
    for (let each = left.shift(); each; each = left.shift()) {
      const socket = await RawSocket.open(target.port);
      await socket.send(each.send);
      await socket.over;
      judge(each, line(socket.transcript), line(each.expected), line(each.deviates?.sees ?? []));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { cases: handshakes.length + table.length, deviations, wrong };
}

const line = (transcript: readonly string[]) => transcript.join(", ");
const brief = (text: string) => (text.length > 300 ? `… ${text.slice(-300)}` : text);

/** `up`, `refused`, or what is wrong with the answer. */
function shake(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let head = "";
    socket.on("data", (chunk) => {
      head += chunk.toString("latin1");
      if (head.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(meaning(head)));
    socket.write(request);
  });
}

function meaning(head: string): string {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
  if (status !== "101") return status === undefined ? "no answer" : "refused";
  const lines = head.toLowerCase().split("\r\n");
  if (!head.includes(`Sec-WebSocket-Accept: ${ACCEPT}\r\n`)) return "up, with a wrong accept";
  const extra = lines.find((one) => /^sec-websocket-(extensions|protocol):/.test(one));
  return extra === undefined ? "up" : `up, with ${extra}`;
}
