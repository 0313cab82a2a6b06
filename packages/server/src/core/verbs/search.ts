import {
  fail,
  ID_PATTERN,
  nothing,
  parseSearch,
  succeed,
  type Message,
  type Result,
  type RoomId,
  type Search,
  type User,
  type UserId,
} from "@snug/protocol";
import { boundTo, canIn, type Actor } from "../actor.ts";
import { authorize } from "../authorize.ts";
import { messageText } from "../event-text.ts";
import { nameKey } from "../name-key.ts";
import { peopleIn } from "../people-in.ts";
import { enter, hidden, isOver, roomFor, type PlaceWorld } from "../place.ts";
import {
  RoomGone,
  type Clock,
  type Criteria,
  type RoomFor,
  type RoomRecord,
  type Sought,
  type Spot,
  type Store,
} from "../ports.ts";
import { excerpt } from "../search/excerpt.ts";
import { fold } from "../search/fold.ts";
import { wordsOf } from "../search/words-of.ts";

/** Steps of the store that one search takes at most, so that none keeps it for itself. */
const STEPS = 10;

export interface Hit {
  readonly room: RoomId;
  /** As JSON. */
  readonly message: string;
  /** See `excerpt`. */
  readonly highlight: readonly string[];
}

export interface SearchPage {
  readonly hits: readonly Hit[];
  readonly users: Record<string, User>;
  readonly next: string | null;
}

export interface SearchWorld extends PlaceWorld {
  readonly store: Store;
  readonly clock: Pick<Clock, "now" | "soon">;
}

/** Messages that were said in the rooms that one may read, or in one of them, the newest first. */
export async function search(
  world: SearchWorld,
  actor: Actor,
  input: {
    readonly q: string;
    readonly room?: string | undefined;
    /** As an earlier page told it. */
    readonly next?: string | undefined;
    readonly limit: number;
  },
): Promise<Result<SearchPage>> {
  const { store, clock } = world;
  const query = parseSearch(input.q);
  if (!query.ok) return query;
  const criteria = await criteriaOf(store, actor, query.value);
  if (!criteria.ok) return criteria;
  let before: Spot | null = null;
  if (input.next !== undefined && (before = parseSpot(input.next)) === null) return noSpot;
  const hits: Hit[] = [];
  for (let steps = 0; ; steps++) {
    // Whoever was sent out meanwhile finds nothing more there.
    const rooms = await roomsOf(world, actor, query.value, input.room);
    if (!rooms.ok) return rooms;
    const among = (ids: readonly RoomId[]) => readableAmong(world, actor, rooms.value, ids);
    if (before !== null && !(await among([before.room])).has(before.room)) return noSpot;
    const most = input.limit - hits.length;
    const found = await store.search({ ...criteria.value, rooms: rooms.value, before, most });
    const readable = await among(found.hits.map(({ room }) => room));
    for (const { room, message } of found.hits)
      if (readable.has(room)) hits.push(hit(room, message.json, criteria.value));
    before = found.next;
    if (before === null || hits.length === input.limit || steps + 1 === STEPS) break;
    await new Promise<void>((resume) => clock.soon(resume));
  }
  const users = await peopleIn(
    store,
    hits.map(({ message }) => message),
  );
  return succeed({ hits, users, next: before && formatSpot(before) });
}

function hit(room: RoomId, json: string, { terms }: Criteria): Hit {
  const message = messageText(json);
  const words = wordsOf(JSON.parse(message) as Message);
  return { room, message, highlight: excerpt(words, terms) };
}

async function criteriaOf(store: Store, actor: Actor, query: Search): Promise<Result<Criteria>> {
  const folded = (words: readonly string[]) => words.map(fold).filter((word) => word.trim() !== "");
  const people = async (names: readonly string[]) =>
    new Set((await Promise.all(names.map((name) => called(store, actor, name)))).flat());
  const terms = folded(query.terms);
  if (terms.length === 0 && query.from.length === 0) return nothing;
  return succeed({
    terms,
    without: folded(query.without),
    by: query.from.length === 0 ? null : await people(query.from),
    notBy: await people(query.notFrom),
    since: query.since,
    until: query.until,
  });
}

