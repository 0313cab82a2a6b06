import { sentAgainInLog } from "../replay/tally.ts";
import type { Fault } from "./fault.ts";
import { Poster } from "./poster.ts";
import { Proxy } from "./proxy.ts";
import { figures, judge, watchers } from "./scene.ts";

const EACH = 6;

export const acks: Fault = {
  name: "acks",
  what: "the answer to a send is lost, and its connection with it",
  async strike(setting) {
    const times = setting.long ? 10_000 : 300;
    let lost = 0;
    const judged = await judge(setting, async ({ run, server, crowd }) => {
      const proxy = await Proxy.open(server, () => ({ losesAck: run.chance.next() < 0.6 }));
      const bad = run.through(proxy);
      await watchers(crowd, 1);
      const going = () => proxy.mishaps.losesAck < times && !run.ended.aborted;

      const posting = Array.from({ length: EACH }, async (_, index) => {
        const poster = await Poster.come(run, `poster-${index}`, bad);
        for (let said = 1; going(); said++) await poster.post(`m-${said}`, `posted ${said}`);
      });
      const talking = Array.from({ length: EACH }, async (_, index) => {
        const player = crowd.player(`talker-${index}`, bad);
        for (let said = 1; going(); said++) {
          player.say(`m-${said}`, `said ${said}`);
          // Some wait for their answer, some send two or three at once.
          while (player.waiting > index % 3 && !run.ended.aborted) await Bun.sleep(2);
        }
      });
      await Promise.all([...posting, ...talking]);
      await crowd.until(() => crowd.waiting === 0, "some sends were not answered");
      lost = proxy.mishaps.losesAck;
      run.ended.addEventListener("abort", () => proxy.close());
    });
    const again = sentAgainInLog(judged);
    const differences = [...judged.differences];
    if (again < times / 2) differences.push(`only ${again} were in the log when sent again`);
    return {
      ...figures(judged),
      done: times,
      bit: Math.min(lost, times),
      differences,
      note: `half over HTTP, half over WebSocket; ${lost} answers lost, ${again} messages were seen in the log before they were sent again`,
    };
  },
};
