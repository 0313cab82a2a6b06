import type { Role } from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import { orphans } from "../../core/owners.ts";
import type {
  Effect,
  LastRole,
  MessageEffect,
  NewInvite,
  Refused,
  RoomChange,
} from "../../core/ports.ts";
import { calledEntries, within } from "./entries.ts";
import { house, userKeys } from "./keys.ts";
import { eventAt, parse } from "./messages.ts";
import { othersAbout, type Membership, type RoomStep } from "./room.ts";

type PlaceEffect = Exclude<Effect, MessageEffect>;
type Verdict = Refused | { kind: "unchanged" } | null;

/** An invite as it is kept; `left`: how often it may be used still. */
export type KeptInvite = NewInvite & { readonly left: number | null };

const refused = (why: Refused["why"]): Refused => ({ kind: "refused", why });
const unchanged = { kind: "unchanged" } as const;

/** Why the effect may not happen, or that it is there already; `null`: it may. */
export async function checkPlace(
  room: RoomStep,
  effect: PlaceEffect,
  now: number,
): Promise<Verdict> {
  switch (effect.kind) {
    case "join": {
      const [erased] = await room.step.watch(userKeys(effect.user).user, "erased");
      if (erased) return refused("user_gone");
      const { role, banned } = await room.standing(effect.user);
      if (role !== null) return unchanged;
      if (banned) return refused("banned");
      const { archived, capacity } = room.kept;
      if (archived) return refused("archived");
      if (capacity !== null && room.memberCount >= capacity) return refused("room_full");
      const spent =
        effect.invite !== null && (await usableInvite(room, effect.invite, now)) === null;
      return spent ? refused("invite_spent") : null;
    }
    case "leave": {
      const { role } = await room.standing(effect.user);
      return role === null ? unchanged : checkOwners(room, effect, role);
    }
    case "role": {
      const { role } = await room.standing(effect.user);
      return role === null || role === effect.role ? unchanged : checkOwners(room, effect, role);
    }
    case "room":
      return checkChange(room, effect.change);
  }
}

/** What `checkPlace` had nothing against. */
export async function applyPlace(
  room: RoomStep,
  effect: PlaceEffect,
  { seq, at, by }: { seq: number; at: number; by: string },
): Promise<void> {
  const { step, keys } = room;
  room.changes("v");
  if (effect.kind === "join" || effect.kind === "role") {
    step.set(keys.about, effect.user, effect.role);
    if (by !== effect.user) step.set(keys.about, othersAbout(effect.user), effect.role);
  }
  switch (effect.kind) {
    case "join": {
      const { user, role, invite } = effect;
      setMember(room, user, { role, joinedAt: at, joined: seq });
      step.set(keys.member(user), "read", seq);
      step.write("SADD", userKeys(user).rooms, room.id);
      room.memberCount++;
      if (role === "owner") room.owners++;
      if (invite !== null) await useUp(room, invite);
      return;
    }
    case "leave": {
      const { user, ban } = effect;
      if ((await room.member(user))?.role === "owner") room.owners--;
      step.set(keys.members, user, null);
      step.write("SREM", userKeys(user).rooms, room.id);
      step.drop([keys.member(user), keys.own(user)]);
      for (const entries of calledEntries(user))
        step.write("ZREMRANGEBYLEX", keys.entries, ...within(entries));
      room.memberCount--;
      if (ban) addBan(room, user, at);
      // Who is out lets nobody in any more.
      for (const one of await invitesOf(room)) if (one.createdBy === user) endInvite(room, one);
      return;
    }
    case "role": {
      const member = await room.member(effect.user);
      if (member === null) return;
      if (member.role === "owner") room.owners--;
      if (effect.role === "owner") room.owners++;
      setMember(room, effect.user, { ...member, role: effect.role });
      return;
    }
    case "room": {
      const before = room.kept;
      room.kept = { ...before, ...effect.change };
      if (!isRename(room.kept.kind, before.name, effect.change)) return;
      if ((await step.watch(house.names, nameKey(before.name)))[0] === room.id)
        step.set(house.names, nameKey(before.name), null);
      step.set(house.names, nameKey(effect.change.name), room.id);
    }
  }
}

