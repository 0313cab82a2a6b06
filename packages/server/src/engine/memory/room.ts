import {
  BEGINNING,
  type Cursor,
  type Invite,
  type Position,
  type Role,
  type UserId,
} from "@snug/protocol";
import { authorize, type Action } from "../../core/authorize.ts";
import { eventText, sameContent } from "../../core/event-text.ts";
import { locate } from "../../core/locate.ts";
import { orphans } from "../../core/owners.ts";
import type {
  Appended,
  Draft,
  Effect,
  MessagePage,
  NewInvite,
  NewRoom,
  Refused,
  RoomRecord,
  Slice,
  StoredEvent,
  Window,
} from "../../core/ports.ts";

interface Entry extends StoredEvent {
  readonly draft: Draft;
  readonly at: number;
}

/** A room, its log, and who is in it. */
export class MemoryRoom {
  record: NewRoom & { archived: boolean };
  readonly members = new Map<UserId, { role: Role; joinedAt: number }>();
  readonly bans = new Set<UserId>();
  #invites: (NewInvite & { left: number | null })[] = [];
  #base: Position & { at: number } = { ...BEGINNING, at: 0 };
  #log: Entry[] = [];
  /** What was trimmed: who sends it again must find it. */
  #erased: Entry[] = [];

  constructor(room: NewRoom) {
    this.record = { ...room, archived: false };
  }

