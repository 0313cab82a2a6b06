import { sentAgainInLog } from "../replay/tally.ts";
import type { Fault } from "./fault.ts";
import { figures, heals, judge, watchers } from "./scene.ts";
import { Talk } from "./talk.ts";

const TALK = { people: 6, perSecond: 500 };
const BACK_WITHIN = 3_000;
/** Five seconds, and the random pause before somebody tries again. */
const LIVE_WITHIN = 5_400;

export const kill: Fault = {
  name: "kill",
  what: "kill -9 under 500 messages a second",
  async strike(setting) {
    const kills = setting.long ? 50 : 4;
    const killedAt: number[] = [];
    const inFlight: number[] = [];
    let away: readonly number[] = [];

    const judged = await judge(setting, async ({ run, server, crowd }) => {
      await watchers(crowd, 1);
      const talk = new Talk(crowd, run, TALK);
      const everybody = 3 + TALK.people;
      for (let kill = 0; kill < kills && !run.ended.aborted; kill++) {
        await Bun.sleep(run.chance.whole(200, 800));
        await crowd.until(
          () => run.reading.size === everybody && crowd.waiting > 0,
          "not everybody was back",
        );
        killedAt.push(performance.now());
        inFlight.push(crowd.waiting);
        await server.killAndRestart();
      }
      talk.stop();
      ({ away } = server);
    });

    const healed = heals(judged.history, killedAt);
    const differences = [...judged.differences];
    const slowest = Math.max(...away);
    if (slowest > BACK_WITHIN) differences.push(`the server was away for ${slowest.toFixed(0)} ms`);
    if (Math.max(...healed) > LIVE_WITHIN) differences.push("somebody was not live within 5 s");
    const again = sentAgainInLog(judged);
    // A few kills may all miss the moment between a commit and its answer; many do not.
    if (setting.long && again === 0) differences.push("no answer alone was lost");
    return {
      ...figures(judged),
      done: kills,
      bit: inFlight.filter((sends) => sends > 0).length,
      heals: healed,
      differences,
      note: `${sum(inFlight)} sends were in flight, ${again} were in the log already when they were sent again; the server was back after ${slowest.toFixed(0)} ms at most`,
    };
  },
};

const sum = (of: readonly number[]) => of.reduce((total, one) => total + one, 0);
