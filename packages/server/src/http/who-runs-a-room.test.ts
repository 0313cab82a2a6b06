import { expect, test } from "bun:test";
import type { Member } from "@snug/protocol";
import { cheapPasswords, type TestGuest } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start } = testServers();

const rolesIn = async (guest: TestGuest, room: string) => {
  const { members } = (await guest.get(`/v1/rooms/${room}/members`)) as { members: Member[] };
  return Object.fromEntries(members.map(({ user, role }) => [user.name, role]));
};
const give = (guest: TestGuest, room: string, to: TestGuest, role: string) =>
  guest.call("PATCH", `/v1/rooms/${room}/members/${to.user.id}`, { role });
const bring = (guest: TestGuest, room: string, other: TestGuest, role = "member") =>
  guest.call("PUT", `/v1/rooms/${room}/members/${other.user.id}`, { role });

test("[ROOM9] a room keeps an owner, also when two go or demote each other at the same moment", async () => {
  const server = await start();
  for (let round = 0; round < 5; round++) {
    const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
    const room = await ada.room("private");
    await bring(ada, room, bob, "owner");
    const demoted = await Promise.all([
      give(ada, room, bob, "member"),
      give(bob, room, ada, "member"),
    ]);
    expect(Object.values(await rolesIn(ada, room)).toSorted()).toEqual(["member", "owner"]);
    expect(demoted.filter(({ ok }) => ok)).toHaveLength(1);
    const owner = (await rolesIn(ada, room))["Ada"] === "owner" ? ada : bob;
    await give(owner, room, owner === ada ? bob : ada, "owner");
    const left = await Promise.all(
      [ada, bob].map((one) => one.call("DELETE", `/v1/rooms/${room}/members/me`)),
    );
    // The last one in a room may go: nobody is left without somebody to run it.
    const stayed = left.filter(({ ok }) => !ok).length;
    expect(stayed).toBeLessThanOrEqual(1);
  }
});

test("[ROOM9] who leaves in the moment in which they are muted is not there to be muted", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("private");
  await bring(ada, room, bob);
  const { store } = server.engine;
  const append = store.append.bind(store);
  store.append = async (draft) => {
    store.append = append;
    await bob.call("DELETE", `/v1/rooms/${room}/members/me`);
    return append(draft);
  };
  expect(await outcome(await give(ada, room, bob, "reader"))).toBe("404 user_not_found");
});

test("[ROOM9] [ROOM10] whatever is asked at the moment of a change of rights counts by its place in the log", async () => {
  const server = await start();
  const owner = await server.guest("Owner");
  const late: Record<string, number> = {};
  for (let round = 0; round < 10; round++) {
    const [mod, eve, joiner] = [
      await server.guest("Mod"),
      await server.guest("Eve"),
      await server.guest("Joiner"),
    ];
    const room = await owner.room("public", { name: `Round ${round}` });
    await bring(owner, room, mod, "moderator");
    await bring(owner, room, eve);
    const place = async (type: string, about: TestGuest) => {
      const { events } = (await owner.get(`/v1/rooms/${room}/events?limit=200`)) as {
        events: { type: string; user?: { id: string } }[];
      };
      return events.findLastIndex(
        (event) => event.type === type && (event.user?.id ?? about.user.id) === about.user.id,
      );
    };
    // Demoted and banning.
    const [, banned] = await Promise.all([
      give(owner, room, mod, "reader"),
      mod.call("PUT", `/v1/rooms/${room}/bans/${eve.user.id}`),
    ]);
    const isLate = (await place("member.removed", eve)) > (await place("member.changed", mod));
    late["ban"] = (late["ban"] ?? 0) + Number(isLate);
    expect(banned.ok).toBe((await place("member.removed", eve)) >= 0);
    // Sent out and inviting.
    const guest = await server.guest("Guest");
    await bring(owner, room, guest);
    const [, made] = await Promise.all([
      owner.call("DELETE", `/v1/rooms/${room}/members/${guest.user.id}`),
      guest.call("POST", `/v1/rooms/${room}/invites`, {}),
    ]);
    const { invites } = (await owner.get(`/v1/rooms/${room}/invites`)) as { invites: unknown[] };
    expect({ made: made.status, invites }).toEqual({ made: made.status, invites: [] });
    // Archived and joining.
    await Promise.all([
      owner.call("PATCH", `/v1/rooms/${room}`, { archived: true }),
      joiner.call("PUT", `/v1/rooms/${room}/members/me`, {}),
    ]);
    const joined = await place("member.joined", joiner);
    late["join"] = (late["join"] ?? 0) + Number(joined > (await place("room.updated", joiner)));
  }
  expect(late).toEqual({ ban: 0, join: 0 });
});

test("[ROOM8] the only owner hands a room on before they go; alone they may go", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("private");
  await bring(ada, room, bob);
  const leave = () => ada.call("DELETE", `/v1/rooms/${room}/members/me`);
  expect(await outcome(await leave())).toBe("403 forbidden");
  expect(await outcome(await give(ada, room, ada, "member"))).toBe("403 forbidden");
  await give(ada, room, bob, "owner");
  expect((await leave()).status).toBe(204);
  expect((await bob.call("DELETE", `/v1/rooms/${room}/members/me`)).status).toBe(204);
});

