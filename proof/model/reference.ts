import type { Command, Person, Place, Role } from "./command.ts";

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
  idAndTime(seq: number): { id: string; at: number } | undefined;
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
  readonly #sent = new Map<string, number>();

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
    copy.base = this.base;
    for (const [key, seq] of this.#sent) copy.#sent.set(key, seq);
    return copy;
  }

  apply(command: Command): Reply {
    if (command.do === "trim") return this.#trim(command.upTo);
    const { by } = command;
    const isLed = command.do === "join" && this.#usable(command.invite) !== undefined;
    if (!this.sees(by) && !isLed) return unseen;
    switch (command.do) {
      case "post":
        return this.#post(by, command.clientId, command.text);
      case "events":
        return this.#page(command.after, command.limit);
      case "follow":
        if (command.after?.cursor === null) return refused("invalid_cursor");
        return { value: command.after?.text ?? this.cursor(this.head) };
      case "messages":
        return this.#messages(command);
      case "message": {
        const event = command.seq > this.base ? this.events[command.seq - 1] : undefined;
        return event?.type === "message.posted"
          ? { value: messageOf(event) }
          : refused("message_not_found");
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

  #post(by: Person, clientId: string, text: string): Reply {
    if (this.archived || !this.#isAtLeast(by, "member")) return forbidden;
    const sent = this.#sent.get(`${by} ${clientId}`);
    if (sent === undefined) {
      const empty = { replyTo: null, thread: null, files: [], reactions: {} };
      const plain = { ...empty, editedAt: null, deletedAt: null, pinned: false };
      const event = this.#append("message.posted", by, { clientId, text, ...plain });
      this.#sent.set(`${by} ${clientId}`, event.seq);
      return { value: { message: messageOf(event), repeated: false } };
    }
    const first = this.events[sent - 1];
    // What was trimmed has no text left that another could differ from.
    if (first === undefined || (first["text"] !== text && first["deletedAt"] === null))
      return refused("client_id_conflict");
    return { value: { message: messageOf(first), repeated: true } };
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
    const all = this.events.slice(this.base).filter(({ type }) => type === "message.posted");
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
    return { value: { messages: shown.map(messageOf), cursor: this.cursor(until), gap } };
  }

  #join(by: Person, name: number | null): Reply {
    const invite = this.#usable(name);
    if (this.archived && (invite === undefined || !this.roles.has(by))) return forbidden;
    const readsOnly = invite?.can === "read" || this.#wasReader(by);
    const reply = this.#comeIn(by, by, readsOnly ? "reader" : "member", invite);
    return "code" in reply ? reply : { value: this.summary() };
  }

  /** Whoever was a reader when they were in last comes back as one: else a mute would be undone by it. */
  #wasReader(user: Person): boolean {
    const last = this.events
      .slice(this.base)
      .findLast(
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
    this.#append("member.joined", by, { user: named(user), ...(role !== "member" && { role }) });
    return done;
  }

  #leave(user: Person, by: Person, ban: boolean): Reply {
    const role = this.roles.get(user);
    if (role === "owner" && this.#owners() === 1 && this.roles.size > 1) return forbidden;
    if (ban) this.banned.add(user);
    if (role === undefined) return done;
    this.roles.delete(user);
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
    if (base <= this.base) return done;
    this.base = base;
    const erased = { text: "", files: [], reactions: {}, deletedAt: this.#server.now() };
    this.events = this.events.map((event) =>
      event.seq <= base && event.type === "message.posted" ? { ...event, ...erased } : event,
    );
    return done;
  }

  #append(type: string, by: Person, more: object): Event {
    const seq = this.head + 1;
    const { id, at } = this.#server.idAndTime(seq) ?? { id: "", at: 0 };
    const event = { seq, at, id, type, by: idOf(by), ...more };
    this.events.push(event);
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

function messageOf(event: Event): object {
  const { type: _, ...message } = event;
  return message;
}
