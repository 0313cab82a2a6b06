import { expect, test } from "bun:test";
import { outcome, testServers } from "./testing.ts";
import type { TestServer } from "../testing.ts";

const { start } = testServers();
const HOME = "https://chat.example.org";
const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "chat.example.org" };

const become = (server: TestServer, headers: Record<string, string>) =>
  server.fetch("/v1/guests", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ name: "Ada" }),
  });
const isSecure = (response: Response) => /; Secure/.test(response.headers.get("set-cookie") ?? "");

test("[OPS14] behind a trusted proxy our own origin is the one that the proxy was asked for", async () => {
  const server = await start({ proxies: ["127.0.0.0/8"] });
  const guest = await become(server, { ...forwarded, origin: HOME });
  expect([guest.status, isSecure(guest)]).toEqual([201, true]);
  expect(await outcome(await become(server, { ...forwarded, origin: server.url }))).toBe(
    "403 forbidden",
  );
  const { token } = (await guest.json()) as { token: string };
  const cookie = `snug_session=${token}`;
  const leave = (origin: string) =>
    server.fetch("/v1/rooms/general/members/me", {
      method: "DELETE",
      headers: { ...forwarded, cookie, origin },
    });
  expect(await outcome(await leave("https://evil.example"))).toBe("403 forbidden");
  expect((await leave(HOME)).status).toBe(204);

  const ada = server.with({ id: "", name: "" }, token);
  const room = await ada.room("private");
  const invite = await server.fetch(`/v1/rooms/${room}/invites`, {
    method: "POST",
    headers: { ...forwarded, cookie, origin: HOME, "content-type": "application/json" },
    body: "{}",
  });
  expect(((await invite.json()) as { url: string }).url).toStartWith(`${HOME}/r/${room}#invite=`);
});

test("[OPS14] from anybody else forwarded headers change nothing", async () => {
  for (const proxies of [[], ["192.0.2.1", "10.0.0.0/8", "::1"]]) {
    const server = await start({ proxies });
    expect(await outcome(await become(server, { ...forwarded, origin: HOME }))).toBe(
      "403 forbidden",
    );
    const own = await become(server, { ...forwarded, origin: server.url });
    expect([own.status, isSecure(own)]).toEqual([201, false]);
  }
});

test("[OPS14] --origin goes before what a proxy says", async () => {
  const server = await start({ proxies: ["127.0.0.1"], origin: "https://own.example" });
  expect(await outcome(await become(server, { ...forwarded, origin: HOME }))).toBe("403 forbidden");
  const own = await become(server, {
    "x-forwarded-proto": "http",
    origin: "https://own.example",
  });
  expect([own.status, isSecure(own)]).toEqual([201, true]);
});
