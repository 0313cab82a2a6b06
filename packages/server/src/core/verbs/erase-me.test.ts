import { expect, test } from "bun:test";
import type { RoomId, UserId } from "@snug/protocol";
import { openMemory } from "../../engine/memory/engine.ts";
import { newRoom, newSession, newUser } from "../../fixtures.ts";
import { randomIds as ids } from "../../ids.ts";
import { ManualClock } from "../../manual-clock.ts";
import { joinDraft } from "../draft.ts";
import { eraseEverywhere } from "./erase-me.ts";

const user = "ann" as UserId;

test("[ORD7] who comes into a room while they are erased is out of it too, and nameless", async () => {
  const { store } = openMemory({ clock: new ManualClock() });
  for (const id of ["a", "b"]) await store.addRoom(newRoom(id));
  const join = (room: string) => joinDraft(ids, room as RoomId, { id: user, name: "Ann" });
  await store.addUser(newUser(user, { name: "Ann" }), newSession("s"), [join("a")]);
  // The look at their rooms is over when another join is stored.
  const slow = {
    eraseUser: async (...given: Parameters<typeof store.eraseUser>) => {
      await store.append(join("b"));
      return store.eraseUser(...given);
    },
    roomsFor: store.roomsFor.bind(store),
    members: store.members.bind(store),
    append: store.append.bind(store),
  };
  await eraseEverywhere({ store: slow, ids }, user);
  for (const room of ["a", "b"] as RoomId[]) {
    expect(await store.members(room)).toEqual([]);
    const { events } = await store.read(room, null, { events: 10, bytes: 1e6 });
    expect(events.map(({ json }) => (JSON.parse(json) as { type: string }).type)).toEqual([
      "member.joined",
      "member.left",
    ]);
    expect(JSON.stringify(events.map(({ json }) => json))).not.toContain("Ann");
  }
});
