import type { Position, Role, RoomId, UserId } from "@snug/protocol";
import { authorize, type Action } from "../../core/authorize.ts";
import {
  RoomGone,
  type Draft,
  type Effect,
  type NewRoom,
  type RoomRecord,
  type StoredEvent,
} from "../../core/ports.ts";
import { aboutEntry } from "./entries.ts";
import { CHUNK, roomKeys, userKeys } from "./keys.ts";
import type { LogTold, Step } from "./step.ts";

/** A room as it is kept: without what its log tells. */
export type Kept = Omit<RoomRecord, "head" | "memberCount">;

export interface Membership {
  readonly role: Role;
  readonly joinedAt: number;
  /** The event of coming in. */
  readonly joined: number;
}

export interface Base extends Position {
  readonly at: number;
  readonly order: number;
}

const FIELDS = ["v", "m", "kept", "direct", "base", "seq", "id", "at", "owners", "day"] as const;
export const DAY_MS = 24 * 60 * 60 * 1_000;
/** How long a hash of what was sent lives; its day and the next are looked at. */
const SENT_SECONDS = (2 * DAY_MS) / 1_000;

/** The room as a step finds and leaves it; `null`: there is none. */
export function roomOf(step: Step, id: string): Promise<RoomStep | null> {
  return step.once(`room ${id}`, () => RoomStep.load(step, id));
}

/** The same of one that was looked up before the step. */
export async function knownRoom(step: Step, id: string): Promise<RoomStep> {
  const room = await roomOf(step, id);
  if (room === null) throw new RoomGone();
  return room;
}

/**
 * What a step does in one room. `v` is another version whenever record, members,
 * bans or invites are, `m` whenever messages are in another way than by being posted.
 */
export class RoomStep {
  readonly step: Step;
  readonly keys: ReturnType<typeof roomKeys>;
  kept: Kept;
  readonly direct: string | null;
  base: Base;
  head: Position;
  at: number;
  owners: number;
  memberCount: number;
  readonly #v: string | null;
  readonly #m: string | null;
  #day: number;
  readonly #changed = new Set<"v" | "m" | "log">();
  #told: LogTold | null = null;

