import {
  limits,
  type RoomId,
  type SessionId,
  type UserId,
} from "../../packages/protocol/src/index.ts";
import type { Actor } from "../../packages/server/src/core/actor.ts";
import { BackOff } from "../../packages/server/src/core/back-off.ts";
import { Chat } from "../../packages/server/src/core/chat.ts";
import { joinDraft } from "../../packages/server/src/core/draft.ts";
import { Ends } from "../../packages/server/src/core/ends.ts";
import type { Committed, Engine } from "../../packages/server/src/core/ports.ts";
import { noRates } from "../../packages/server/src/core/rates.ts";
import { alone } from "../../packages/server/src/core/talk.ts";
import type { Posted } from "../../packages/server/src/core/verbs/post-message.ts";
import { openEmbedded } from "../../packages/server/src/engine/embedded/engine.ts";
import {
  listener,
  newRoom,
  newSession,
  newUser,
  noFiles,
} from "../../packages/server/src/fixtures.ts";
import { Gateway } from "../../packages/server/src/gateway/gateway.ts";
import { toHistory } from "../../packages/server/src/gateway/histories.ts";
import { randomIds } from "../../packages/server/src/ids.ts";
import type { Counts } from "../recount.ts";
import { ModelClock } from "./clock.ts";
import { type Command, people, type Person } from "./command.ts";
import { Feed } from "./feed.ts";
import { type Event, idOf, type Reply } from "./reference.ts";

