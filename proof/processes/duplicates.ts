import { becomeGuest } from "../replay/call.ts";
import { type Connection, stayConnected } from "../replay/connection.ts";
import { ROOM, type Run } from "../replay/run.ts";
import { object, text as textOf, whole } from "../replay/wire.ts";
import type { Fault } from "./fault.ts";
import { Poster } from "./poster.ts";
import { figures, judge, watchers } from "./scene.ts";

const PEOPLE = 10;
const MOST = 5;

export const duplicates: Fault = {
  name: "duplicates",
  what: "each message is sent one to five times at once, over two sockets and HTTP",
  async strike(setting) {
    const each = setting.long ? 600 : 40;
    const doubled = { messages: 0, tries: 0, conflicts: 0 };
    const differences: string[] = [];
    const judged = await judge(setting, async ({ run, crowd }) => {
      await watchers(crowd, 1);
      const people = Array.from({ length: PEOPLE }, async (_, index) => {
        const person = await Person.come(run, `twin-${index + 1}`);
        for (let said = 1; said <= each && !run.ended.aborted; said++) {
          const times = run.chance.whole(1, MOST);
          if (times > 1) doubled.messages++;
          doubled.tries += times;
          const created = await person.say(`m-${said}`, `message ${said}`, times);
          if (created > 1) differences.push(`m-${said} was answered with 201 ${created} times`);
          if (said % 10 !== 0) continue;
          doubled.conflicts++;
          const code = await person.sayOther(`m-${said}`);
          if (code !== "client_id_conflict") differences.push(`another text was answered: ${code}`);
        }
      });
      await Promise.all(people);
    });
    const twice = answeredTwice(judged.history);
    const { messages, tries, conflicts } = doubled;
    return {
      ...figures(judged),
      done: messages,
      bit: twice,
      differences: [...judged.differences, ...differences],
      note: `${tries} sends of ${judged.sent} messages; ${conflicts} times another text came under a clientId that was taken, and was refused`,
    };
  },
};

/** Somebody with two sockets, who sends over HTTP as well. */
class Person {
  readonly #run: Run;
  readonly #name: string;
  readonly #sender: string;
  readonly #sockets: readonly Connection[];
  readonly #poster: Poster;

  private constructor(
    run: Run,
    name: string,
    sender: string,
    sockets: readonly Connection[],
    poster: Poster,
  ) {
    this.#run = run;
    this.#name = name;
    this.#sender = sender;
    this.#sockets = sockets;
    this.#poster = poster;
  }

  static async come(run: Run, name: string): Promise<Person> {
    const guest = await becomeGuest(run, run.ended, name);
    if (!guest) throw new Error("the server was away when somebody came");
    const connect = () =>
      new Promise<Connection>((welcomed, failed) => {
        stayConnected(run.way.enter().address, run.ended, guest.token, {
          welcomed,
          frame: () => {},
        }).catch(failed);
      });
    const sockets = await Promise.all([connect(), connect()]);
    return new Person(run, name, guest.id, sockets, new Poster(run, name, guest));
  }

  /** So many times at once; how many of the answers over HTTP said that it was new. */
  async say(clientId: string, text: string, times: number): Promise<number> {
    const doors = this.#run.chance.shuffle([0, 1, 2, 0, 1, 2]).slice(0, times);
    const created = doors.map(async (door) => {
      const socket = this.#sockets[door];
      if (socket) return this.#sayOn(socket, clientId, text);
      const answer = await this.#poster.try(clientId, text);
      return answer?.status === 201 ? 1 : 0;
    });
    return (await Promise.all(created)).reduce<number>((sum, one) => sum + one, 0);
  }

  #sayOn(socket: Connection, clientId: string, text: string): Promise<0> {
    const recorder = this.#run.recorder(this.#name, "ws");
    const sender = this.#sender;
    recorder.write({ kind: "invoke", sender, clientId, text });
    return new Promise((answered) =>
      socket.ask({ type: "post-message", room: ROOM, clientId, text }, (reply) => {
        if (!reply) {
          recorder.write({ kind: "unknown", sender, clientId });
        } else if (reply.ok) {
          const message = object(reply.body.message, "message");
          const [seq, id] = [whole(message, "seq"), textOf(message, "id")];
          recorder.write({ kind: "ok", sender, clientId, seq, id });
        } else {
          recorder.write({ kind: "fail", sender, clientId, code: reply.code });
        }
        answered(0);
      }),
    );
  }

  /** Another text under the same clientId; nothing of it may be seen anywhere. */
  sayOther(clientId: string): Promise<string> {
    const [socket] = this.#sockets;
    const command = { type: "post-message", room: ROOM, clientId, text: "something else" };
    return new Promise((answered) =>
      socket?.ask(command, (reply) => answered(reply && !reply.ok ? reply.code : "no refusal")),
    );
  }
}

/** Messages that got more than one answer; the checker says whether those agree. */
function answeredTwice(history: readonly { kind: string; sender?: string; clientId?: string }[]) {
  const answers = new Map<string, number>();
  for (const { kind, sender, clientId } of history) {
    const message = `${sender} ${clientId}`;
    if (kind === "ok") answers.set(message, (answers.get(message) ?? 0) + 1);
  }
  return [...answers.values()].filter((count) => count > 1).length;
}
