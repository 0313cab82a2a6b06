import { connect } from "node:net";
import type { Finding } from "../finding.ts";
import { Target } from "../fuzz/target.ts";
import { comeIn } from "./person.ts";

const HOST_SECRET = "host-secret-0123456789abcdef-0123456789";
const PASSWORD = "a password nobody may read";

/** Everything that must stay unsaid goes through every door, right and wrong; then what was said is searched. */
export async function logs(): Promise<{ finding: Finding; troubles: readonly string[] }> {
  const target = await Target.start("--rate-limits", "off", "--host-secret", HOST_SECRET);
  try {
    const secrets = new Map([
      ["the host's secret", HOST_SECRET],
      ["a password", PASSWORD],
    ]);
    const { url } = target;
    const ada = await comeIn(url, "/v1/accounts", { username: "ada-of-logs", password: PASSWORD });
    const bob = await comeIn(url, "/v1/guests", { name: "bob-of-logs" });
    secrets.set("a session's token", ada.token).set("a guest's token", bob.token);
    const made = async (path: string, body: object, key: string) =>
      ((await (await ada.call("POST", path, body)).json()) as Record<string, string>)[key] ?? "";
    secrets.set("a personal token", await made("/v1/tokens", {}, "token"));
    const ofRoom = await made("/v1/tokens", { room: "general" }, "token");
    secrets.set("a room's token", ofRoom);
    secrets.set("an invite", await made("/v1/rooms/general/invites", {}, "invite"));
    secrets.set("a topic", "topic-that-is-not-for-logs");
    secrets.set("a text", "text-that-is-not-for-logs");
    secrets.set("a name", "name-that-is-not-for-logs");
    const texts = ["a topic", "a text", "a name"].map((what) => secrets.get(what) ?? "");
    const [topic = "", text = "", name = ""] = texts;

    const calls: Promise<unknown>[] = [];
    const call = (...args: Parameters<typeof ada.call>) => calls.push(ada.call(...args));
    const send = (clientId: string) =>
      ada.call("POST", "/v1/rooms/general/messages", { clientId, text });
    call("POST", "/v1/rooms", { kind: "private", name, topic });
    call("PATCH", "/v1/me", { name, currentPassword: PASSWORD, password: "x" });
    call("POST", "/v1/sessions", { username: "ada-of-logs", password: `${PASSWORD}!` });
    for (const secret of secrets.values()) {
      const word = encodeURIComponent(secret);
      // Where a browser, or somebody in a hurry, puts what belongs elsewhere.
      call("GET", `/v1/me?token=${word}`);
      call("GET", `/v1/rooms/${word}/events?token=${word}&after=${word}`);
      call("GET", `/${word}`);
      call("GET", `/v1/search?q=${word}&room=${word}&next=${word}`);
      call("POST", `/v1/rooms/general/files?name=${word}`, word);
      call("GET", `/v1/files/${word}?sign=${word}&until=${word}`);
      call("POST", "/v1/guests", { name: secret, invite: secret, [secret]: secret });
      call("POST", "/v1/accounts", { username: secret, password: secret, claim: secret });
      call("DELETE", `/v1/tokens/${word}`);
      call("GET", "/v1/me", undefined, { cookie: `snug_session=${word}`, "user-agent": secret });
      for (const bytes of [
        `GET /v1/me?${word} HTTP/1.1\r\nHost: ${secret}\r\nAuthorization: ${secret}\r\n\r\n`,
        `POST /v1/rooms HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"name":"${secret}`,
        `${secret}\r\n\r\n`,
      ])
        calls.push(throwAt(target, bytes));
      calls.push(sayOnSocket(target, [{ type: "hello", token: `${secret}x` }]));
    }
    calls.push(
      sayOnSocket(target, [
        { type: "hello", token: ada.token },
        { type: "open-room", ref: 1, room: text, after: text },
        { type: "post-message", ref: 2, room: "general", clientId: "c", text },
        { text },
      ]),
    );
    await Promise.all(calls);
    // And where it fails: what cannot be stored is told as a fault.
    fileSizes(target.pid, "4096");
    const failing = await Promise.all(["one", "two", "three"].map(send));
    fileSizes(target.pid, "unlimited");

    const metrics = await (await target.fetch("/metrics")).text();
    const { words, errors } = await target.stop();
    const troubles: string[] = [];
    for (const [what, secret] of secrets)
      for (const [where, said] of Object.entries({ stdout: words, stderr: errors, metrics }))
        if (said.includes(secret)) troubles.push(`${what} was said on ${where}`);
    for (const id of [ada.id, bob.id, "bob-of-logs"])
      if (metrics.includes(id)) troubles.push(`/metrics names ${id}`);
    const lines = errors.split("\n").filter(Boolean);
    if (lines.length === 0 || failing.some(({ ok }) => ok))
      troubles.push("no fault was logged, so nothing is proved");
    return {
      finding: {
        part: "access",
        fault:
          "secrets and texts through every door, right, wrong and where the disk takes nothing",
        done: calls.length + failing.length,
        bit: lines.length,
        result: troubles.length === 0 ? "kept" : "broken",
        note: [
          `${lines.length} lines logged, none with any of ${secrets.size} secrets`,
          ...troubles,
        ].join("; "),
      },
      troubles,
    };
  } finally {
    await target.stop();
  }
}

/** How long a file that the process writes may be. */
function fileSizes(pid: number, most: string): void {
  const { success, stderr } = Bun.spawnSync(["prlimit", `--pid=${pid}`, `--fsize=${most}:`]);
  if (!success) throw new Error(`prlimit: ${stderr.toString()}`);
}

function throwAt(target: Target, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(target.port, "127.0.0.1");
    socket.on("data", () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.write(bytes);
    setTimeout(() => socket.destroy(), 300);
  });
}

/** Says all this at once, and waits until the server closes or has answered the last. */
function sayOnSocket(target: Target, frames: readonly object[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${target.url.replace("http", "ws")}/v1/socket`);
    socket.addEventListener("open", () => {
      for (const frame of frames) socket.send(JSON.stringify(frame));
    });
    socket.addEventListener("close", () => resolve());
  });
}
