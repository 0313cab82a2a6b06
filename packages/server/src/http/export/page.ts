import {
  parseMarkdown,
  plainText,
  shownAs,
  type Message,
  type Room,
  type SharedFile,
  type User,
} from "@snug/protocol";
import { isUnreadable, type Said, type SaidItem, type SaidPage } from "../../core/said.ts";
import type { OwnExport } from "../../core/verbs/export-me.ts";
import { escaped, textHtml } from "./html.ts";
import { opensSafely, placeOf } from "./place-of.ts";
import { style } from "./style.ts";

// One page that reads an export from a disk, without a server and without a script:
// what is in it was written here, or is escaped. Times are UTC, as nothing in it knows
// where it is read.

export interface RoomPage {
  readonly title: string;
  readonly room: Room;
  readonly said: Said;
  readonly by: User;
  readonly at: number;
}

export interface OwnPage {
  readonly own: OwnExport;
  readonly parts: () => AsyncGenerator<{ readonly room: Room; readonly said: Said }>;
  readonly at: number;
}

/** A room to be read: what was said, day by day, and under each message its thread. */
export async function* roomPage({ title, room, said, by, at }: RoomPage): AsyncGenerator<string> {
  yield await head(title);
  const topic = room.topic && `<p><bdi>${escaped(room.topic)}</bdi></p>`;
  yield `<header><h1><bdi>${escaped(title)}</bdi></h1>${topic}<p class="soft">All that ${nameHtml(by)} could read here on ${dayOf(at)}, ${timeHtml(at)}. Times are UTC.</p></header>\n<main>`;
  const drawing = new Drawing("", said, "room");
  yield* drawing.all();
  yield `</main>\n${FOOT}`;
}

/** One's own data: who one is here, and what one said, room by room. */
export async function* ownPage({ own, parts, at }: OwnPage): AsyncGenerator<string> {
  const { me, sessions, tokens } = own;
  const title = `${me.user.name}: my data`;
  yield await head(title);
  const facts: [string, string][] = [
    ["Name", `<bdi>${escaped(me.user.name)}</bdi>`],
    ["Username", me.user.username === undefined ? "none: a guest" : escaped(me.user.username)],
    ["Shown as", me.presence],
    ["Others see how far you have read", me.receipts ? "yes" : "no"],
    ...sessions.map(({ device, usedAt }): [string, string] => [
      "Signed in",
      `<bdi>${escaped(device || "a device")}</bdi>, last used on ${dayOf(usedAt)}`,
    ]),
    ...tokens.map(({ can, createdAt }): [string, string] => [
      "Token for a program",
      `to ${can}, made on ${dayOf(createdAt)}`,
    ]),
  ];
  const list = facts.map(([term, said]) => `<dt>${term}</dt><dd>${said}</dd>`).join("");
  yield `<header><h1><bdi>${escaped(title)}</bdi></h1><p class="soft">What is kept of you, as it was on ${dayOf(at)}, ${timeHtml(at)}. Times are UTC. Of what was said in your rooms it holds your own messages and files.</p></header>\n<main><dl class="facts">${list}</dl>`;
  let number = 0;
  for await (const { room, said } of parts()) {
    const name = room.name || "Direct room";
    yield `<h2><bdi>${escaped(name)}</bdi></h2>`;
    const drawing = new Drawing(`r${++number}-`, said, "own");
    yield* drawing.all();
    if (drawing.isEmpty) yield `<p class="soft">You said nothing here.</p>`;
  }
  yield `</main>\n${FOOT}`;
}

/** Messages of one author within so long stand together. */
const TOGETHER = 5 * 60 * 1_000;

/** The messages of one room, in their order. */
class Drawing {
  isEmpty = true;
  /** Where there are several rooms, their numbers are not the only ones. */
  readonly #prefix: string;
  readonly #said: Said;
  readonly #whose: "room" | "own";

  constructor(prefix: string, said: Said, whose: "room" | "own") {
    this.#prefix = prefix;
    this.#said = said;
    this.#whose = whose;
  }

  async *all(): AsyncGenerator<string> {
    let before: SaidItem | null = null;
    let day = "";
    for await (const page of this.#said.pages()) {
      yield "<section>";
      for (const item of page.items) {
        if (await this.#hasThread(item)) continue;
        this.isEmpty = false;
        if (!isUnreadable(item) && dayOf(item.at) !== day) {
          day = dayOf(item.at);
          before = null;
          yield `<${this.#heading} class="day"><time datetime="${isoOf(item.at).slice(0, 10)}">${day}</time></${this.#heading}>\n`;
        }
        yield await this.#item(item, before, page);
        before = item;
        if (this.#whose === "own" || isUnreadable(item) || item.replies === undefined) continue;
        yield* this.#thread(item.seq, item.replies.count);
        before = null;
      }
      yield "</section>\n";
    }
  }

  get #heading(): string {
    return this.#whose === "own" ? "h3" : "h2";
  }

  async *#thread(seq: number, count: number): AsyncGenerator<string> {
    let before: SaidItem | null = null;
    yield `<details open><summary>${count === 1 ? "1 reply" : `${count} replies`}</summary>\n`;
    for await (const page of this.#said.replies(seq)) {
      for (const item of page.items) {
        yield await this.#item(item, before, page);
        before = item;
      }
    }
    yield "</details>\n";
  }

