import {
  BEGINNING,
  type Cursor,
  type Event,
  type Invite,
  type Level,
  type Position,
  type UserId,
} from "@snug/protocol";
import { authorize, type Action } from "../../core/authorize.ts";
import { clearedText, eventText, sameContent } from "../../core/event-text.ts";
import { locate } from "../../core/locate.ts";
import { checkChange, fileNotFound, notFound } from "../../core/message-change.ts";
import { needsOf } from "../../core/needs.ts";
import { orphans } from "../../core/owners.ts";
import type {
  Appended,
  Criteria,
  Draft,
  Effect,
  LastRole,
  MessagePage,
  NewInvite,
  NewRoom,
  Reading,
  ReadMark,
  Refused,
  RoomRecord,
  Slice,
  StoredEvent,
  Thread,
  Window,
} from "../../core/ports.ts";
import { moveRead, toldPlace, type Marked } from "../../core/read-place.ts";
import { redacted } from "../../core/redaction.ts";
import { matches } from "../../core/search/match.ts";
import type { MemoryFiles } from "./files.ts";
import { messagesOf, type Now, type Told } from "./messages.ts";
import { followedFrom, recount, type Membership } from "./recount.ts";

interface Entry extends Told {
  readonly draft: Draft;
  readonly at: number;
  /** Its place among the events of all rooms. */
  readonly order: number;
}

/** A room, its log, and who is in it. */
export class MemoryRoom {
  record: NewRoom & { archived: boolean };
  readonly members = new Map<UserId, Membership>();
  readonly bans = new Set<UserId>();
  readonly lastRoles = new Map<UserId, LastRole>();
  #invites: (NewInvite & { left: number | null })[] = [];
  #base: Position & { at: number } = { ...BEGINNING, at: 0 };
  #log: Entry[] = [];
  /** What the log comes to, until it is another. */
  #now: Map<number, Now> | null = null;
  /** What was trimmed: who sends it again must find it. */
  #erased: Entry[] = [];

  readonly #files: MemoryFiles;
  readonly #nextOrder: () => number;

  constructor(room: NewRoom, files: MemoryFiles, nextOrder: () => number) {
    this.#files = files;
    this.record = { ...room, archived: false };
    this.#nextOrder = nextOrder;
  }

  standing(user: UserId) {
    return { role: this.members.get(user)?.role ?? null, banned: this.bans.has(user) };
  }

  show(): RoomRecord {
    const { directKey: _, ...record } = this.record;
    return { ...record, head: this.head, memberCount: this.members.size };
  }

  /** Whether this user may do this now, to the other one, or to a message that is theirs. */
  allows(
    by: UserId,
    needs: Action,
    { other, own }: { other?: UserId | undefined; own?: boolean } = {},
  ): boolean {
    const { kind, archived } = this.record;
    const role = this.members.get(by)?.role ?? null;
    const target = (other && this.members.get(other)?.role) ?? null;
    const standing = { kind, archived, role, banned: this.bans.has(by), target, own };
    return authorize({ admin: false, can: "all" }, needs, standing) === "allowed";
  }

  /** Why who does it may not do it now. */
  refuse(draft: Draft): Refused | null {
    const { by, effect } = draft;
    const needs = needsOf(draft, (user) => this.lastRoles.get(user)?.role === "reader");
    const other = effect !== null && "user" in effect ? effect.user : undefined;
    const target = effect !== null && "target" in effect ? effect.target : null;
    const message = target === null ? undefined : this.#messages().get(target)?.message;
    if (target !== null && message === undefined) return notFound;
    const isAllowed = needs === null || this.allows(by, needs, { other, own: message?.by === by });
    return isAllowed ? null : { kind: "refused", why: "not_allowed" };
  }