/**
 * Who is meant: oneself (`me`), or whoever has this id, username or name. That
 * somebody is called so tells nothing: what they said is found where one may read it.
 */
async function called(store: Store, actor: Actor, given: string): Promise<UserId[]> {
  const name = /^<@([^>]+)>$/.exec(given)?.[1] ?? given.replace(/^@/, "");
  if (name.toLowerCase() === "me") return [actor.user.id];
  const [account, namesakes] = await Promise.all([store.account(name), store.namesakes(name)]);
  const ids = ID_PATTERN.test(name) ? [name as UserId] : [];
  return account ? [...ids, account.user.id, ...namesakes] : [...ids, ...namesakes];
}

/** The rooms to search; those that are named one by one may be read at this moment. */
async function roomsOf(
  world: SearchWorld,
  actor: Actor,
  query: Search,
  room: string | undefined,
): Promise<Result<Sought["rooms"]>> {
  const inRoom = room === undefined ? null : await enter(world, actor, "read", room);
  if (inRoom && !inRoom.ok) return inRoom;
  const isAnywhere = query.in.length === 0 && query.notIn.length === 0;
  if (!inRoom && isAnywhere && boundTo(actor) === null)
    return succeed({ visibleTo: actor.user.id });
  const readable = inRoom ? [inRoom.value.room] : await readableTo(world, actor);
  const isCalled = (name: string) => (record: RoomRecord) =>
    record.id === name || nameKey(record.name) === nameKey(name.replace(/^#/, ""));
  const meant: RoomRecord[] = [];
  for (const name of query.in) {
    const found = readable.filter(isCalled(name));
    // Of an ephemeral room one may know the id and not be in it.
    if (found.length === 0 && !inRoom) {
      const entered = await enter(world, actor, "read", name);
      if (entered.ok) found.push(entered.value.room);
    }
    if (found.length === 0) return hidden;
    meant.push(...found);
  }
  const all = query.in.length === 0 ? readable : meant;
  const left = all.filter((record) => !query.notIn.some((name) => isCalled(name)(record)));
  return succeed([...new Set(left.map(({ id }) => id))]);
}

async function readableTo(world: SearchWorld, actor: Actor): Promise<RoomRecord[]> {
  const bound = boundTo(actor);
  const rooms = bound
    ? await roomsFor(world, actor, bound)
    : await world.store.roomsFor(actor.user.id, "visible");
  return rooms.filter((room) => mayRead(world, actor, room));
}

/** Those of these rooms that the actor may read, of which the store may have found some that are over. */
async function readableAmong(
  world: SearchWorld,
  actor: Actor,
  rooms: Sought["rooms"],
  ids: readonly RoomId[],
): Promise<ReadonlySet<RoomId>> {
  if (!("visibleTo" in rooms)) return new Set(rooms);
  const found = await roomsFor(world, actor, new Set(ids));
  return new Set(found.filter((room) => mayRead(world, actor, room)).map(({ id }) => id));
}

async function roomsFor(
  { store }: SearchWorld,
  actor: Actor,
  ids: Iterable<string>,
): Promise<RoomFor[]> {
  const look = (id: string) =>
    roomFor(store, actor.user.id, id).catch((fault: unknown) => {
      // It was destroyed at this moment.
      if (fault instanceof RoomGone) return null;
      throw fault;
    });
  const rooms = await Promise.all(Array.from(ids, look));
  return rooms.filter((room) => room !== null);
}

function mayRead({ clock }: SearchWorld, actor: Actor, room: RoomFor): boolean {
  const asker = { admin: actor.admin, can: canIn(actor, room.id) };
  return !isOver(room, clock) && authorize(asker, "read", room) === "allowed";
}

const formatSpot = ({ room, seq }: Spot) => `${room}.${seq}`;

function parseSpot(text: string): Spot | null {
  const [, room = "", seq] = /^([\w-]+)\.([1-9]\d{0,15})$/.exec(text) ?? [];
  return ID_PATTERN.test(room) && Number.isSafeInteger(Number(seq))
    ? { room: room as RoomId, seq: Number(seq) }
    : null;
}

const noSpot = fail(
  "invalid_cursor",
  "Use next exactly as the page before gave it, or begin the search anew.",
  { field: "next" },
);
