import { bunPasswords, bunPictures, createServer, openEmbedded, systemClock } from "@snug/server";
import { ConfigError } from "../config.ts";
import {
  chapters,
  offeredPeople,
  password,
  people,
  type Chapter,
  type Line,
  type Person,
} from "./story.ts";

const HOUR = 60 * 60 * 1_000;
/** Before all that is told. */
const BEGINNING = 72 * HOUR;

/**
 * Tells the story into a data folder, at the times it is said to have
 * happened: through a server of its own, by the same calls as anybody's, with
 * a clock that runs ahead. Does nothing where it was told before.
 */
export async function tellStory(folder: string): Promise<void> {
  const start = Date.now();
  let now = start - BEGINNING;
  const clock = { ...systemClock, now: () => now };
  const engine = await openEmbedded({ folder, clock });
  try {
    if ((await engine.store.account("mira")) !== null) return;
    if ((await engine.store.allUsers()).length > 0) {
      throw new ConfigError(
        `${folder} holds people of its own already. Give --demo another folder with --data.`,
      );
    }
    const ports = { engine, clock, passwords: bunPasswords(), pictures: bunPictures() };
    const snug = await createServer({ ...ports, adminClaim: null, rateLimits: "off" });
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", ...snug });
    try {
      const tell = new Teller(server.url.origin);
      await tell.signUp();
      for (const chapter of chapters) {
        const room = await tell.open(chapter);
        for (const line of chapter.lines) {
          now = start - line[0] * HOUR;
          await tell.say(room, line);
        }
      }
    } finally {
      await snug.close();
      await server.stop(true);
    }
  } finally {
    await engine.close();
  }
}

/** Whom one may sign in as. */
export function offered() {
  return offeredPeople.map((username) => ({ username, name: people[username].name, password }));
}

class Teller {
  readonly #url: string;
  /** Messages that others answer, by what the story calls them. */
  readonly #named = new Map<string, number>();
  readonly #signedIn = new Map<Person, { id: string; token: string }>();

  constructor(url: string) {
    this.#url = url;
  }

  async signUp(): Promise<void> {
    for (const [username, { name, avatar }] of Object.entries(people)) {
      const body = { username, password, name };
      const { user, token } = await this.#call<Account>("POST", "/v1/accounts", null, body);
      this.#signedIn.set(username as Person, { id: user.id, token });
      await this.#call("PATCH", "/v1/me", username as Person, { avatar });
    }
  }

  /** The room of a chapter, with its people in it. */
  async open({ kind, name, topic, members }: Chapter): Promise<string> {
    const [owner = "mira", ...others] = members;
    if (name === "general") return "general";
    const wish =
      kind === "direct"
        ? { kind, with: others.map((person) => this.#who(person).id) }
        : { kind, name, topic };
    const { room } = await this.#call<{ room: { id: string } }>("POST", "/v1/rooms", owner, wish);
    if (kind === "direct") return room.id;
    for (const person of others) {
      const path = `/v1/rooms/${room.id}/members/${this.#who(person).id}`;
      await this.#call("PUT", path, owner, {});
    }
    return room.id;
  }

  async say(room: string, [, by, text, more = {}]: Line): Promise<void> {
    const { as, answers, thread, first, reactions = {}, pinnedBy } = more;
    const place = {
      ...(answers !== undefined && { replyTo: this.#named.get(answers) }),
      ...(thread !== undefined && { thread: this.#named.get(thread) }),
    };
    const body = { clientId: crypto.randomUUID(), text: first ?? text, ...place };
    const path = `/v1/rooms/${room}/messages`;
    const { message } = await this.#call<{ message: { seq: number } }>("POST", path, by, body);
    const own = `${path}/${message.seq}`;
    if (as !== undefined) this.#named.set(as, message.seq);
    if (first !== undefined) await this.#call("PATCH", own, by, { text });
    for (const [emoji, people] of Object.entries(reactions))
      for (const person of people)
        await this.#call("PUT", `${own}/reactions/${encodeURIComponent(emoji)}`, person, {});
    if (pinnedBy !== undefined) await this.#call("PUT", `${own}/pin`, pinnedBy, {});
  }

  #who(person: Person): { id: string; token: string } {
    const found = this.#signedIn.get(person);
    if (!found) throw new Error(`${person} is not signed up`);
    return found;
  }

  async #call<Answer>(method: string, path: string, by: Person | null, body: object) {
    const authorization = by && { authorization: `Bearer ${this.#who(by).token}` };
    const response = await fetch(this.#url + path, {
      method,
      headers: { "content-type": "application/json", ...authorization },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as Answer;
  }
}

interface Account {
  readonly user: { readonly id: string };
  readonly token: string;
}