  constructor(
    step: Step,
    found: Pick<RoomStep, "kept" | "direct" | "base" | "head" | "at" | "owners" | "memberCount"> & {
      v: string | null;
      m: string | null;
      day: number;
    },
  ) {
    this.step = step;
    this.keys = roomKeys(found.kept.id);
    this.kept = found.kept;
    this.direct = found.direct;
    this.base = found.base;
    this.head = found.head;
    this.at = found.at;
    this.owners = found.owners;
    this.memberCount = found.memberCount;
    this.#v = found.v;
    this.#m = found.m;
    this.#day = found.day;
    step.atEnd(() => this.#finish());
  }

  static async load(step: Step, id: string): Promise<RoomStep | null> {
    const keys = roomKeys(id);
    const [fields, memberCount] = (await step.readAll([
      ["HMGET", keys.room, ...FIELDS],
      ["HLEN", keys.members],
    ])) as [(string | null)[], number];
    const [v, m, kept, direct, base, seq, head, at, owners, day] = fields;
    step.guard(keys.room, "v", v ?? null);
    if (!v || !kept) return null;
    return new RoomStep(step, {
      kept: JSON.parse(kept) as Kept,
      direct: direct ?? null,
      base: JSON.parse(base ?? "") as Base,
      head: { seq: Number(seq), id: head ?? "" },
      at: Number(at),
      owners: Number(owners),
      memberCount,
      v,
      m: m ?? null,
      day: Number(day),
    });
  }

  static make(step: Step, { directKey, ...room }: NewRoom, number: number): RoomStep {
    const made = new RoomStep(step, {
      kept: { ...room, archived: false },
      direct: directKey,
      base: { seq: 0, id: "-", at: 0, order: 0 },
      head: { seq: 0, id: "-" },
      at: 0,
      owners: 0,
      memberCount: 0,
      v: null,
      m: null,
      day: -1,
    });
    const { keys } = made;
    if (directKey !== null) step.set(keys.room, "direct", directKey);
    step.write(
      "HSET",
      keys.room,
      "n",
      String(number),
      "order",
      "0",
      "held",
      "0",
      "base",
      JSON.stringify(made.base),
    );
    made.changes("v");
    made.changes("m");
    made.#changed.add("log");
    step.make(`room ${room.id}`, made);
    return made;
  }

  get id(): RoomId {
    return this.kept.id;
  }

  /** Something is another that plain posts, or other steps, count on. */
  changes(what: "v" | "m"): void {
    if (what === "m") this.watchMessages();
    this.#changed.add(what);
  }

  /** Messages must be as they were read, those that were posted since too. */
  watchMessages(): void {
    if (this.#m !== null) this.step.guard(this.keys.room, "m", this.#m);
    this.watchHead();
  }

  watchHead(): void {
    if (this.#v === null) return;
    this.step.guard(this.keys.room, "seq", String(this.#seqAsRead));
    this.step.logHolds.add(this.keys.hold);
  }

  /** Something hangs on the room from now on that must go with it. */
  async holds(): Promise<void> {
    const [held] = await this.step.watch(this.keys.room, "held");
    this.step.set(this.keys.room, "held", Number(held) + 1);
  }

  get #seqAsRead(): number {
    return this.#told?.before.seq ?? this.head.seq;
  }

  async member(user: string): Promise<Membership | null> {
    const [json] = await this.step.get(this.keys.members, user);
    return json ? (JSON.parse(json) as Membership) : null;
  }

  async standing(user: string): Promise<{ role: Role | null; banned: boolean }> {
    const [member, [ban]] = await Promise.all([
      this.member(user),
      this.step.get(this.keys.bans, user),
    ]);
    return { role: member?.role ?? null, banned: ban !== null };
  }

  /** Whether this user may do this now, to the other one, or to a message that is theirs. */
  async allows(
    by: UserId,
    needs: Action,
    { other, own }: { other?: UserId | undefined; own?: boolean | undefined } = {},
  ): Promise<boolean> {
    const { kind, archived } = this.kept;
    const [{ role, banned }, target] = await Promise.all([
      this.standing(by),
      other === undefined ? null : this.member(other),
    ]);
    const standing = { kind, archived, role, banned, target: target?.role ?? null, own };
    return authorize({ admin: false, can: "all" }, needs, standing) === "allowed";
  }

  /** Stores an event at the end of the log; number and time are known before, as the head is guarded. */
  push(
    { id, by, clientId, body, effect }: Draft,
    text: (seq: number, at: number, id: string, body: string) => string,
    now: number,
  ): { event: StoredEvent; at: number } {
    this.watchHead();
    const before = this.head;
    const seq = before.seq + 1;
    this.at = Math.max(now, this.at);
    const event = { seq, id, json: text(seq, this.at, id, body) };
    this.step.write("EVENT", this.keys.chunk(chunkOf(seq)), event.json, this.keys.room);
    if (clientId !== null) this.#remember(by, clientId, event, effect);
    this.#telling(before).events.push(event);
    if (effect) this.#telling(before).effects.push(effect);
    this.head = { seq, id };
    this.#changed.add("log");
    return { event, at: this.at };
  }

  /** Where in its list the event of this number stands. */
  indexOf(seq: number): number {
    return indexIn(this.base, seq);
  }

  /** An event tells of somebody. */
  tellsOf(user: string, seq: number): void {
    this.step.write("ZADD", this.keys.entries, "0", aboutEntry(user, seq));
    this.step.write("SADD", userKeys(user).told, this.id);
    this.step.write("HSETNX", this.keys.about, user, NO_ROLE);
  }

  /** What this sender stored under this `clientId`: number, time and id. */
  async sent(by: string, clientId: string, now: number): Promise<Sent | null> {
    this.watchHead();
    const day = Math.floor(Math.max(now, this.at) / DAY_MS);
    const field = sentField(by, clientId);
    for (const one of [day, day + 1]) {
      // What is older than the day before counts no more, and is dropped with the next.
      const [text] = await this.step.get(this.keys.sent(one), field);
      if (text && !(one === day && day !== this.#day)) return toSent(text);
    }
    return null;
  }

  #remember(by: string, clientId: string, { seq, id }: StoredEvent, effect: Effect | null): void {
    const day = Math.floor(this.at / DAY_MS);
    const key = this.keys.sent(day);
    if (day !== this.#day) this.step.write("UNLINK", key);
    this.#day = day;
    const { replyTo, thread } = effect?.kind === "post" ? effect : { replyTo: null, thread: null };
    const sent = [seq, this.at, id, replyTo ?? "", thread ?? ""].join(" ").trimEnd();
    this.step.write("HSET", key, sentField(by, clientId), sent);
    this.step.write("EXPIRE", key, String(SENT_SECONDS));
  }

  #telling(before: Position): LogTold {
    if (this.#told !== null) return this.#told;
    const { id: room, epoch } = this.kept;
    this.#told = { room, epoch, before, events: [], effects: [] };
    this.step.logs.push(this.#told);
    return this.#told;
  }

  #finish(): void {
    if (this.#changed.size === 0) return;
    const fields: Record<string, string> = {};
    if (this.#changed.has("v"))
      Object.assign(fields, { kept: JSON.stringify(this.kept), owners: String(this.owners) });
    if (this.#changed.has("m")) fields["base"] = JSON.stringify(this.base);
    if (this.#changed.has("log"))
      Object.assign(fields, {
        seq: String(this.head.seq),
        id: this.head.id,
        at: String(this.at),
        day: String(this.#day),
      });
    for (const version of ["v", "m"] as const)
      if (this.#changed.has(version)) fields[version] = crypto.randomUUID();
    this.step.write("HSET", this.keys.room, ...Object.entries(fields).flat());
  }
}

export interface Sent extends Position {
  readonly at: number;
  readonly replyTo: number | null;
  readonly thread: number | null;
}

/** `seq at id`, as the script keeps it, and behind it what it answered and its thread, if there is one. */
export function toSent(text: string): Sent {
  const [seq, at, id = "", replyTo, thread] = text.split(" ");
  const number = (digits: string | undefined) => (digits ? Number(digits) : null);
  return { seq: Number(seq), at: Number(at), id, replyTo: number(replyTo), thread: number(thread) };
}

/** Stands where the log told of somebody, and not of a role. */
export const NO_ROLE = "0";
/** Where it stands what others made somebody last. */
export const othersAbout = (user: string) => `=${user}`;
export const sentField = (by: string, clientId: string) => `${by} ${clientId}`;
export const chunkOf = (seq: number) => Math.floor((seq - 1) / CHUNK);

/** Lists begin with the first event that is not trimmed. */
export function indexIn(base: Position, seq: number): number {
  return seq - 1 - Math.max(chunkOf(seq) * CHUNK, base.seq);
}

/** What stands in a list: the event behind its place among the events of all rooms. */
export interface Line {
  readonly order: number;
  readonly json: string;
}

export function toLine(text: string): Line {
  const end = text.indexOf(" ");
  return { order: Number(text.slice(0, end)), json: text.slice(end + 1) };
}

export const fromLine = ({ order, json }: Line) => `${order} ${json}`;