  /** Why this may not happen, or that it is so already; `null`: it may. */
  check(draft: Draft, effect: Effect, now: number): Refused | { kind: "unchanged" } | null {
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
      case "post": {
        const { replyTo, thread, files } = effect;
        const messages = this.#messages();
        const isThere = (seq: number) => messages.get(seq)?.message.deletedAt === null;
        const isFit =
          (replyTo === null || isThere(replyTo)) &&
          (thread === null || (isThere(thread) && messages.get(thread)?.message.thread === null));
        const isFree = this.#files.areFree(this.record.id, draft.by, files);
        const why = !isFit ? notFound : isFree ? null : fileNotFound;
        // A repeat is known as one whatever became of what it answered, and its files are held by the first.
        return why === null || this.#sent(draft) ? null : why;
      }
      case "clear":
        return this.#log.some(({ event }) => event.type !== "room.cleared") ? null : unchanged;
      case "edit":
      case "delete":
      case "react":
      case "pin": {
        const found = this.#messages().get(effect.target);
        return found
          ? checkChange(found.message, effect, draft.by, {
              pins: () => this.pins().length,
              edits: () => this.#log.filter(({ event }) => isEditOf(event, effect.target)).length,
            })
          : notFound;
      }
    }
  }

  /** Stores what `check` had nothing against. */
  append(draft: Draft, now: number): Appended {
    const { id, effect } = draft;
    const first = this.#sent(draft);
    if (first)
      return sameContent(first.json, draft.body)
        ? { kind: "repeated", event: this.message(first.seq) ?? toStored(first) }
        : { kind: "conflict" };
    const seq = this.head.seq + 1;
    const at = Math.max(now, (this.#log.at(-1) ?? this.#base).at);
    const text = effect?.kind === "clear" ? clearedText : eventText;
    const json = text(seq, at, id, draft.body);
    const order = this.#nextOrder();
    const entry: Entry = { seq, id, at, order, draft, json, event: parse(json) };
    this.#log.push(entry);
    this.#now = null;
    if (effect) this.#apply(effect, entry);
    return { kind: "stored", event: toStored(entry) };
  }

  read(after: Cursor | null, most: { events: number; bytes: number }): Slice {
    const { epoch } = this.record;
    const base = { seq: this.#base.seq, id: this.#base.id };
    const head = this.head;
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
      events.push(toStored(event));
    }
    return { epoch, ...place, events, head };
  }

  messages(window: Window): MessagePage {
    const { thread } = window;
    const all = [...this.#messages().values()]
      .filter(({ message }) =>
        thread === null || message.seq === thread
          ? message.thread === null
          : message.thread === thread,
      )
      .map(({ stored }) => stored);
    const messages = select(all, window);
    const last = messages.at(-1);
    const complete = last === undefined ? window.at !== "before" : last === all.at(-1);
    const { seq, id } = complete ? this.head : (last ?? this.#base);
    const { epoch } = this.record;
    const until = { seq, id };
    return { epoch, messages, unreadable: [], until, head: this.head.seq };
  }

  message(seq: number): StoredEvent | null {
    return this.#messages().get(seq)?.stored ?? null;
  }

  edits(seq: number): { text: string; at: number }[] {
    if (this.#messages().get(seq)?.message.deletedAt !== null) return [];
    const versions = this.#log.flatMap(({ event, at }) => {
      const isOf = event.type === "message.posted" ? event.seq === seq : isEditOf(event, seq);
      return isOf && "text" in event ? [{ text: event.text, at }] : [];
    });
    return versions.slice(0, -1);
  }

  pins(): StoredEvent[] {
    return [...this.#messages().values()]
      .filter(({ message }) => message.pinned)
      .sort((a, b) => b.pinnedBy - a.pinnedBy)
      .map(({ stored }) => stored);
  }

  /** The messages that match, with their places among the events of all rooms. */
  search(sought: Criteria) {
    const messages = this.#messages();
    return this.#log.flatMap(({ seq, order }) => {
      const found = messages.get(seq);
      return found && matches(found.message, sought) ? [{ order, message: found.stored }] : [];
    });
  }

  orderOf(seq: number): number | undefined {
    return [...this.#erased, ...this.#log].find((entry) => entry.seq === seq)?.order;
  }

  reading(user: UserId): Reading | null {
    const found = this.#recount(user)?.reading;
    const at = this.#log.at(-1)?.at ?? (this.#base.at || this.record.createdAt);
    return found ? { ...found, at } : null;
  }

  threads(user: UserId, most: number): Thread[] {
    const messages = this.#messages();
    const threads = this.#recount(user)?.threads ?? [];
    return threads.slice(0, most).map(({ root, read, unread }) => {
      const stored = messages.get(root)?.stored ?? null;
      return { seq: root, root: stored, read, unread: unread.length };
    });
  }

  mark(user: UserId, { seq, back, thread }: ReadMark): Marked | null {
    const member = this.members.get(user);
    if (member === undefined) return null;
    const { joined } = member;
    const bounds = { joined, head: this.head.seq };
    if (thread === null) {
      const before = member.read;
      member.read = moveRead(before, { seq, back }, bounds);
      return { moved: member.read !== before, seq: toldPlace(member.read, joined) };
    }
    const messages = [...this.#messages().values()].map(({ message }) => message);
    const root = messages.find((one) => one.seq === thread);
    if (root?.replies === undefined) return null;
    const begin = followedFrom(messages, root, user, member) ?? joined;
    const before = Math.max(begin, member.marks.get(thread) ?? 0);
    const mark = moveRead(before, { seq, back }, bounds);
    member.marks.set(thread, mark);
    const place = Math.max(begin, mark);
    return { moved: place !== before, seq: place };
  }

  setLevel(user: UserId, level: Level): { changed: boolean } | null {
    const member = this.members.get(user);
    if (member === undefined) return null;
    const changed = member.level !== level;
    member.level = level;
    return { changed };
  }

  trim(upTo: number, now: number): void {
    const last = this.#log.findLast((entry) => entry.seq <= upTo);
    if (last) this.#base = { seq: last.seq, id: last.id, at: last.at };
    for (const entry of this.#log.filter((entry) => entry.seq <= upTo))
      this.#erased.push({ ...entry, json: redacted(entry.json, now) });
    this.#log = this.#log.filter((entry) => entry.seq > upTo);
    this.#lose((held) => held <= upTo);
    this.#now = null;
  }

  /** Takes what they uploaded out of what they said. */
  eraseFilesOf(user: UserId): void {
    this.#rewrite(({ event, json }) =>
      event.type === "message.posted" && event.by === user && event.files.length > 0
        ? JSON.stringify({ ...event, files: [] })
        : json,
    );
  }

  /** Takes their name out of the events that tell of them, and forgets what they were. */
  eraseUser(user: UserId): void {
    this.lastRoles.delete(user);
    this.#rewrite((entry) => {
      const { event } = entry;
      if (!("user" in event) || event.user.id !== user) return entry.json;
      return JSON.stringify({ ...event, user: { ...event.user, name: "" } });
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

  #apply(effect: Effect, { seq, at, draft }: Entry): void {
    if (effect.kind === "join" || effect.kind === "role") {
      const { user, role } = effect;
      const before = this.lastRoles.get(user)?.byOthers ?? null;
      this.lastRoles.set(user, { role, byOthers: draft.by === user ? before : role });
    }
    switch (effect.kind) {
      case "join": {
        const place = { joinedAt: at, joined: seq, read: seq, marks: new Map() };
        this.members.set(effect.user, { role: effect.role, level: "all", ...place });
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
        return;
      case "delete":
        this.#rewrite((entry) =>
          entry.seq === effect.target || isEditOf(entry.event, effect.target)
            ? redacted(entry.json, at)
            : entry.json,
        );
        this.#lose((held) => held === effect.target);
        return;
      case "clear":
        this.trim(seq - 1, at);
        return;
      case "post":
        this.#files.hold(effect.files, seq);
        return;
      // The log says it.
      case "edit":
      case "react":
      case "pin":
    }
  }

  /** Files of messages of this room. */
  #lose(isMeant: (seq: number) => boolean): void {
    this.#files.lose(({ room, seq }) => room === this.record.id && seq !== null && isMeant(seq));
  }

  #checkOwners(effect: Extract<Effect, { kind: "leave" | "role" }>): Refused | null {
    const all = [...this.members.values()];
    const owners = all.filter(({ role }) => role === "owner").length;
    const role = this.members.get(effect.user)?.role ?? null;
    const left = orphans(effect, role, { owners, members: all.length });
    return left ? { kind: "refused", why: "last_owner" } : null;
  }

  #messages(): Map<number, Now> {
    return (this.#now ??= messagesOf(this.#log));
  }

  #recount(user: UserId): ReturnType<typeof recount> | null {
    const member = this.members.get(user);
    const messages = [...this.#messages().values()].map(({ message }) => message);
    return member ? recount(messages, user, member) : null;
  }

  /** What the same sender stored under the same `clientId`. */
  #sent({ by, clientId }: Draft): Entry | undefined {
    if (clientId === null) return undefined;
    const isIt = ({ draft }: Entry) => draft.by === by && draft.clientId === clientId;
    return this.#erased.find(isIt) ?? this.#log.find(isIt);
  }

  #rewrite(change: (entry: Entry) => string): void {
    this.#log = this.#log.map((entry) => {
      const json = change(entry);
      return json === entry.json ? entry : { ...entry, json, event: parse(json) };
    });
    this.#now = null;
  }

  get head(): Position {
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

const toStored = ({ seq, id, json }: Entry): StoredEvent => ({ seq, id, json });

function parse(json: string): Event {
  return JSON.parse(json) as Event;
}

function isEditOf(event: Event, seq: number): boolean {
  return event.type === "message.edited" && event.target === seq;
}

function select(all: readonly StoredEvent[], window: Window): readonly StoredEvent[] {
  const before = (seq: number) => all.filter((entry) => entry.seq < seq);
  const from = (seq: number) => all.filter((entry) => entry.seq >= seq);
  const last = (entries: readonly StoredEvent[], count: number) =>
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
