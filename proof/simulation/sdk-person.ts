import { SnugChat } from "../../packages/client/src/chat.ts";
import type { FollowedRoom } from "../../packages/client/src/chat-room.ts";
import { clientIdOf } from "../../packages/client/src/timeline.ts";
import type { Recorder } from "../place.ts";
import type { WireEvent } from "../replay/wire.ts";
import { BEGINNING } from "./node.ts";
import type { Person, World } from "./world.ts";

const types = [
  "message.posted",
  "member.joined",
  "member.left",
  "member.removed",
  "member.changed",
  "room.updated",
] as const;

/** Somebody whose program is made with the SDK. */
export class SdkPerson {
  readonly room: FollowedRoom;
  /** How many sends have no outcome yet. */
  waiting = 0;
  /** The numbers of the events that the program was told of. */
  readonly heard: number[] = [];
  readonly #world: World;
  readonly #person: Person;
  readonly #recorder: Recorder;
  readonly #chat: SnugChat;
  readonly #undo: (() => void)[] = [];

  constructor(world: World, client: string, person: Person, room: string) {
    this.#world = world;
    this.#person = person;
    this.#recorder = world.recorder(
      client,
      person,
      room,
      person.way.blocksWebSocket ? "sse" : "ws",
    );
    const { time, chance } = world;
    this.#chat = new SnugChat(
      { url: person.url, token: person.token },
      {
        now: () => BEGINNING + Math.round(time.now),
        after: (ms, act) => time.after(ms, act),
        random: () => chance.next(),
      },
    );
    this.room = this.#chat.room(room);
    for (const type of types) this.#undo.push(this.room.on(type, (event) => this.#hear(event)));
    this.#undo.push(
      this.room.onReset(() => world.complain(`${client}: the SDK began the room anew`)),
    );
  }

  get isLive(): boolean {
    return this.room.state.get().status === "live";
  }

  /** From here on every event is expected. */
  begin(seq: number, epoch: string): void {
    this.#recorder.write({ kind: "open", after: seq, epoch });
  }

  reconnect(): void {
    this.#chat.reconnect();
  }

  say(words: string): void {
    const posting = this.room.post(words);
    if (!posting.ok)
      return this.#world.complain(`the SDK refuses to post: ${posting.error.detail}`);
    const send = { sender: this.#person.id, clientId: clientIdOf(posting.value.key) };
    this.#recorder.write({ kind: "invoke", ...send, text: words });
    this.waiting++;
    void posting.value.sent.then((sent) => {
      this.waiting--;
      if (sent.ok) this.#recorder.write({ kind: "ok", ...send, ...pick(sent.value) });
      else this.#recorder.write({ kind: "fail", ...send, code: sent.error.code });
    });
  }

  close(): void {
    for (const undo of this.#undo) undo();
    this.#chat.close();
  }

  #hear(event: object): void {
    const heard = event as WireEvent;
    this.heard.push(heard.seq);
    this.#recorder.observe(heard);
  }
}

const pick = ({ seq, id }: { seq: number; id: string }) => ({ seq, id });
