import { take, type Now } from "../checks/fold.ts";
import { recount, type Followed, type ReadPlace, type Said } from "../recount.ts";
import { type Command, people, type Person, type Place, type Role, searches } from "./command.ts";

export interface Event {
  seq: number;
  id: string;
  at: number;
  type: string;
  by: string;
  [more: string]: unknown;
}

export type Reply = { value: unknown } | { code: string };

interface Invite {
  name: number;
  by: Person;
  can: "read" | "post";
  uses: number | null;
}

/** What the server chooses: all else is foretold. */
export interface Server {
  stored(seq: number): Event | undefined;
  now(): number;
}

const ranks: Record<Role, number> = { reader: 1, member: 2, moderator: 3, owner: 4 };
const done: Reply = { value: null };
const refused = (code: string): Reply => ({ code });
const unseen = refused("room_not_found");
const forbidden = refused("forbidden");

/** How a room should behave, written down as plainly as it goes; it shares no code with Snug. */
export class ReferenceRoom {
  roles = new Map<Person, Role>();
  banned = new Set<Person>();
  invites: Invite[] = [];
  archived = false;
  /** Events 1, 2, 3 …, those that were trimmed too; `base` is the last of these. */
  events: Event[] = [];
  base = 0;
  /** The same as they were told when they were stored. */
  told: Event[] = [];
  /** Messages as they are now. */
  messages = new Map<number, Now>();
  readonly #sent = new Map<string, { seq: number; said: object }>();
  #reads = new Map<Person, ReadPlace & { marks: Map<number, number> }>();
  /** Who was in the room always or at some moment since what is sent together began. */
  #always = new Set<Person>();
  #ever = new Set<Person>();

  readonly kind: "public" | "private";
  readonly epoch: string;
  capacity: number | null;
  readonly #server: Server;

  constructor(of: Pick<ReferenceRoom, "kind" | "epoch" | "capacity">, server: Server) {
    this.kind = of.kind;
    this.epoch = of.epoch;
    this.capacity = of.capacity;
    this.#server = server;
  }

  /** Somebody who was in the room from the start. */
  settle(user: Person, role: Role): void {
    this.#comeIn(user, user, role);
  }

