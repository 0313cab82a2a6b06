import { SnugChat } from "../packages/client/src/chat.ts";
import type { FollowedRoom } from "../packages/client/src/chat-room.ts";
import type { Clock } from "../packages/client/src/clock.ts";
import { clientIdOf } from "../packages/client/src/timeline.ts";
import type { Wanted } from "./history.ts";
import type { Recorder } from "./place.ts";
import type { WireEvent } from "./replay/wire.ts";

const types = [
  "message.posted",
  "message.edited",
  "message.deleted",
  "message.pinned",
  "message.unpinned",
  "reaction.added",
  "reaction.removed",
  "room.cleared",
  "member.joined",
  "member.left",
  "member.removed",
  "member.changed",
  "room.updated",
] as const;

/** Who uses the SDK, where, and who writes it down. */
interface Use {
  readonly id: string;
  readonly token: string;
  readonly url: string;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly complain: (what: string) => void;
}

/** Somebody whose program is made with the SDK. */
export class SdkPerson {
  readonly room: FollowedRoom;
  /** How many sends have no outcome yet. */
  waiting = 0;
  readonly #complain: (what: string) => void;
  readonly #recorder: Recorder;
  readonly #chat: SnugChat;
  readonly #undo: (() => void)[] = [];
  id: string;
  readonly #said: { clientId: string; text: string; thread?: number }[] = [];
  #wanted = 0;
  #stays = false;
  #isAnew = false;
  /** The number of the event that the program was told of last; `null` before it begins. */
  #last: number | null = null;
  #heard = 0;

  constructor({ id, token, url, recorder, clock, complain }: Use, room: string) {
    this.id = id;
    this.#recorder = recorder;
    this.#complain = complain;
    this.#chat = new SnugChat({ url, token }, clock);
    this.room = this.#chat.room(room);
    for (const type of types) this.#undo.push(this.room.on(type, (event) => this.#hear(event)));
    this.#watch();
    this.#undo.push(this.room.onReset(() => void (this.#isAnew = true)));
  }

  /** The messages that it could do something with. */
  get shown() {
    return this.room.messages.get().flatMap((one) => (one.state === "sent" ? one : []));
  }

  /** How it stands to the room, as its inbox says. */
  get entry() {
    return this.#chat.inbox.get().rooms.find(({ room }) => room.id === this.room.id);
  }

  want(want: Wanted): void {
    const { room } = this;
    const change = { by: this.id, ref: `sdk ${++this.#wanted}` };
    const make = () => {
      switch (want.type) {
        case "message.edited":
          return room.edit(want.target, want.text);
        case "message.deleted":
          return room.remove(want.target);
        case "message.pinned":
        case "message.unpinned":
          return room.pin(want.target, want.type === "message.pinned");
        case "reaction.added":
        case "reaction.removed":
          return room.react(want.target, want.emoji, want.type === "reaction.added");
        case "room.cleared":
          throw new Error("the SDK clears no room");
      }
    };
    this.#recorder.write({ kind: "change", ...change, want, insists: true });
    this.waiting++;
    void make().then((made) => {
      this.waiting--;
      if (made.ok) this.#recorder.write({ kind: "changed", ...change });
      // What it gave up may have been done all the same.
      else if (made.error.code !== "no_connection")
        this.#recorder.write({ kind: "unchanged", ...change, code: made.error.code });
    });
  }

  type(): void {
    this.#recorder.write({ kind: "types" });
    this.room.setTyping();
  }

  markRead(back: boolean): void {
    const { seq } = this.shown.at(-1) ?? { seq: 1 };
    if (back) void this.room.markUnread(seq);
    else this.room.markRead();
  }

  /** Writes down what it is told of others. */
  #watch(): void {
    const { presence, state } = this.room;
    const tell = () => {
      const { online, count } = presence.get();
      const ids = online.map(({ id }) => id);
      const isHere = this.isLive || count > 0;
      if (isHere !== this.#stays) this.#recorder.write({ kind: "stay", opens: isHere });
      this.#stays = isHere;
      if (count > 0)
        this.#recorder.write({ kind: "company", whole: true, online: ids, offline: [] });
    };
    this.#undo.push(
      presence.subscribe(tell),
      state.subscribe(() => void (this.isLive === this.#stays || tell())),
    );
  }

  /** The number of the last event that it knows. */
  get head(): number {
    return Math.max(this.#heard, this.room.state.get().room?.seq ?? 0);
  }

  /** Where its session is gone, it comes in as somebody new; whether it did. */
  async comesAnew(name: string): Promise<boolean> {
    if (this.#chat.connection.get().status !== "refused") return false;
    const made = await this.#chat.becomeGuest(name);
    if (!made.ok) return false;
    this.id = made.value.user.id;
    // What it said as somebody else that is lost, or was not answered, it says again as this one.
    for (const send of this.#said)
      this.#recorder.write({ kind: "invoke", sender: this.id, ...send });
    return true;
  }

  get isLive(): boolean {
    return this.room.state.get().status === "live";
  }

  /** From here on, with all that it knows, every event is expected. */
  begin(seq: number, epoch: string): void {
    this.#last = seq;
    this.#recorder.write({ kind: "open", after: seq, epoch });
  }

  /** Whether it knows all up to this number: what came before it began anew, it was not told one by one. */
  hasAll(head: number): boolean {
    if (this.#isAnew && this.room.state.get().room?.seq === head) this.#begin(head);
    return !this.#isAnew && this.#last === head;
  }

  reconnect(): void {
    this.#chat.reconnect();
  }

  say(words: string, thread?: number): void {
    const list = thread === undefined ? this.room : this.room.thread(thread);
    const posting = list.post(words);
    if (!posting.ok) return this.#complain(`the SDK refuses to post: ${posting.error.detail}`);
    const where = thread === undefined ? {} : { thread };
    const send = { clientId: clientIdOf(posting.value.key), text: words, ...where };
    const { clientId } = send;
    this.#recorder.write({ kind: "invoke", sender: this.id, ...send });
    this.waiting++;
    this.#said.push(send);
    void posting.value.sent.then((sent) => {
      this.waiting--;
      const sender = this.id;
      if (sent.ok) this.#recorder.write({ kind: "ok", sender, clientId, ...pick(sent.value) });
      else this.#recorder.write({ kind: "fail", sender, clientId, code: sent.error.code });
    });
  }

  close(): void {
    for (const undo of this.#undo) undo();
    this.#chat.close();
  }

  #begin(seq: number): void {
    this.#recorder.write({ kind: "anew", seq });
    this.#isAnew = false;
    this.#last = seq;
  }

  #hear(event: object): void {
    const heard = event as WireEvent;
    this.#heard = heard.seq;
    if (this.#last === null) return;
    if (this.#isAnew) this.#begin(heard.seq - 1);
    this.#last = heard.seq;
    this.#recorder.observe(heard);
  }
}

const pick = ({ seq, id }: { seq: number; id: string }) => ({ seq, id });