  show(): RoomRecord {
    const { directKey: _, ...record } = this.record;
    return { ...record, head: this.#head, memberCount: this.members.size };
  }

  /** Whether this user may do this now, to the other one. */
  allows(by: UserId, needs: Action, other?: UserId): boolean {
    const { kind, archived } = this.record;
    const role = this.members.get(by)?.role ?? null;
    const target = (other && this.members.get(other)?.role) ?? null;
    const standing = { kind, archived, role, banned: this.bans.has(by), target };
    return authorize({ admin: false, can: "all" }, needs, standing) === "allowed";
  }

  /** Whether who does it may do it now. */
  grants({ by, needs, effect }: Draft): boolean {
    const other = effect === null || effect.kind === "room" ? undefined : effect.user;
    return needs === null || this.allows(by, needs, other);
  }

  /** Why this may not happen, or that it is so already; `null`: it may. */
  check(effect: Effect, now: number): Refused | { kind: "unchanged" } | null {
    const refused = (why: Refused["why"]): Refused => ({ kind: "refused", why });
    const unchanged = { kind: "unchanged" } as const;
    switch (effect.kind) {
      case "join": {
        const { capacity } = this.record;
        if (this.members.has(effect.user)) return unchanged;
        if (this.bans.has(effect.user)) return refused("banned");
        if (this.record.archived) return refused("archived");
        if (capacity !== null && this.members.size >= capacity) return refused("room_full");
        const spent = effect.invite !== null && this.invite(effect.invite, now) === null;
        return spent ? refused("invite_spent") : null;
      }
      case "leave": {
        return this.members.has(effect.user) ? this.#checkOwners(effect) : unchanged;
      }
      case "role": {
        const member = this.members.get(effect.user);
        if (member === undefined || member.role === effect.role) return unchanged;
        return this.#checkOwners(effect);
      }
      case "room": {
        const changed = { ...this.record, ...effect.change };
        if (JSON.stringify(changed) === JSON.stringify(this.record)) return unchanged;
        const { capacity = null } = effect.change;
        return capacity !== null && capacity < this.members.size ? refused("crowded") : null;
      }
    }
  }

  /** Stores what `check` had nothing against. */
  append(draft: Draft, now: number): Appended {
    const { clientId, by, id, effect } = draft;
    const first = [...this.#erased, ...this.#log].find(
      (entry) => clientId !== null && entry.draft.by === by && entry.draft.clientId === clientId,
    );
    if (first)
      return sameContent(first.json, draft.body)
        ? { kind: "repeated", event: first }
        : { kind: "conflict" };
    const seq = this.#head.seq + 1;
    const at = Math.max(now, (this.#log.at(-1) ?? this.#base).at);
    const event: Entry = { seq, id, at, draft, json: eventText(seq, at, id, draft.body) };
    this.#log.push(event);
    if (effect) this.#apply(effect, at);
    return { kind: "stored", event };
  }

  read(after: Cursor | null, most: { events: number; bytes: number }): Slice {
    const { epoch } = this.record;
    const base = { seq: this.#base.seq, id: this.#base.id };
    const head = this.#head;
    const place = locate(
      { epoch, base, head },
      after,
      (seq) => this.#log.find((entry) => entry.seq === seq)?.id ?? null,
    );
    const events: StoredEvent[] = [];
    let bytes = 0;
    const later = this.#log.filter((entry) => entry.seq > place.from.seq);
    for (const event of later.slice(0, most.events)) {
      bytes += Buffer.byteLength(event.json);
      if (bytes > most.bytes && events.length > 0) break;
      events.push(event);
    }
    return { epoch, ...place, events, head };
  }

  messages(window: Window): MessagePage {
    const all = this.#log.filter((entry) => entry.draft.type === "message.posted");
    const messages = select(all, window);
    const last = messages.at(-1);
    const complete = last === undefined ? window.at !== "before" : last === all.at(-1);
    const { seq, id } = complete ? this.#head : (last ?? this.#base);
    const { seq: head } = this.#head;
    return { epoch: this.record.epoch, messages, unreadable: [], until: { seq, id }, head };
  }

  lastAbout(user: UserId, byOthers: boolean): StoredEvent | null {
    const says = ({ draft: { type, by }, json }: Entry) => {
      const event = parse(json);
      if (event.user?.id !== user || (byOthers && by === user)) return false;
      return type === "member.joined" || (type === "member.changed" && event.role !== undefined);
    };
    return this.#log.findLast(says) ?? null;
  }

  message(seq: number): StoredEvent | null {
    const found = this.#log.find((entry) => entry.seq === seq);
    return found?.draft.type === "message.posted" ? found : null;
  }

  trim(upTo: number, now: number): void {
    const last = this.#log.findLast((entry) => entry.seq <= upTo);
    if (last) this.#base = { seq: last.seq, id: last.id, at: last.at };
    for (const entry of this.#log.filter((entry) => entry.seq <= upTo)) {
      const json = JSON.stringify({ ...parse(entry.json), text: "", deletedAt: now });
      this.#erased.push({ ...entry, json });
    }
    this.#log = this.#log.filter((entry) => entry.seq > upTo);
  }

  /** Takes their name out of the events that tell of them. */
  eraseName(user: UserId): void {
    this.#log = this.#log.map((entry) => {
      const event = parse(entry.json);
      if (event.user?.id !== user) return entry;
      return { ...entry, json: JSON.stringify({ ...event, user: { ...event.user, name: "" } }) };
    });
  }

  addInvite(invite: NewInvite): void {
    this.#invites.push({ ...invite, left: invite.uses });
  }

  invites(now: number): Invite[] {
    return this.#invites
      .filter((invite) => isUsable(invite, now))
      .map(({ id, can, left, expiresAt, createdAt, createdBy }) => ({
        id,
        can,
        uses: left,
        expiresAt,
        createdAt,
        createdBy,
      }));
  }

  invite(hash: string, now: number): NewInvite | null {
    return this.#invites.find((one) => one.hash === hash && isUsable(one, now)) ?? null;
  }

  endInvite(id: string): boolean {
    const index = this.#invites.findIndex((invite) => invite.id === id);
    return index >= 0 && this.#invites.splice(index, 1).length > 0;
  }

  #apply(effect: Effect, at: number): void {
    switch (effect.kind) {
      case "join": {
        this.members.set(effect.user, { role: effect.role, joinedAt: at });
        const used = this.#invites.find((invite) => invite.hash === effect.invite);
        if (used && used.left !== null) used.left--;
        return;
      }
      case "leave":
        this.members.delete(effect.user);
        if (effect.ban) this.bans.add(effect.user);
        this.#invites = this.#invites.filter(({ createdBy }) => createdBy !== effect.user);
        return;
      case "role": {
        const member = this.members.get(effect.user);
        if (member) member.role = effect.role;
        return;
      }
      case "room":
        this.record = { ...this.record, ...effect.change };
    }
  }

  #checkOwners(effect: Extract<Effect, { kind: "leave" | "role" }>): Refused | null {
    const all = [...this.members.values()];
    const owners = all.filter(({ role }) => role === "owner").length;
    const role = this.members.get(effect.user)?.role ?? null;
    const left = orphans(effect, role, { owners, members: all.length });
    return left ? { kind: "refused", why: "last_owner" } : null;
  }

  get #head(): Position {
    const { seq, id } = this.#log.at(-1) ?? this.#base;
    return { seq, id };
  }
}

function isUsable(
  { left, expiresAt }: { left: number | null; expiresAt: number | null },
  now: number,
): boolean {
  return (left === null || left > 0) && (expiresAt === null || expiresAt > now);
}

function parse(json: string) {
  return JSON.parse(json) as { user?: { id: UserId; name: string }; role?: Role };
}

function select(all: readonly Entry[], window: Window): readonly Entry[] {
  const before = (seq: number) => all.filter((entry) => entry.seq < seq);
  const from = (seq: number) => all.filter((entry) => entry.seq >= seq);
  const last = (entries: readonly Entry[], count: number) =>
    count > 0 ? entries.slice(-count) : [];
  switch (window.at) {
    case "end":
      return last(all, window.limit);
    case "before":
      return last(before(window.seq), window.limit);
    case "after":
      return from(window.seq + 1).slice(0, window.limit);
    case "around": {
      const half = Math.floor(window.limit / 2);
      return [...last(before(window.seq), half), ...from(window.seq).slice(0, window.limit - half)];
    }
  }
}