/** The real core, gateway and embedded engine, in one folder, on a clock that the model moves. */
export class World {
  readonly #folder: string;
  readonly clock = new ModelClock();
  /** What the server reported as its own faults; there should be none. */
  readonly faults: unknown[] = [];
  #engine!: Engine;
  #gateway!: Gateway;
  #chat!: Chat;
  #rooms = 0;
  room = "" as RoomId;
  /** What the invites of this room are called by the server, by the model's names for them. */
  readonly #invites = new Map<number, { id: string; invite: string }>();
  feeds: Feed[] = [];
  /** What the backplane told of this room since somebody asked. */
  #committed: Event[] = [];
  /** A cursor of another room. */
  elsewhere = "";

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<World> {
    const world = new World(folder);
    await world.#open();
    for (const person of people) {
      const account = { username: person, passwordHash: "", asAdmin: null };
      await world.#within(
        world.#engine.store.addUser(
          newUser(idOf(person), { name: person, account }),
          newSession(`s_${person}`),
          [],
        ),
      );
    }
    await world.newRoom("public", null);
    const slice = await world.#engine.store.read(world.room, null, { events: 1, bytes: 1 });
    world.elsewhere = `${slice.epoch}.${slice.head.seq}.${slice.head.id}`;
    return world;
  }

  async restart(): Promise<void> {
    for (const feed of this.feeds) feed.end();
    this.feeds = [];
    await this.close();
    await this.#open();
  }

  async close(): Promise<void> {
    await this.#within(this.#gateway.close());
    await this.#engine.close();
  }

  /** A room with an owner, a moderator, a member and a reader in it. */
  async newRoom(kind: "public" | "private", capacity: number | null): Promise<{ epoch: string }> {
    for (const feed of this.feeds) feed.end();
    this.feeds = [];
    this.#invites.clear();
    this.#committed = [];
    this.room = `room-${++this.#rooms}` as RoomId;
    const epoch = `e${this.#rooms}`;
    const roles = { ada: "owner", ben: "moderator", cid: "member", dora: "reader" } as const;
    const joins = Object.entries(roles).map(([name, role]) =>
      joinDraft(randomIds, this.room, { id: idOf(name as Person) as UserId, name }, { role }),
    );
    await this.#within(
      this.#engine.store.addRoom(newRoom(this.room, { kind, capacity, epoch }), joins),
    );
    return { epoch };
  }

  async perform(command: Command): Promise<Reply> {
    if (command.do === "trim") {
      await this.#engine.store.trim(this.room, command.upTo);
      return { value: null };
    }
    const [chat, actor, { room }] = [this.#chat, actorOf(command.by), this];
    switch (command.do) {
      case "post": {
        const { clientId, text, replyTo, thread } = command;
        const message = { room, clientId, text, replyTo, thread };
        const posted = await settled<Posted>(chat.execute("post-message", actor, message));
        return replyOf(posted, ({ message: json, repeated }) => ({
          message: parse(json),
          repeated,
        }));
      }
      case "edit": {
        const { seq, text } = command;
        const edited = await settled<string>(
          chat.execute("edit-message", actor, { room, seq, text }),
        );
        return replyOf(edited, parse);
      }
      case "delete":
        return replyOf(
          await settled(chat.execute("delete-message", actor, { room, seq: command.seq })),
        );
      case "react": {
        const { seq, emoji, on } = command;
        return replyOf(await settled(chat.execute("react", actor, { room, seq, emoji, on })));
      }
      case "pin": {
        const { seq, on } = command;
        return replyOf(await chat.execute("pin-message", actor, { room, seq, on }));
      }
      case "clear":
        return replyOf(await chat.execute("clear-room", actor, { room }));
      case "mark": {
        const { seq, back, thread } = command;
        return replyOf(
          await settled(chat.execute("mark-read", actor, { room, seq, back, thread })),
        );
      }
      case "inbox":
        return replyOf(
          await chat.execute("read-inbox", actor, { rooms: [room] }),
          ([entry]) => entry && countsOf(entry),
        );
      case "threads":
        return replyOf(await chat.execute("list-threads", actor, { room }), ({ threads }) =>
          threads.map(({ message, read, unread }) => ({
            message: message && parse(message),
            read,
            unread,
          })),
        );
      case "search": {
        const asked = { q: command.q, room, limit: 1_000 };
        return replyOf(await chat.execute("search", actor, asked), ({ hits }) =>
          hits.map(({ message }) => parse(message)),
        );
      }
      case "pins":
        return replyOf(await chat.execute("list-pins", actor, { room }), ({ messages }) =>
          messages.map(parse),
        );
      case "edits":
        return replyOf(
          await chat.execute("read-edits", actor, { room, seq: command.seq }),
          (edits) => edits.map(({ text }) => text),
        );
      case "events": {
        const after = command.after?.text;
        const page = await chat.execute("read-events", actor, {
          room,
          after,
          limit: command.limit,
        });
        return replyOf(page, ({ events, cursor, gap }) => ({
          events: events.map(parse),
          cursor,
          gap,
        }));
      }
      case "follow": {
        const opened = await chat.execute("open-room", actor, { room, after: command.after?.text });
        return replyOf(opened, ({ start }) => {
          this.feeds.push(new Feed(this.#streams(), actor, command.by, room, start));
          return `${start.epoch}.${start.seq}.${start.id}`;
        });
      }
      case "messages": {
        const place = {
          end: {},
          before: "seq" in command ? { before: command.seq } : {},
          around: "seq" in command ? { around: command.seq } : {},
          after: "seq" in command ? { after: String(command.seq) } : {},
          cursor: "after" in command ? { after: command.after.text } : {},
        }[command.at];
        const thread = "thread" in command && command.thread !== null ? command.thread : undefined;
        const query = { room, limit: command.limit, thread, ...place };
        const page = await chat.execute("read-messages", actor, query);
        return replyOf(page, ({ messages, cursor, gap, head }) => ({
          messages: messages.map(parse),
          cursor,
          gap,
          head,
        }));
      }
      case "message": {
        const place = { room, seq: command.seq };
        return replyOf(await chat.execute("read-message", actor, place), parse);
      }
      case "members":
        return replyOf(await chat.execute("list-members", actor, { room }), (members) =>
          Object.fromEntries(members.map(({ user, role }) => [user.name, role])),
        );
      case "room":
        return replyOf(await chat.execute("open-room", actor, { room }), ({ room: record }) => ({
          capacity: record.capacity,
          archived: record.archived,
          cursor: `${record.epoch}.${record.head.seq}.${record.head.id}`,
          memberCount: record.memberCount,
        }));
      case "join": {
        const invite =
          command.invite === null ? undefined : (this.#invites.get(command.invite)?.invite ?? "no");
        return replyOf(await chat.execute("join-room", actor, { room, invite }), summaryOf);
      }
      case "leave":
        return replyOf(await chat.execute("leave-room", actor, { room }));
      case "remove": {
        const { user, ban } = command;
        return replyOf(await chat.execute("remove-member", actor, { room, user: idOf(user), ban }));
      }
      case "unban":
        return replyOf(await chat.execute("lift-ban", actor, { room, user: idOf(command.user) }));
      case "add": {
        const { user, role } = command;
        return replyOf(await chat.execute("add-member", actor, { room, user: idOf(user), role }));
      }
      case "appoint": {
        const { user, role } = command;
        const change = { room, user: idOf(user), role };
        return replyOf(await chat.execute("change-member", actor, change));
      }
      case "invite": {
        const { can, uses, name } = command;
        const wish = { room, can, ...(uses !== null && { uses }) };
        return replyOf(await chat.execute("create-invite", actor, wish), (made) => {
          this.#invites.set(name, made);
          return null;
        });
      }
      case "end-invite": {
        const invite = this.#invites.get(command.invite)?.id ?? "no";
        return replyOf(await chat.execute("end-invite", actor, { room, invite }));
      }
      case "archive": {
        const change = { archived: command.archived };
        return replyOf(await chat.execute("change-room", actor, { room, change }), summaryOf);
      }
      case "limit": {
        const change = { capacity: command.capacity };
        return replyOf(await chat.execute("change-room", actor, { room, change }), summaryOf);
      }
    }
  }

  /**
   * Somebody who is not there comes in: it breaks a rule of the schema, and all that shares the commit
   * is undone and done again. True if it was stored all the same.
   */
  async stumble(): Promise<boolean> {
    const nobody = { id: "u_nobody" as UserId, name: "nobody" };
    try {
      const { kind } = await this.#engine.store.append(joinDraft(randomIds, this.room, nobody));
      return kind === "stored";
    } catch {
      return false;
    }
  }

  /** The events that were committed since this was asked last. */
  takeCommitted(): Event[] {
    return this.#committed.splice(0);
  }

  /** The log as it is stored, from after `seq` on. */
  async log(epoch: string, seq: number, id: string): Promise<Event[]> {
    const most = { events: 1_000, bytes: 1e9 };
    const slice = await this.#engine.store.read(this.room, { epoch, seq, id }, most);
    if (slice.gap !== null) throw new Error(`the log knows no place ${seq}, ${id}: ${slice.gap}`);
    return slice.events.map(({ json }) => parse(json) as Event);
  }

  /** Who is in the room as what, who is banned, what invites there are, and what it is like: all that is beside its log. */
  async state(): Promise<object> {
    const { store } = this.#engine;
    const reading = async (person: Person) => {
      const found = await store.readings(idOf(person) as UserId, [this.room]);
      const counts = found.get(this.room);
      const followed = await store.threads(this.room, idOf(person) as UserId, limits.pageMax);
      const places = followed.map(({ seq, read }) => [seq, read]);
      return counts ? `${person}: ${show(countsOf(counts))} ${show(places)}` : [];
    };
    const [members, banned, invites, record, readings] = await Promise.all([
      store.members(this.room),
      store.banned(this.room),
      store.invites(this.room),
      store.room(this.room),
      Promise.all(people.map(reading)),
    ]);
    return {
      roles: members.map(({ user, role }) => `${user.name}: ${role}`).toSorted(),
      banned: banned.map(({ name }) => name).toSorted(),
      invites: invites.map(({ id, uses }) => `${this.#nameOf(id)}: ${uses}`).toSorted(),
      archived: record?.archived,
      capacity: record?.capacity,
      memberCount: record?.memberCount,
      readings: readings.flat(),
    };
  }

  #nameOf(id: string): number | undefined {
    for (const [name, invite] of this.#invites) if (invite.id === id) return name;
    return undefined;
  }

  async #open(): Promise<void> {
    const { clock } = this;
    const onFault = (fault: unknown) => void this.faults.push(fault);
    this.#engine = await openEmbedded({ folder: this.#folder, clock, onFault });
    const { store, blobs, peers } = this.#engine;
    this.#gateway = new Gateway({ clock, store, peers, onFault });
    this.#engine.backplane.listen(this.#gateway);
    const committed = ({ room, events }: Committed) => {
      if (room === this.room)
        this.#committed.push(...events.map(({ json }) => parse(json) as Event));
    };
    this.#engine.backplane.listen(listener({ committed }));
    this.#chat = new Chat({
      ...noFiles,
      store,
      blobs,
      clock,
      ids: randomIds,
      passwords: { hash: async () => "", verify: async () => false },
      ends: new Ends(store, clock, onFault),
      rates: noRates,
      backOff: new BackOff(clock, alone),
      roster: this.#gateway.roster,
      onFault,
    });
  }

  #streams() {
    const onFault = (fault: unknown) => void this.faults.push(fault);
    const [gateway, { store }, { clock }] = [this.#gateway, this.#engine, this];
    // What was read comes late, as from a store elsewhere: others are quicker meanwhile.
    const read = async (...what: Parameters<typeof store.read>) => {
      const slice = await store.read(...what);
      await new Promise<void>((resume) => clock.soon(resume));
      return toHistory(this.room, slice);
    };
    const following = { histories: { read }, hub: gateway.hub, onGap() {}, onSlow() {} };
    return { ...following, gateway, clock, onFault };
  }

  async #within<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const ended = promise.finally(() => (over = true));
    await this.clock.settle(() => over);
    return ended;
  }
}