  /** All that is beside the log, as `World.state` tells it. */
  state(): object {
    const readings = people.flatMap((person) => {
      const counts = this.#counts(person);
      const places = this.#recount(person)?.followed.map(({ root, read }) => [root, read]);
      return counts ? `${person}: ${JSON.stringify(counts)} ${JSON.stringify(places)}` : [];
    });
    return { ...this.#records(), readings };
  }

  /** The same for the same state. Nothing is counted for it. */
  key(): string {
    const reads = [...this.#reads].map(([user, { read, marks }]) =>
      JSON.stringify([user, read, ...marks]),
    );
    return JSON.stringify([this.#records(), reads.toSorted()]);
  }

  #records(): object {
    const { archived, capacity } = this;
    return {
      roles: [...this.roles].map(([name, role]) => `${name}: ${role}`).toSorted(),
      banned: [...this.banned].toSorted(),
      invites: this.invites
        .filter(({ uses }) => uses !== 0)
        .map(({ name, uses }) => `${name}: ${uses}`)
        .toSorted(),
      archived,
      capacity,
      memberCount: this.roles.size,
    };
  }

  /** From here on others are under way. */
  begin(): void {
    this.#always = new Set(this.roles.keys());
    this.#ever = new Set(this.roles.keys());
  }

  get head(): number {
    return this.events.length;
  }

  copy(): ReferenceRoom {
    const copy = new ReferenceRoom(this, this.#server);
    copy.roles = new Map(this.roles);
    copy.banned = new Set(this.banned);
    copy.invites = this.invites.map((invite) => ({ ...invite }));
    copy.archived = this.archived;
    copy.events = [...this.events];
    copy.told = [...this.told];
    copy.base = this.base;
    for (const [key, sent] of this.#sent) copy.#sent.set(key, sent);
    copy.messages = new Map(this.messages);
    for (const [user, place] of this.#reads)
      copy.#reads.set(user, { ...place, marks: new Map(place.marks) });
    copy.#always = new Set(this.#always);
    copy.#ever = new Set(this.#ever);
    return copy;
  }

  apply(command: Command): Reply {
    if (command.do === "trim") return this.#trim(command.upTo);
    const { by } = command;
    if (command.do === "inbox") return { value: this.#counts(by) };
    const isLed = command.do === "join" && this.#usable(command.invite) !== undefined;
    if (!this.sees(by) && !isLed) return unseen;
    switch (command.do) {
      case "post":
        return this.#post(command);
      case "edit":
      case "delete":
      case "react":
      case "pin":
        return this.#change(command);
      case "clear":
        if (!this.#isAtLeast(by, "owner")) return forbidden;
        return this.#clear(by);
      case "mark":
        return this.#mark(command);
      case "threads":
        return { value: this.#followed(by) };
      case "pins":
        return { value: this.#pins() };
      case "search": {
        const found = [...this.messages.values()].filter(
          ({ content }) =>
            content["deletedAt"] === null &&
            searches[command.q](String(content["text"]), content["by"] === idOf(by)),
        );
        return { value: found.map(({ content }) => content).toReversed() };
      }
      case "edits":
        if (!this.messages.has(command.seq)) return refused("message_not_found");
        return { value: this.#edits(command.seq) };
      case "events":
        return this.#page(command.after, command.limit);
      case "follow":
        if (command.after?.cursor === null) return refused("invalid_cursor");
        return { value: command.after?.text ?? this.cursor(this.head) };
      case "messages":
        return this.#messages(command);
      case "message": {
        const message = this.messages.get(command.seq)?.content;
        return message ? { value: message } : refused("message_not_found");
      }
      case "members":
        return { value: Object.fromEntries(this.roles) };
      case "room":
        return { value: this.summary() };
      case "join":
        return this.#join(by, command.invite);
      case "leave":
        if (!this.roles.has(by)) return done;
        return this.#leave(by, by, false);
      case "remove":
        if (!this.#moderates(by, command.user) || by === command.user) return forbidden;
        if (!command.ban && !this.roles.has(command.user)) return done;
        return this.#leave(command.user, by, command.ban);
      case "unban":
        if (!this.#moderates(by, null)) return forbidden;
        this.banned.delete(command.user);
        return done;
      case "add":
        if (this.archived || !this.#isAtLeast(by, "member")) return forbidden;
        if (ranks[command.role] > ranks.member && !this.#isAtLeast(by, "owner")) return forbidden;
        return this.#comeIn(command.user, by, this.#asAdded(command.user, by, command.role));
      case "appoint":
        return this.#appoint(by, command.user, command.role);
      case "invite": {
        if (this.archived || !this.#isAtLeast(by, "member")) return forbidden;
        const { name, can, uses } = command;
        this.invites.push({ name, by, can, uses });
        return done;
      }
      case "end-invite": {
        if (this.archived || !this.#isAtLeast(by, "member")) return forbidden;
        const invite = this.#usable(command.invite);
        const isTheirs = invite?.by === by || this.#isAtLeast(by, "moderator");
        if (invite === undefined || !isTheirs) return refused("invite_not_found");
        this.invites = this.invites.filter((other) => other !== invite);
        return done;
      }
      case "archive":
        if (!this.#isAtLeast(by, "owner")) return forbidden;
        if (this.archived !== command.archived) this.#update(by, { archived: command.archived });
        return { value: this.summary() };
      case "limit":
        if (!this.#isAtLeast(by, "owner")) return forbidden;
        if (command.capacity !== null && command.capacity < this.roles.size)
          return refused("invalid_request");
        if (this.capacity !== command.capacity) this.#update(by, { capacity: command.capacity });
        return { value: this.summary() };
    }
  }

  sees(by: Person): boolean {
    return this.roles.has(by) || (this.kind === "public" && !this.banned.has(by));
  }

  isUsable(invite: number): boolean {
    return this.#usable(invite) !== undefined;
  }

  cursor(seq: number): string {
    return `${this.epoch}.${seq}.${this.idAt(seq)}`;
  }

  idAt(seq: number): string {
    return seq === 0 ? "-" : (this.events[seq - 1]?.id ?? "");
  }

  /** From where somebody with this cursor reads on, and why not from there. */
  resume(after: Place | null): { from: number; gap: object | null } {
    const cursor = after?.cursor ?? null;
    const reason = cursor && this.#misfit(cursor);
    if (after === null || cursor === null) return { from: this.base, gap: null };
    if (reason === null) return { from: cursor.seq, gap: null };
    return { from: this.base, gap: { after: after.text, next: this.cursor(this.base), reason } };
  }

  summary(): object {
    const { capacity, archived, head } = this;
    return { capacity, archived, cursor: this.cursor(head), memberCount: this.roles.size };
  }

  #misfit({ epoch, seq, id }: { epoch: string; seq: number; id: string }): string | null {
    if (epoch !== this.epoch) return "new_log";
    if (seq < this.base) return "trimmed";
    if (seq > this.head || id !== this.idAt(seq)) return "rewritten";
    return null;
  }

  #post({ by, clientId, text, replyTo, thread }: Extract<Command, { do: "post" }>): Reply {
    if (this.archived || !this.#isAtLeast(by, "member")) return forbidden;
    const said = { text, replyTo, thread };
    const sent = this.#sent.get(`${by} ${clientId}`);
    if (sent !== undefined) {
      const first = this.events[sent.seq - 1];
      // What was erased has no text left that another could differ from.
      const isErased = first === undefined || first["deletedAt"] !== null;
      if (!isErased && !Bun.deepEquals(sent.said, said)) return refused("client_id_conflict");
      const message = this.messages.get(sent.seq)?.content ?? messageOf(first as Event);
      return { value: { message, repeated: true } };
    }
    const root = thread === null ? null : this.#there(thread);
    if (root === undefined || (root !== null && root["thread"] !== null))
      return refused("message_not_found");
    if (replyTo !== null && this.#there(replyTo) === undefined) return refused("message_not_found");
    const plain = { files: [], reactions: {}, editedAt: null, deletedAt: null, pinned: false };
    const event = this.#append("message.posted", by, {
      clientId,
      ...said,
      ...plain,
      ...this.#mentions(by, text),
    });
    this.#sent.set(`${by} ${clientId}`, { seq: event.seq, said });
    return { value: { message: messageOf(event), repeated: false } };
  }

  #change(command: Extract<Command, { do: "edit" | "delete" | "react" | "pin" }>): Reply {
    const { by, seq: target } = command;
    const message = this.messages.get(target)?.content;
    const isOwn = message?.["by"] === idOf(by);
    const isArchived = this.archived && command.do !== "delete";
    if (isArchived || !this.#isAtLeast(by, "member")) return forbidden;
    if (message === undefined) return refused("message_not_found");
    if (command.do === "edit" && !isOwn) return forbidden;
    if (command.do === "delete" && !isOwn && !this.#isAtLeast(by, "moderator")) return forbidden;
    const isDeleted = message["deletedAt"] !== null;
    if (isDeleted && command.do !== "delete") return refused("message_not_found");
    switch (command.do) {
      case "edit": {
        const { text } = command;
        if (text !== message["text"])
          this.#append("message.edited", by, { target, text, ...this.#mentions(by, text) });
        return { value: this.messages.get(target)?.content };
      }
      case "delete": {
        const thread = message["thread"] === null ? {} : { thread: message["thread"] };
        if (!isDeleted) this.#append("message.deleted", by, { target, ...thread });
        return done;
      }
      case "react": {
        const { emoji, on } = command;
        const reactions = message["reactions"] as Record<string, string[]>;
        if ((reactions[emoji]?.includes(idOf(by)) ?? false) !== on)
          this.#append(on ? "reaction.added" : "reaction.removed", by, { target, emoji });
        return done;
      }
      case "pin":
        if (message["pinned"] !== command.on)
          this.#append(command.on ? "message.pinned" : "message.unpinned", by, { target });
        return done;
    }
  }

  /** All that stands before it goes. */
  #clear(by: Person): Reply {
    if (this.events.slice(this.base).every(({ type }) => type === "room.cleared")) return done;
    const upTo = this.head;
    const { at } = this.#append("room.cleared", by, { upTo });
    this.#erase(upTo, at);
    return done;
  }

  #mark({ by, seq, back, thread }: Extract<Command, { do: "mark" }>): Reply {
    const place = this.#reads.get(by);
    if (place === undefined) return forbidden;
    const move = (from: number) =>
      Math.max(Math.min(seq, this.head), back ? Math.max(from - 10_000, place.joined) : from);
    if (thread === null) {
      this.#reads.set(by, { ...place, read: move(place.read) });
      return done;
    }
    const root = this.messages.get(thread)?.content;
    if (root?.["replies"] === undefined) return refused("message_not_found");
    const followed = this.#recount(by)?.followed.find((one) => one.root === thread);
    const from = followed?.read ?? Math.max(place.joined, place.marks.get(thread) ?? 0);
    place.marks.set(thread, move(from));
    return done;
  }

  #recount(user: Person) {
    const place = this.#reads.get(user);
    if (place === undefined) return undefined;
    const all = [...this.messages.values()].map(({ content }) => content as unknown as Said);
    return { read: place.read, ...recount(all, idOf(user), place) };
  }

  #counts(user: Person): object | undefined {
    const counted = this.#recount(user);
    if (counted === undefined) return undefined;
    const { read, unread, mentions, threads } = counted;
    return { read, unread, mentions, threads };
  }

  #followed(user: Person): object[] {
    const all: readonly Followed[] = this.#recount(user)?.followed ?? [];
    return all.map(({ root, read, unread }) => ({
      message: this.messages.get(root)?.content,
      read,
      unread,
    }));
  }

  #pins(): object[] {
    const pinnedBy = new Map<unknown, number>();
    for (const { seq, type, target } of this.events)
      if (type === "message.pinned") pinnedBy.set(target, seq);
    return [...this.messages]
      .filter(([, { content }]) => content["pinned"] === true)
      .toSorted(([a], [b]) => (pinnedBy.get(b) ?? 0) - (pinnedBy.get(a) ?? 0))
      .map(([, { content }]) => content);
  }

  #edits(seq: number): unknown[] {
    if (this.#there(seq) === undefined) return [];
    const isOf = ({ type, target }: Event) => type === "message.edited" && target === seq;
    const said = [this.events[seq - 1], ...this.events.slice(this.base).filter(isOf)];
    return said.slice(0, -1).map((event) => event?.["text"]);
  }

  /** A message that is not deleted. */
  #there(seq: number): Record<string, unknown> | undefined {
    const message = this.messages.get(seq)?.content;
    return message?.["deletedAt"] === null ? message : undefined;
  }

  /** Of those who are in the room, but oneself. Who comes or goes meanwhile may be looked at before or after. */
  #mentions(by: Person, text: string): { mentions?: string[] } {
    const told = (this.#server.stored(this.head + 1)?.["mentions"] ?? []) as string[];
    const named = people.filter(
      (person) =>
        person !== by &&
        text.includes(`<@${idOf(person)}>`) &&
        (this.#always.has(person) || (this.#ever.has(person) && told.includes(idOf(person)))),
    );
    const mentions = [...named.map(idOf), ...(text.includes("@room") ? ["@room"] : [])];
    return mentions.length > 0 ? { mentions } : {};
  }

  #page(after: Place | null, limit: number): Reply {
    if (after?.cursor === null) return refused("invalid_cursor");
    const { from, gap } = this.resume(after);
    const events = this.events.slice(from, from + limit);
    return { value: { events, cursor: this.cursor(events.at(-1)?.seq ?? from), gap } };
  }

  #messages(command: Extract<Command, { do: "messages" }>): Reply {
    const { at, limit } = command;
    if (at === "cursor" && command.after.cursor === null) return refused("invalid_cursor");
    const { from, gap } = this.resume(at === "cursor" ? command.after : null);
    const seq = at === "cursor" ? from : command.seq;
    const thread = "thread" in command ? command.thread : null;
    if (thread !== null && !this.messages.has(thread)) return refused("message_not_found");
    const isIn = ({ seq: own, thread: of }: Listed) =>
      thread === null || own === thread ? of === null : of === thread;
    const all = [...this.messages.values()]
      .map(({ content }) => content as unknown as Listed)
      .filter(isIn);
    const older = (below: number, most: number) =>
      most === 0 ? [] : all.filter((event) => event.seq < below).slice(-most);
    const newer = (above: number, most: number) =>
      all.filter((event) => event.seq > above).slice(0, most);
    const half = Math.floor(limit / 2);
    const shown = {
      end: () => older(Infinity, limit),
      before: () => older(seq, limit),
      after: () => newer(seq, limit),
      cursor: () => newer(seq, limit),
      around: () => [...older(seq, half), ...newer(seq - 1, limit - half)],
    }[at]();
    const last = shown.at(-1);
    const isNewest = last === undefined ? at !== "before" : last === all.at(-1);
    const until = isNewest ? this.head : (last?.seq ?? this.base);
    return { value: { messages: shown, cursor: this.cursor(until), gap, head: this.head } };
  }

  #join(by: Person, name: number | null): Reply {
    const invite = this.#usable(name);
    if (this.archived && (invite === undefined || !this.roles.has(by))) return forbidden;
    const readsOnly = invite?.can === "read" || this.#wasReader(by);
    const reply = this.#comeIn(by, by, readsOnly ? "reader" : "member", invite);
    return "code" in reply ? reply : { value: this.summary() };
  }

  /** Whoever was a reader when they were in last comes back as one, trimmed or not: else a mute would be undone by it. */
  #wasReader(user: Person): boolean {
    const last = this.events.findLast(
      (event) =>
        isAbout(event, user) && event.type !== "member.left" && event.type !== "member.removed",
    );
    return last?.["role"] === "reader";
  }

  /** Only who may mute lifts a mute by adding somebody. */
  #asAdded(user: Person, by: Person, role: Role): Role {
    const staysMuted =
      role === "member" && this.#wasReader(user) && !this.#isAtLeast(by, "moderator");
    return staysMuted ? "reader" : role;
  }

  #comeIn(user: Person, by: Person, role: Role, invite?: Invite): Reply {
    if (this.roles.has(user)) return done;
    if (this.banned.has(user) || this.archived) return forbidden;
    if (this.capacity !== null && this.roles.size >= this.capacity) return refused("room_full");
    if (invite !== undefined && invite.uses !== null) invite.uses--;
    this.roles.set(user, role);
    const more = { user: named(user), ...(role !== "member" && { role }) };
    const { seq } = this.#append("member.joined", by, more);
    this.#reads.set(user, { joined: seq, read: seq, marks: new Map() });
    this.#ever.add(user);
    return done;
  }

  #leave(user: Person, by: Person, ban: boolean): Reply {
    const role = this.roles.get(user);
    if (role === "owner" && this.#owners() === 1 && this.roles.size > 1) return forbidden;
    if (ban) this.banned.add(user);
    if (role === undefined) return done;
    this.roles.delete(user);
    this.#reads.delete(user);
    this.#always.delete(user);
    this.invites = this.invites.filter((invite) => invite.by !== user);
    const type = user === by ? "member.left" : "member.removed";
    this.#append(type, by, { user: named(user) });
    return done;
  }

  #appoint(by: Person, user: Person, role: Role): Reply {
    const isOwner = this.#isAtLeast(by, "owner");
    const mutes = ranks[role] <= ranks.member && this.#moderates(by, user);
    if (!isOwner && !mutes) return forbidden;
    const before = this.roles.get(user);
    if (before === undefined) return refused("user_not_found");
    if (before === role) return done;
    if (before === "owner" && this.#owners() === 1) return forbidden;
    this.roles.set(user, role);
    this.#append("member.changed", by, { user: named(user), role });
    return done;
  }

  #update(by: Person, change: { archived: boolean } | { capacity: number | null }): void {
    Object.assign(this, change);
    this.#append("room.updated", by, change);
  }

  #trim(upTo: number): Reply {
    const base = Math.min(upTo, this.head);
    if (base > this.base) this.#erase(base, this.#server.now());
    return done;
  }

  /** Nobody is told of these any more; who sends one again is told what is left of it. */
  #erase(base: number, deletedAt: number): void {
    const isErasedNow = ({ seq, type }: Event) =>
      seq > this.base && seq <= base && type === "message.posted";
    this.events = this.events.map((event) =>
      isErasedNow(event) ? wordless(event, deletedAt) : event,
    );
    this.base = base;
    for (const seq of this.messages.keys()) if (seq <= base) this.messages.delete(seq);
  }

  #append(type: string, by: Person, more: object): Event {
    const seq = this.head + 1;
    const { id, at } = this.#server.stored(seq) ?? { id: "", at: 0 };
    const event: Event = { seq, at, id, type, by: idOf(by), ...more };
    this.events.push(event);
    this.told.push(event);
    take(this.messages, { ...event, body: "", content: event, isVague: false });
    if (type === "message.deleted") {
      const isOf = (one: Event) => one.seq === event["target"] || isEditOf(one, event["target"]);
      this.events = this.events.map((one) => (isOf(one) ? wordless(one, at) : one));
    }
    return event;
  }

  #usable(name: number | null): Invite | undefined {
    return this.invites.find((invite) => invite.name === name && invite.uses !== 0);
  }