export async function lastRole(room: RoomStep, user: string): Promise<LastRole | null> {
  room.watchHead();
  const kept = await room.step.get(room.keys.about, user, othersAbout(user));
  return toLastRole(kept, (seq) => eventAt(room, seq));
}

/** What is kept are roles; in older houses the numbers of the events that told them, if the log still holds those. */
export async function toLastRole(
  kept: readonly (string | null)[],
  jsonAt: (seq: number) => Promise<string | null>,
): Promise<LastRole | null> {
  const roleIn = async (one: string | null | undefined): Promise<Role | null> => {
    if (!one || !/^\d+$/.test(one)) return (one ?? null) as Role | null;
    const json = await jsonAt(Number(one));
    return json === null ? null : (parse<{ role?: Role }>(json)?.role ?? "member");
  };
  const [role = null, byOthers = null] = await Promise.all(kept.map(roleIn));
  return role && { role, byOthers };
}

export function addBan(room: RoomStep, user: string, at: number): void {
  room.changes("v");
  room.step.write("HSETNX", room.keys.bans, user, String(at));
}

/** All that the room has, spent or not; guarded by its version. */
export async function invitesOf(room: RoomStep): Promise<KeptInvite[]> {
  const all = await room.step.list("HVALS", room.keys.invites);
  return all.map((json) => JSON.parse(json) as KeptInvite);
}

export function endInvite(room: RoomStep, { hash }: KeptInvite): void {
  room.changes("v");
  room.step.set(room.keys.invites, hash, null);
  room.step.write("HDEL", house.invites, hash);
}

export function isUsable({ left, expiresAt }: KeptInvite, now: number): boolean {
  return (left === null || left > 0) && (expiresAt === null || expiresAt > now);
}

async function usableInvite(room: RoomStep, hash: string, now: number): Promise<KeptInvite | null> {
  const [json] = await room.step.get(room.keys.invites, hash);
  const invite = json ? (JSON.parse(json) as KeptInvite) : null;
  return invite && isUsable(invite, now) ? invite : null;
}

async function useUp(room: RoomStep, hash: string): Promise<void> {
  const [json] = await room.step.get(room.keys.invites, hash);
  if (!json) return;
  const invite = JSON.parse(json) as KeptInvite;
  if (invite.left === null) return;
  room.step.set(room.keys.invites, hash, JSON.stringify({ ...invite, left: invite.left - 1 }));
}

function setMember({ step, keys }: RoomStep, user: string, member: Membership): void {
  step.set(keys.members, user, JSON.stringify(member));
}

function checkOwners(
  { owners, memberCount: members }: RoomStep,
  effect: Extract<Effect, { kind: "leave" | "role" }>,
  role: Role,
): Refused | null {
  return orphans(effect, role, { owners, members }) ? refused("last_owner") : null;
}

async function checkChange(room: RoomStep, change: RoomChange): Promise<Verdict> {
  const { kept, memberCount, step } = room;
  const names = Object.keys(change) as (keyof RoomChange)[];
  if (names.every((name) => change[name] === kept[name])) return unchanged;
  const { capacity = null } = change;
  if (capacity !== null && capacity < memberCount) return refused("crowded");
  if (!isRename(kept.kind, kept.name, change)) return null;
  const [holder] = await step.watch(house.names, nameKey(change.name));
  return holder !== null && holder !== room.id ? refused("name_taken") : null;
}

function isRename(
  kind: string,
  name: string,
  change: RoomChange,
): change is RoomChange & { readonly name: string } {
  return kind === "public" && change.name !== undefined && change.name !== name;
}
