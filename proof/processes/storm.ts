import { becomeGuest, readPage } from "../replay/call.ts";
import { percentiles } from "../replay/tally.ts";
import type { Fault } from "./fault.ts";
import { figures, judge } from "./scene.ts";

const PEOPLE = 50;
const MESSAGES = 10;
const LIVE_WITHIN = 15_000;

export const storm: Fault = {
  name: "storm",
  what: "all sockets come back at once after a kill -9",
  async strike(setting) {
    const sockets = setting.long ? 5_000 : 500;
    const times = setting.long ? 3 : 1;
    const heals: number[] = [];
    const waits: number[] = [];
    const differences: string[] = [];
    let bit = 0;
    const judged = await judge(setting, async ({ run, server, crowd }) => {
      const guests = [];
      for (let index = 0; index < PEOPLE; index++) {
        const guest = await becomeGuest(run, run.ended, `guest ${index + 1}`);
        if (guest) guests.push(guest);
      }
      const talker = crowd.player("talker");
      await crowd.until(() => run.reading.size === 1, "the talker did not come in");
      const page = await readPage(run, run.ended, guests[0]?.token ?? "", undefined, 200);
      if (!page) throw new Error("the server was away");
      for (let index = 0; index < sockets; index++) {
        const guest = run.chance.one(guests);
        crowd.watchAs(guest, page.cursor, `socket ${index + 1}`, "ws");
        // Their first coming is no part of it.
        if (index % 50 === 0) await Bun.sleep(20);
      }
      let said = 0;
      for (let time = 0; time < times && !run.ended.aborted; time++) {
        await crowd.until(() => run.reading.size === sockets + 1, "not everybody was in");
        for (let count = 0; count < MESSAGES; count++) talker.say(`m-${++said}`, `before ${said}`);
        await crowd.until(() => crowd.waiting === 0, "it was not all stored");
        const before = run.history.length;
        const restarted = server.killAndRestart();
        for (let count = 0; count < MESSAGES; count++)
          talker.say(`m-${++said}`, `meanwhile ${said}`);
        await restarted;
        const upAt = performance.now();
        await crowd.until(() => run.reading.size === sockets + 1, "not everybody was back");
        heals.push(performance.now() - upAt);
        const back = run.history.slice(before);
        if (back.filter(({ kind }) => kind === "close").length === sockets + 1) bit++;
        for (const { kind, t } of back) if (kind === "open") waits.push(t - upAt);
      }
    });
    const slowest = Math.max(...heals);
    if (slowest > LIVE_WITHIN) differences.push(`the last was live after ${slowest.toFixed(0)} ms`);
    return {
      ...figures(judged),
      done: times,
      bit,
      heals,
      differences: [...judged.differences, ...differences],
      note: `${sockets} sockets of ${PEOPLE} people, each open again after ${percentiles(waits).p50.toFixed(0)} ms (median) and ${percentiles(waits).p99.toFixed(0)} ms (p99) from when the server was`,
    };
  },
};
