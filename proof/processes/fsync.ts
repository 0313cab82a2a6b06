import { becomeGuest, readPage } from "../replay/call.ts";
import { type Connection, stayConnected } from "../replay/connection.ts";
import type { Run } from "../replay/run.ts";
import { percentiles } from "../replay/tally.ts";
import type { Fault } from "./fault.ts";
import { figures, judge, watchers } from "./scene.ts";
import { Shim } from "./shim.ts";
import { Talk } from "./talk.ts";

const DELAYS = [0, 50, 500];
const PAUSE = 20;
const TALK = { people: 5, perSecond: 50 };

export const fsync: Fault = {
  name: "fsync",
  what: "each fsync takes 50 ms, then 500 ms",
  async strike(setting) {
    const shim = Shim.build(setting);
    const length = setting.long ? 15_000 : 1_500;
    const told: string[] = [];
    const differences: string[] = [];
    let bit = 0;
    const judged = await judge(
      setting,
      async ({ run, crowd }) => {
        await watchers(crowd, 1);
        const asking = await Asking.come(run);
        const talk = new Talk(crowd, run, TALK);
        await crowd.until(() => run.reading.size === 3 + TALK.people, "not everybody was in");
        for (const delay of DELAYS) {
          const [syncs, from] = [shim.get("syncs"), run.history.length];
          shim.set("syncMs", delay);
          const { pings, pages } = await asking.go(length);
          const acks = answerTimes(run.history.slice(from));
          if (delay > 0 && shim.get("syncs") > syncs && percentiles(acks).p50 >= delay) bit++;
          const fastest = Math.min(...acks);
          if (fastest < delay)
            differences.push(
              `an answer came after ${fastest.toFixed(1)} ms, before any sync ended`,
            );
          if (run.reading.size !== 3 + TALK.people) differences.push("somebody was thrown out");
          const [ack, ping, page] = [acks, pings, pages].map(describe);
          told.push(`with ${delay} ms: answers ${ack}, pings ${ping}, pages ${page}`);
        }
        shim.set("syncMs", 0);
        talk.stop();
      },
      shim.env,
    );
    return {
      ...figures(judged),
      done: DELAYS.filter((delay) => delay > 0).length,
      bit,
      differences: [...judged.differences, ...differences],
      note: `milliseconds, median and maximum, ${told.join("; ")}: SQLite syncs in the thread that serves, so everything waits with the sends; nobody is thrown out for it`,
    };
  },
};

const describe = (samples: readonly number[]) =>
  `${percentiles([...samples]).p50.toFixed(0)}/${Math.max(...samples).toFixed(0)}`;

/** Somebody who asks for nothing that has to be stored. */
class Asking {
  readonly #run: Run;
  readonly #token: string;
  readonly #socket: Connection;

  private constructor(run: Run, token: string, socket: Connection) {
    this.#run = run;
    this.#token = token;
    this.#socket = socket;
  }

  static async come(run: Run): Promise<Asking> {
    const guest = await becomeGuest(run, run.ended, "somebody who asks");
    if (!guest) throw new Error("the server was away");
    const socket = await new Promise<Connection>((welcomed, failed) => {
      stayConnected(run.way.enter().address, run.ended, guest.token, {
        welcomed,
        frame: () => {},
      }).catch(failed);
    });
    return new Asking(run, guest.token, socket);
  }

  /** How long pings and pages took, over so many milliseconds. */
  async go(length: number): Promise<{ pings: number[]; pages: number[] }> {
    const until = performance.now() + length;
    const again = async (ask: () => Promise<unknown>) => {
      const took: number[] = [];
      while (performance.now() < until && !this.#run.ended.aborted) {
        const from = performance.now();
        await ask();
        took.push(performance.now() - from);
        await Bun.sleep(PAUSE);
      }
      return took;
    };
    const [pings, pages] = await Promise.all([
      again(() => new Promise((pong) => this.#socket.ask({ type: "ping" }, pong))),
      again(() => readPage(this.#run, this.#run.ended, this.#token, undefined, 50)),
    ]);
    return { pings, pages };
  }
}

function answerTimes(entries: Run["history"]): number[] {
  const sentAt = new Map<string, number>();
  const took: number[] = [];
  for (const entry of entries) {
    if (entry.kind === "invoke") sentAt.set(entry.clientId, entry.t);
    const sent = entry.kind === "ok" ? sentAt.get(entry.clientId) : undefined;
    if (sent !== undefined) took.push(entry.t - sent);
  }
  return took;
}
