import { becomeGuest, call, type Guest } from "../replay/call.ts";
import type { Run } from "../replay/run.ts";
import { events, object, text } from "../replay/wire.ts";
import type { Fault } from "./fault.ts";
import { Poster } from "./poster.ts";
import { figures, judge, watchers } from "./scene.ts";
import { Shim } from "./shim.ts";
import { Talk } from "./talk.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How far off the clock goes, one after the other; "frozen": it stands still. */
const JUMPS = [HOUR, -HOUR, DAY, -DAY, "frozen", 0] as const;
/** How far what the server writes down may be from what its clock should say. */
const NEAR = 3_000;
const TALK = { people: 4, perSecond: 40 };

export const clock: Fault = {
  name: "clock",
  what: "the server's clock jumps by hours and days, and stands still",
  async strike(setting) {
    const shim = Shim.build(setting);
    const [rounds, length] = setting.long ? [5, 2_000] : [1, 600];
    const differences: string[] = [];
    let [bit, repeats] = [0, 0];
    const judged = await judge(
      setting,
      async ({ run, crowd }) => {
        await watchers(crowd, 1);
        const guest = await becomeGuest(run, run.ended, "poster");
        if (!guest) throw new Error("the server was away");
        const poster = new Poster(run, "poster", guest);
        const talk = new Talk(crowd, run, TALK);
        const everybody = 3 + TALK.people;
        await crowd.until(() => run.reading.size === everybody, "not everybody was in");
        let posted = 0;
        for (const jump of Array.from({ length: rounds }, () => JUMPS).flat()) {
          const frozen = jump === "frozen";
          const standstill = frozen ? Date.now() - DAY : 0;
          shim.set("frozenMs", standstill);
          shim.set("offsetMs", frozen ? 0 : jump);
          await Bun.sleep(length);
          const now = frozen ? standstill : Date.now() + jump;
          const at = await roomMadeAt(run, guest);
          if (Math.abs(at - now) < NEAR) bit++;
          else differences.push(`a room was made at ${at}, by a clock that should say ${now}`);
          await poster.post(`p-${++posted}`, `posted ${posted}`);
          for (let old = 1; old < posted; old++) {
            const answer = await poster.try(`p-${old}`, `posted ${old}`);
            if (answer?.status !== 200) differences.push(`a repeat was answered ${answer?.status}`);
            repeats++;
          }
          if (run.reading.size !== everybody) differences.push("somebody was thrown out");
        }
        talk.stop();
      },
      shim.env,
    );
    return {
      ...figures(judged),
      done: rounds * JUMPS.length,
      bit,
      differences: [...judged.differences, ...differences],
      note: `±1 hour, ±1 day, frozen a day ago, and right again, each seen in the time of a new room; ${repeats} repeats were known again, nobody was thrown out`,
    };
  },
};

/** When the first event of a new room happened, as the server's clock says. */
async function roomMadeAt(run: Run, { token }: Guest): Promise<number> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ kind: "private", name: "new" });
  const made = await call(run, run.ended, "/v1/rooms", { method: "POST", headers, body });
  const room = text(object(made?.body.room, "room"), "id");
  const page = await call(run, run.ended, `/v1/rooms/${room}/events`, { headers });
  return events(page?.body ?? {})[0]?.at ?? NaN;
}
