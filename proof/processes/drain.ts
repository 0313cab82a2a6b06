import type { Fault } from "./fault.ts";
import { figures, heals, judge, watchers } from "./scene.ts";
import { Talk } from "./talk.ts";

/** Few enough to read what comes at once: who writes to a socket that is gone does not see what it brought. */
const TALK = { people: 6, perSecond: 300 };
const LEAVES_WITHIN = 5_000;

export const drain: Fault = {
  name: "drain",
  what: "SIGTERM under 300 messages a second",
  async strike(setting) {
    const times = setting.long ? 20 : 3;
    const askedAt: number[] = [];
    const took: number[] = [];
    const differences: string[] = [];
    let [bit, byes] = [0, 0];
    const judged = await judge(setting, async ({ run, server, crowd }) => {
      await watchers(crowd, 1);
      const talk = new Talk(crowd, run, TALK);
      const everybody = 3 + TALK.people;
      const onSockets = 1 + TALK.people;
      for (let time = 0; time < times && !run.ended.aborted; time++) {
        await Bun.sleep(run.chance.whole(200, 800));
        await crowd.until(
          () => run.reading.size === everybody && crowd.waiting > 0,
          "not everybody was back",
        );
        if (crowd.waiting > 0) bit++;
        run.goodbyes.clear();
        askedAt.push(performance.now());
        const { exit, within } = await server.drainAndRestart();
        took.push(within);
        if (exit !== 0) differences.push(`it ended with ${exit}`);
        if (within > LEAVES_WITHIN) differences.push(`it took ${within.toFixed(0)} ms to go`);
        const said = run.goodbyes.get("1012, closed with 1012") ?? 0;
        byes += said;
        if (said !== onSockets) {
          const all = [...run.goodbyes].map(([what, count]) => `${count} × ${what}`).join(", ");
          differences.push(`of ${onSockets} sockets ${said} were told 1012 (${all})`);
        }
      }
      talk.stop();
    });
    return {
      ...figures(judged),
      done: times,
      bit,
      heals: heals(judged.history, askedAt),
      differences: [...judged.differences, ...differences],
      note: `exit code 0 after ${Math.max(...took).toFixed(0)} ms at most; ${byes} sockets were told bye 1012 and closed with it`,
    };
  },
};