/** The answer to what was given its place in the store's queue. */
async function settled<T>(
  queued: Promise<Outcome<{ readonly outcome: Promise<Outcome<T>> }>>,
): Promise<Outcome<T>> {
  const one = await queued;
  return one.ok ? one.value.outcome : one;
}

function countsOf({ read, unread, mentions, threads }: Counts & { read: number }) {
  return { read, unread, mentions, threads };
}

const show = (value: unknown): string => JSON.stringify(value);

type Outcome<T> = { ok: true; value: T } | { ok: false; error: { code: string } };

function replyOf<T>(outcome: Outcome<T>, told: (value: T) => unknown = () => null): Reply {
  return outcome.ok ? { value: told(outcome.value) } : { code: outcome.error.code };
}

function summaryOf(room: {
  capacity: number | null;
  archived: boolean;
  cursor: string;
  memberCount: number;
}): object {
  const { capacity, archived, cursor, memberCount } = room;
  return { capacity, archived, cursor, memberCount };
}

function actorOf(person: Person): Actor {
  return {
    user: { id: idOf(person) as UserId, name: person, guest: false, username: person },
    session: `s_${person}` as SessionId,
    admin: false,
    scope: null,
    expiresAt: null,
  };
}

const parse = (json: string): object => JSON.parse(json) as object;