test("[ORD7] [ROOM9] after an only owner was erased a moderator runs the room, else who was there longest", async () => {
  const server = await start({ passwords: cheapPasswords });
  const ada = await server.account("ada");
  const [bob, cat] = [await server.guest("Bob"), await server.guest("Cat")];
  const [one, other] = [await ada.room("private"), await ada.room("private")];
  for (const room of [one, other]) {
    await bring(ada, room, bob);
    await bring(ada, room, cat);
  }
  await give(ada, one, cat, "moderator");
  expect((await ada.call("DELETE", "/v1/me")).status).toBe(204);
  expect(await rolesIn(bob, one)).toEqual({ Bob: "member", Cat: "owner" });
  expect(await rolesIn(bob, other)).toEqual({ Bob: "owner", Cat: "member" });
});

test("[ACC5] what is sent at the moment of a removal is stored before it or not at all", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  for (let round = 0; round < 10; round++) {
    const room = await ada.room("private");
    await bring(ada, room, bob);
    await Promise.all([
      ada.call("DELETE", `/v1/rooms/${room}/members/${bob.user.id}`),
      ...Array.from({ length: 5 }, () => bob.post("late?", undefined, room)),
    ]);
    const { events } = (await ada.get(`/v1/rooms/${room}/events`)) as {
      events: { type: string }[];
    };
    expect(events.at(-1)?.type).toBe("member.removed");
  }
});

test("[ROOM8] [ROOM9] joining at the moment of a removal brings nobody back into a private room", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  for (let round = 0; round < 10; round++) {
    const room = await ada.room("private");
    await bring(ada, room, bob);
    const join = () => bob.call("PUT", `/v1/rooms/${room}/members/me`, {});
    await Promise.all([
      ada.call("DELETE", `/v1/rooms/${room}/members/${bob.user.id}`),
      ...Array.from({ length: 5 }, join),
    ]);
    expect(await rolesIn(ada, room)).toEqual({ Ada: "owner" });
  }
});

test("[ROOM9] leaving and joining at one moment, or at that of a mute, undoes no mute", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (let round = 0; round < 10; round++) {
    const [bob, cat] = [await server.guest("Bob"), await server.guest("Cat")];
    const room = await ada.room("public", { name: `Round ${round}` });
    const me = `/v1/rooms/${room}/members/me`;
    const [come, go] = [
      (one: TestGuest) => one.call("PUT", me, {}),
      (one: TestGuest) => one.call("DELETE", me),
    ];
    await bring(ada, room, bob, "reader");
    await bring(ada, room, cat);
    await Promise.all([go(bob), come(bob), give(ada, room, cat, "reader"), go(cat)]);
    await come(bob);
    await come(cat);
    expect((await rolesIn(ada, room))["Bob"]).toBe("reader");
    const { events } = (await ada.get(`/v1/rooms/${room}/events`)) as {
      events: { type: string; role?: string; user?: { id: string } }[];
    };
    const wasMuted = events.some(
      ({ type, user }) => type === "member.changed" && user?.id === cat.user.id,
    );
    expect((await rolesIn(ada, room))["Cat"]).toBe(wasMuted ? "reader" : "member");
  }
});

test("[ROOM9] a moderator who is banned lifts no ban at that moment, not their own either", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (let round = 0; round < 10; round++) {
    const mod = await server.guest("Mod");
    const room = await ada.room("private");
    await bring(ada, room, mod, "moderator");
    const path = `/v1/rooms/${room}/bans/${mod.user.id}`;
    await Promise.all([
      ada.call("PUT", path),
      ...Array.from({ length: 5 }, () => mod.call("DELETE", path)),
    ]);
    const { users } = (await ada.get(`/v1/rooms/${room}/bans`)) as { users: { id: string }[] };
    expect(users.map(({ id }) => id)).toEqual([mod.user.id]);
  }
});

test("[ROOM10] whoever is out of a room lets nobody in any more", async () => {
  const server = await start();
  const [ada, bob, cat] = await Promise.all(["Ada", "Bob", "Cat"].map(server.guest));
  if (!ada || !bob || !cat) throw new Error("somebody is missing");
  const room = await ada.room("private");
  await bring(ada, room, bob);
  const made = await bob.call("POST", `/v1/rooms/${room}/invites`, {});
  const { invite } = (await made.json()) as { invite: string };
  await ada.call("DELETE", `/v1/rooms/${room}/members/${bob.user.id}`);
  const join = await cat.call("PUT", `/v1/rooms/${room}/members/me`, { invite });
  expect(await outcome(join)).toBe("404 room_not_found");
});

