import { limits, type Member, type Room, type User } from "@snug/protocol";
import type { Blobs } from "../../core/ports.ts";
import { isUnreadable, type Said, type SaidItem } from "../../core/said.ts";
import type { OwnExport } from "../../core/verbs/export-me.ts";
import type { RoomExport } from "../../core/verbs/export-room.ts";
import { ownPage, roomPage } from "./page.ts";
import { placeOf } from "./place-of.ts";

/** One file of an archive. */
export interface Entry {
  readonly name: string;
  readonly lastModified: Date;
  readonly input: AsyncGenerator<Uint8Array>;
}

export interface About {
  /** Who takes it, and when. */
  readonly by: User;
  readonly at: number;
  readonly blobs: Pick<Blobs, "read">;
  readonly signal: AbortSignal;
}

/** Files that are in the archive by now, and ids of those that could not be. */
interface Tally {
  taken: number;
  readonly missing: string[];
}

export async function* roomEntries(
  { room, members, said }: RoomExport,
  about: About,
): AsyncGenerator<Entry> {
  const users = new Map<string, User>();
  const tally: Tally = { taken: 0, missing: [] };
  const title = titleOf(room, members);
  yield text(
    "messages.jsonl",
    about.at,
    lines(said, users, (item) => item),
  );
  yield text("index.html", about.at, roomPage({ title, room, said, by: about.by, at: about.at }));
  yield* files(said, about, tally);
  yield json("users.json", about.at, { users: Object.fromEntries(users) });
  const exported = { exportedAt: about.at, exportedBy: about.by.id, missing: tally.missing };
  yield json("room.json", about.at, { room, members, ...exported });
}

export async function* meEntries(own: OwnExport, about: About): AsyncGenerator<Entry> {
  const { me, rooms, sessions, tokens } = own;
  const users = new Map<string, User>();
  const tally: Tally = { taken: 0, missing: [] };
  const parts = async function* () {
    for (const { room } of rooms) {
      const said = await own.saidIn(room.id);
      if (said !== null) yield { room, said };
    }
  };
  const all = async function* () {
    for await (const { room, said } of parts())
      yield* lines(said, users, (message) => ({ room: room.id, message }));
  };
  yield text("messages.jsonl", about.at, all());
  yield text("index.html", about.at, ownPage({ own, parts, at: about.at }));
  for await (const { said } of parts()) yield* files(said, about, tally);
  yield json("users.json", about.at, { users: Object.fromEntries(users) });
  yield json("rooms.json", about.at, { rooms });
  yield json("sessions.json", about.at, { sessions, tokens });
  yield json("me.json", about.at, { ...me, exportedAt: about.at, missing: tally.missing });
}

/** What a room is called; a direct one has no name but those of its people. */
export function titleOf(room: Room, members: readonly Member[]): string {
  return room.name || members.map(({ user }) => user.name).join(", ") || "Room";
}

/** One line for each message; whom they name is added to `users`. */
async function* lines(
  said: Said,
  users: Map<string, User>,
  lineOf: (item: SaidItem) => object,
): AsyncGenerator<string> {
  for await (const page of said.pages()) {
    for (const [id, user] of Object.entries(page.users)) users.set(id, user);
    yield page.items.map((item) => `${JSON.stringify(lineOf(item))}\n`).join("");
  }
}

async function* files(said: Said, about: About, tally: Tally): AsyncGenerator<Entry> {
  for await (const { items } of said.pages()) {
    for (const message of items) {
      if (isUnreadable(message)) continue;
      for (const { id } of message.files) {
        const file = await said.file(message.seq, id);
        // Deleted since its message was told.
        if (file === null) continue;
        const isOver = tally.taken >= limits.exportFiles;
        const bytes = isOver ? null : await about.blobs.read(id, 0, file.size);
        if (bytes === null) {
          tally.missing.push(id);
          continue;
        }
        tally.taken++;
        const lastModified = new Date(message.at);
        yield { name: placeOf(file), lastModified, input: read(bytes, about.signal) };
      }
    }
  }
}

async function* read(
  bytes: Blob | ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = (bytes instanceof Blob ? bytes.stream() : bytes).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      signal.throwIfAborted();
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

const encoder = new TextEncoder();

function text(name: string, at: number, pieces: AsyncGenerator<string>): Entry {
  const input = (async function* () {
    for await (const piece of pieces) yield encoder.encode(piece);
  })();
  return { name, lastModified: new Date(at), input };
}

function json(name: string, at: number, value: object): Entry {
  const whole = async function* () {
    yield `${JSON.stringify(value, null, 2)}\n`;
  };
  return text(name, at, whole());
}