  /** Whether it is told below another message: in its thread, where that one's beginning is there. */
  async #hasThread(item: SaidItem): Promise<boolean> {
    if (this.#whose === "own" || isUnreadable(item) || item.thread === null) return false;
    return (await this.#said.message(item.thread)) !== null;
  }

  async #item(item: SaidItem, before: SaidItem | null, { users }: SaidPage): Promise<string> {
    const id = `${this.#prefix}m${item.seq}`;
    if (isUnreadable(item))
      return `<article id="${id}"><div class="deleted">Record ${item.seq} of this room is damaged, and cannot be read.</div></article>\n`;
    const nameOf = (user: string) => users[user]?.name || NOBODY;
    const follows = isTogether(item, before);
    const marks = [
      item.editedAt !== null && "edited",
      item.pinned && "pinned",
      this.#whose === "own" && item.thread !== null && "in a thread",
    ].filter((mark) => mark !== false);
    const when = `<a class="when" href="#${id}">${[timeHtml(item.at), ...marks].join(", ")}</a>`;
    const author = users[item.by];
    const face = `<div class="face t${tintOf(item.by)}" aria-hidden="true">${escaped(faceOf(nameOf(item.by), author?.avatar))}</div>`;
    const top = follows
      ? `<div>${when}`
      : `${face}<div><bdi class="who">${escaped(nameOf(item.by))}</bdi>${when}`;
    const body =
      item.deletedAt === null
        ? `${await this.#quote(item)}<div class="text">${textHtml(item.text, nameOf)}</div>${filesHtml(item.files)}${signsHtml(item, nameOf)}`
        : `<p class="deleted">This message was deleted.</p>`;
    return `<article id="${id}"${follows ? ' class="follows"' : ""}>${top}${body}</div></article>\n`;
  }

  async #quote({ replyTo }: Message): Promise<string> {
    if (replyTo === null) return "";
    // What another said is theirs.
    if (this.#whose === "own") return `<span class="quoted">An answer to message ${replyTo}</span>`;
    const page = await this.#said.around(replyTo);
    const href = `#${this.#prefix}m${replyTo}`;
    return `<a class="quoted" href="${href}"><bdi>${escaped(beginningOf(page))}</bdi></a>`;
  }
}

const NOBODY = "Somebody";
/** Characters that are shown of what was answered. */
const QUOTED = 120;

function beginningOf({ items: [answered], users }: SaidPage): string {
  if (answered === undefined || isUnreadable(answered) || answered.deletedAt !== null)
    return "A message that is not there any more";
  const text = plainText(parseMarkdown(answered.text), (id) => users[id]?.name);
  const said = text || answered.files.map(({ name }) => name).join(", ");
  const [line = ""] = said.split("\n");
  const signs = Array.from(line);
  const cut = signs.length > QUOTED ? `${signs.slice(0, QUOTED).join("")}…` : line;
  return `${users[answered.by]?.name || NOBODY}: ${cut}`;
}

function filesHtml(files: readonly SharedFile[]): string {
  if (files.length === 0) return "";
  return `<ul class="files">${files.map((file) => `<li>${fileHtml(file)}</li>`).join("")}</ul>`;
}

function fileHtml(file: SharedFile): string {
  const place = placeOf(file);
  const at = escaped(place.split("/").map(encodeURIComponent).join("/"));
  const name = `<bdi>${escaped(file.name)}</bdi>`;
  switch (shownAs(file.type)) {
    case "picture": {
      const { width, height } = file;
      const sides = width && height ? ` width="${width}" height="${height}"` : "";
      const picture = `<img src="${at}" alt="${escaped(file.name)}"${sides} loading="lazy">`;
      return opensSafely(place) ? `<a href="${at}">${picture}</a>` : picture;
    }
    case "audio":
      return `${name}<audio controls preload="none" src="${at}"></audio>`;
    case "video":
      return `${name}<video controls preload="none" src="${at}"></video>`;
    case null: {
      const size = `<span class="soft">${sizeOf(file.size)}</span>`;
      return opensSafely(place)
        ? `<a class="file" href="${at}">${name} ${size}</a>`
        : `<span class="file">${name} ${size}<br><span class="soft">Beside this page, as ${escaped(place)}</span></span>`;
    }
  }
}

function signsHtml({ reactions }: Message, nameOf: (user: string) => string): string {
  const signs = Object.entries(reactions);
  if (signs.length === 0) return "";
  const items = signs.map(([emoji, users]) => {
    const names = users.map(nameOf).join(", ");
    return `<li title="${escaped(names)}">${escaped(emoji)} <bdi>${escaped(users.length > 3 ? String(users.length) : names)}</bdi></li>`;
  });
  return `<ul class="signs">${items.join("")}</ul>`;
}

function isTogether(item: Message, before: SaidItem | null): boolean {
  if (before === null || isUnreadable(before) || item.replyTo !== null) return false;
  return before.by === item.by && item.at - before.at < TOGETHER;
}

const nameHtml = ({ name }: User) => `<bdi>${escaped(name)}</bdi>`;

async function head(title: string): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = Buffer.from(sum).toString("base64");
  // "self" is the folder that it is read from, over file: and http: alike.
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
`;
}

const FOOT = "</body>\n</html>\n";

const isoOf = (at: number) => new Date(at).toISOString();

/** Made for the first export: it takes a while. */
let days: Intl.DateTimeFormat | undefined;

function dayOf(at: number): string {
  days ??= new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });
  return days.format(at);
}

const timeHtml = (at: number) => `<time datetime="${isoOf(at)}">${isoOf(at).slice(11, 16)}</time>`;

/** Always the same tint for the same id, of those in the style. */
function tintOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (hash * 31 + id.charCodeAt(at)) >>> 0;
  return hash % 8;
}

/** What somebody chose to be shown by, else their initial. */
function faceOf(name: string, avatar: string | undefined): string {
  const [initial = "·"] = /[\p{L}\p{N}]|\p{Extended_Pictographic}/u.exec(name) ?? [];
  return avatar?.trim() || initial.toUpperCase();
}

function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000
    ? `${(bytes / 1_000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