test("[OPS9] the first administrator owns the room general, which stays open to all", async () => {
  const server = await start({ adminClaim: null, passwords: cheapPasswords });
  const guest = await server.guest("Guest");
  const ada = await server.account("ada");
  const later = await server.account("later");
  expect(await rolesIn(guest, "general")).toEqual({
    Guest: "member",
    ada: "owner",
    later: "member",
  });
  const change = (body: object) => ada.call("PATCH", "/v1/rooms/general", body);
  expect((await change({ topic: "The whole house" })).status).toBe(200);
  expect(await outcome(await change({ archived: true }))).toBe("403 forbidden");
  expect(await outcome(await change({ capacity: 10 }))).toBe("403 forbidden");
  expect(await outcome(await later.call("PATCH", "/v1/rooms/general", { topic: "mine" }))).toBe(
    "403 forbidden",
  );
});

test("[ROOM9] who was muted is so after leaving and coming back, until somebody lifts it", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("public", { name: "Garden" });
  const me = `/v1/rooms/${room}/members/me`;
  const come = () => bob.call("PUT", me, {});
  await come();
  expect((await give(ada, room, bob, "reader")).status).toBe(204);
  for (let time = 0; time < 2; time++) {
    expect((await bob.call("DELETE", me)).status).toBe(204);
    expect((await come()).status).toBe(200);
    expect(await rolesIn(ada, room)).toEqual({ Ada: "owner", Bob: "reader" });
    expect(await outcome(await bob.post("heard?", undefined, room))).toBe("403 forbidden");
  }
  const made = await ada.call("POST", `/v1/rooms/${room}/invites`, {});
  const { invite } = (await made.json()) as { invite: string };
  await bob.call("DELETE", me);
  await bob.call("PUT", me, { invite });
  expect((await rolesIn(ada, room))["Bob"]).toBe("reader");
  expect((await give(ada, room, bob, "member")).status).toBe(204);
  await bob.call("DELETE", me);
  await come();
  expect((await bob.post("heard", undefined, room)).status).toBe(201);
});

test("[ROOM9] no way back undoes a mute: an account made of the guest, being brought in, being sent out", async () => {
  const server = await start({ passwords: cheapPasswords });
  const ada = await server.guest("Ada");
  const room = await ada.room("public", { name: "Garden" });
  const place = `/v1/rooms/${room}/members`;
  const muted = async (name: string) => {
    const guest = await server.guest(name);
    await bring(ada, room, guest);
    expect((await give(ada, room, guest, "reader")).status).toBe(204);
    return guest;
  };
  const [bob, cat, dan] = [await muted("Bob"), await muted("Cat"), await muted("Dan")];
  for (const one of [bob, cat]) await one.call("DELETE", `${place}/me`);
  await ada.call("DELETE", `${place}/${dan.user.id}`);

  const made = await ada.call("POST", `/v1/rooms/${room}/invites`, {});
  const { invite } = (await made.json()) as { invite: string };
  const headers = { authorization: bob.authorization, "content-type": "application/json" };
  const body = JSON.stringify({ username: "bob", password: "long enough", invite });
  expect((await server.fetch("/v1/accounts", { method: "POST", headers, body })).status).toBe(201);

  const eve = await server.guest("Eve");
  await bring(ada, room, eve);
  expect((await bring(eve, room, cat)).status).toBe(204);
  expect((await dan.call("PUT", `${place}/me`, {})).status).toBe(200);
  expect(await rolesIn(ada, room)).toEqual({
    Ada: "owner",
    Bob: "reader",
    Cat: "reader",
    Dan: "reader",
    Eve: "member",
  });

  // Whoever could lift it brings them back as what they choose.
  await cat.call("DELETE", `${place}/me`);
  await give(ada, room, eve, "moderator");
  expect((await bring(eve, room, cat)).status).toBe(204);
  expect((await rolesIn(ada, room))["Cat"]).toBe("member");
});

test("[ROOM9] clearing the history lifts no mute of somebody who is out", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("public", { name: "Garden" });
  await bring(ada, room, bob);
  expect((await give(ada, room, bob, "reader")).status).toBe(204);
  await bob.call("DELETE", `/v1/rooms/${room}/members/me`);
  expect((await ada.call("DELETE", `/v1/rooms/${room}/messages`)).ok).toBe(true);
  await bob.call("PUT", `/v1/rooms/${room}/members/me`, {});
  expect(await rolesIn(ada, room)).toEqual({ Ada: "owner", Bob: "reader" });
  expect(await outcome(await bob.post("heard?", undefined, room))).toBe("403 forbidden");
});

test("[ROOM9] a mute at the moment of leaving is not undone by coming back", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("public", { name: "Garden" });
  const me = `/v1/rooms/${room}/members/me`;
  for (let round = 0; round < 10; round++) {
    await bring(ada, room, bob);
    const [muted] = await Promise.all([give(ada, room, bob, "reader"), bob.call("DELETE", me)]);
    await bob.call("PUT", me, {});
    // Who was gone already cannot be muted any more.
    expect((await rolesIn(ada, room))["Bob"]).toBe(muted.ok ? "reader" : "member");
    if (muted.ok) await give(ada, room, bob, "member");
    await bob.call("DELETE", me);
  }
});