  #owners(): number {
    return [...this.roles.values()].filter((role) => role === "owner").length;
  }

  #isAtLeast(user: Person, least: Role): boolean {
    const role = this.roles.get(user);
    return role !== undefined && ranks[role] >= ranks[least];
  }

  /** Owners deal with all but owners, moderators with those below them. */
  #moderates(by: Person, user: Person | null): boolean {
    const target = user === null ? undefined : this.roles.get(user);
    if (this.#isAtLeast(by, "owner")) return target !== "owner";
    return (
      this.#isAtLeast(by, "moderator") && (target === undefined || ranks[target] < ranks.moderator)
    );
  }
}

export const idOf = (person: Person): string => `u_${person}`;

const named = (person: Person) => ({ id: idOf(person), name: person });

function isAbout(event: Event, user: Person): boolean {
  return (event["user"] as { id?: string } | undefined)?.id === idOf(user);
}

type Listed = Said & Record<string, unknown>;

const isEditOf = ({ type, target }: Event, seq: unknown) =>
  type === "message.edited" && target === seq;

/** What is left of an event when its words are erased. */
function wordless(event: Event, deletedAt: number): Event {
  const { mentions: _, ...left } = event;
  if (event.type !== "message.posted") return { ...left, text: "" };
  return { ...left, text: "", files: [], deletedAt };
}

function messageOf(event: Event): object {
  const { type: _, ...message } = event;
  return message;
}
