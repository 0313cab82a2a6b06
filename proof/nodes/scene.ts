import { systemClock } from "../../packages/client/src/clock.ts";
import { Chance } from "../chance.ts";
import type { Setting } from "../processes/fault.ts";
import { Proxy } from "../processes/proxy.ts";
import { figures, judgeRun, type Judged, watchers } from "../processes/scene.ts";
import { becomeGuest } from "../replay/call.ts";
import type { Crowd } from "../replay/crowd.ts";
import { parseLog } from "../replay/log.ts";
import { ROOM, Run } from "../replay/run.ts";
import { drawOutSample } from "../replay/sample.ts";
import { readCursor } from "../replay/wire.ts";
import { SdkPerson } from "../sdk-person.ts";
import { Conversation } from "./conversation.ts";
import { House, type Settings } from "./house.ts";
import { silence } from "./silence.ts";

const LINES = 2_000;
/** As long as it may take until all know who is here: where a node died, and otherwise. */
const KNOWN_WITHIN = { death: 21_000, end: 7_000 };

export interface Order {
  readonly nodes: number;
  readonly settings: Settings;
  /** Lines that are said in a second. */
  readonly perSecond: number;
  /** Ends what the nodes are on. */
  readonly close: () => Promise<void>;
}

export interface Scene {
  readonly run: Run;
  readonly house: House;
  readonly crowd: Crowd;
  /** Those who use the SDK. */
  readonly programs: readonly SdkPerson[];
  /** How many have the room open when all is well, but for those who use the SDK. */
  readonly everybody: number;
}

/**
 * Plays around several nodes: a conversation of people on WebSockets and with the SDK, and readers
 * of every kind, all of whom come to any node. The checker judges what they saw, and who was there.
 */
export async function judgeNodes(
  setting: Setting,
  { nodes, settings, perSecond, close }: Order,
  act: (scene: Scene) => Promise<void>,
): Promise<Judged> {
  const [players, sdks] = setting.long ? [6, 2] : [3, 1];
  const chance = new Chance(setting.seed);
  const house = new House(nodes, setting.folder, chance, settings);
  const run = new Run(house.nodes, chance, house);
  const lines = parseLog(await drawOutSample(setting.seed, LINES));
  const play = async (crowd: Crowd) => {
    await watchers(crowd, 1);
    const programs = await Promise.all(
      Array.from({ length: sdks }, (_, index) => program(run, `sdk-${index + 1}`)),
    );
    const voices = {
      players: Array.from({ length: players }, (_, index) => {
        const player = crowd.player(`talker-${index + 1}`);
        return (clientId: string, text: string) => player.say(clientId, text);
      }),
      programs: programs.map((one) => (_: string, text: string) => one.say(text)),
    };
    const everybody = 3 + players;
    await crowd.until(() => run.reading.size === everybody, "not everybody came in");
    await crowd.until(() => programs.every(({ isLive }) => isLive), "the SDK did not come in");
    // All have joined, and nobody has said anything yet.
    const begin = (await crowd.readLog()).length;
    await crowd.until(
      () => programs.every(({ head }) => head === begin),
      "the SDK did not hear who came",
    );
    for (const one of programs)
      one.begin(begin, readCursor(one.room.state.get().room?.cursor ?? "").epoch);
    const talk = new Conversation(run, lines, voices, perSecond);
    await act({ run, house, crowd, programs, everybody });
    talk.stop();
    run.calm({ clean: true });
    const hasDied = run.history.some((entry) => entry.kind === "exit" && entry.how === "SIGKILL");
    if (setting.long) await Bun.sleep(KNOWN_WITHIN[hasDied ? "death" : "end"]);
    await crowd.until(
      () => crowd.waiting === 0 && programs.every(({ waiting }) => waiting === 0),
      "some messages were still without an answer",
    );
    const head = (await crowd.readLog()).length;
    await crowd.until(() => programs.every((one) => one.hasAll(head)), "the SDK had not heard all");
    for (const one of programs) one.close();
  };
  try {
    return await judgeRun(setting, run, play);
  } finally {
    await close();
  }
}

/** Somebody whose program is made with the SDK, and who is led to any node as well. */
async function program(run: Run, name: string): Promise<SdkPerson> {
  const guest = await becomeGuest(run, run.ended, name);
  if (!guest) throw new Error("the server was away when somebody came");
  const door = await Proxy.open(run.way, () => ({}));
  run.ended.addEventListener("abort", () => door.close());
  run.signIn(name, guest.id);
  const recorder = run.recorder(name, "ws");
  const complain = (what: string) => run.complain(`${name}: ${what}`);
  const use = { ...guest, url: `http://${door.address}`, recorder, clock: systemClock, complain };
  return new SdkPerson(use, ROOM);
}

/** What of it belongs into the outcome. */
export function nodeFigures(judged: Judged) {
  return { ...figures(judged), silence: Math.round(silence(judged.history)) };
}
