import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLog, World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const nodeVersion = Bun.spawnSync(["node", "--version"]).stdout.toString();

/** What an app's script would be. It ends by itself, or not at all: nothing in it exits. */
const script = `
import { createChat } from "./client.mjs";
const chat = createChat({ url: process.argv[2] });
const room = chat.room("general");
let stopListening;
const seen = new Promise((resolve) => {
  stopListening = room.on("message.posted", (event) => {
    if (event.by === chat.connection.get().user?.id) resolve(event);
  });
});
const live = new Promise((resolve) => {
  const undo = room.state.subscribe(() => {
    if (room.state.get().status !== "live") return;
    undo();
    resolve();
  });
});
const guest = await chat.becomeGuest("Script");
if (!guest.ok) throw new Error(guest.error.detail);
await live;
const { transport } = chat.connection.get();
const posting = room.post("from a script");
const sent = await posting.value.sent;
const event = await seen;
console.log(JSON.stringify({ transport, ok: sent.ok, text: event.text }));
if (process.argv[3] === "close") chat.close();
else stopListening();
`;

test("[SDK4] [SDK5] a script under Node.js or Bun comes in, posts, hears it, and ends by itself", async () => {
  const server = await world.server();
  const folder = mkdtempSync(join(tmpdir(), "snug-script-"));
  world.after(() => rmSync(folder, { recursive: true, force: true }));
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, "index.ts")],
    target: "node",
    outdir: folder,
    naming: "client.mjs",
  });
  expect(built.success).toBe(true);
  const file = join(folder, "script.mjs");
  writeFileSync(file, script);
  const play = async (runtime: string, end: "close" | "undo") => {
    const child = Bun.spawn([runtime, file, server.url, end], { stdout: "pipe", stderr: "pipe" });
    const timer = setTimeout(() => child.kill(), 10_000);
    const [exit, output, errors] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    clearTimeout(timer);
    return `${exit} ${errors}${output}`;
  };
  // Node.js 20 has no WebSocket.
  const withoutSocket = /^v2[01]\./.test(nodeVersion);
  const said = (transport: string) =>
    `0 ${JSON.stringify({ transport, ok: true, text: "from a script" })}\n`;
  const outputs = await Promise.all([
    play("node", "close"),
    play("node", "undo"),
    play(process.execPath, "close"),
    play(process.execPath, "undo"),
  ]);
  const [inNode, inBun] = [said(withoutSocket ? "sse" : "websocket"), said("websocket")];
  expect(outputs).toEqual([inNode, inNode, inBun, inBun]);
  const { token } = await server.guest("Reader");
  const posted = (await readLog(server.url, token)).filter(({ type }) => type === "message.posted");
  expect(posted).toHaveLength(4);
});
