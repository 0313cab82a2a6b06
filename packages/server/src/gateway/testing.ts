import { GENERAL, type User, type UserId } from "@snug/protocol";
import { openMemory } from "../engine/memory/engine.ts";
import type { Actor } from "../core/actor.ts";
import { BackOff } from "../core/back-off.ts";
import { Chat } from "../core/chat.ts";
import { Ends } from "../core/ends.ts";
import type { Engine, HostTokens } from "../core/ports.ts";
import { noRates } from "../core/rates.ts";
import { alone } from "../core/talk.ts";
import { noFiles, newRoom } from "../fixtures.ts";
import { randomIds } from "../ids.ts";
import { bunPasswords } from "../passwords/bun-passwords.ts";
import { ManualClock } from "../manual-clock.ts";
import { isAside, type Frame } from "../testing.ts";
import { connectionPlaces } from "./connection-places.ts";
import { Gateway } from "./gateway.ts";
import { toHistory, type Histories } from "./histories.ts";
import { Socket, type SocketWire } from "./socket.ts";
import type { StreamWire } from "./event-stream.ts";
import { Stream } from "./stream.ts";

const room = GENERAL;

/** A gateway on a clock moved by hand, with wires that note what they are told. */
export async function start({
  hostTokens,
  clock = new ManualClock(),
  engine = openMemory({ clock }),
}: { hostTokens?: HostTokens; clock?: ManualClock; engine?: Engine } = {}) {
  await engine.store.addRoom(newRoom(room, { epoch: "ep" }));
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const { store, blobs } = engine;
  const ends = new Ends(store, clock, onFault);
  const gateway = new Gateway({ clock, store, peers: engine.peers, onFault });
  const chat = new Chat({
    ...noFiles,
    store,
    blobs,
    clock,
    ids: randomIds,
    passwords: bunPasswords(),
    ends,
    rates: noRates,
    backOff: new BackOff(clock, alone),
    hostTokens,
    roster: gateway.roster,
    onFault,
  });
  engine.backplane.listen(gateway);
  const slow: number[] = [];
  const histories: Pick<Histories, "read"> = {
    read: async (id, ...how) => toHistory(id, await engine.store.read(id, ...how)),
  };
  const world = {
    chat,
    clock,
    gateway,
    places: connectionPlaces(true, (user) => gateway.roster.connectionsElsewhere(user as UserId)),
    histories,
    hub: gateway.hub,
    onGap: () => {},
    onSlow: () => void slow.push(clock.elapsed()),
    onFault,
  };

  const guest = async (name: string) => {
    const made = await chat.execute("become-guest", null, { name, device: "", address: "" });
    if (!made.ok) throw new Error(made.error.code);
    const actor = await chat.authenticate(made.value.token);
    if (actor === null) throw new Error("no session");
    return { actor, user: made.value.user as User, token: made.value.token };
  };
  const say = async (actor: Actor, text: string) => {
    const clientId = crypto.randomUUID();
    const posting = await chat.execute("post-message", actor, { room, clientId, text });
    if (!posting.ok || !(await posting.value.outcome).ok) throw new Error("was not posted");
    await settled();
    clock.turn();
  };

  /** A wire that takes all, or nothing from `stall` on. */
  const line = () => {
    const state = {
      sent: [] as { at: number; text: string }[],
      ends: [] as unknown[],
      waiting: 0,
      pings: 0,
      isDead: false,
    };
    let stalled = false;
    const wire = {
      send(frame: string | Uint8Array) {
        if (state.ends.length > 0) throw new Error("something was sent after the end");
        const text = typeof frame === "string" ? frame : new TextDecoder().decode(frame);
        state.sent.push({ at: clock.elapsed(), text });
        if (stalled) state.waiting += text.length;
        return !stalled;
      },
      buffered: () => state.waiting,
      together: (write: () => void) => write(),
      size: (frame: string | Uint8Array) => frame.length,
    };
    const end = (...how: unknown[]) => {
      if (state.ends.length > 0) throw new TypeError("closed already");
      state.ends.push(how);
    };
    const flow = () => {
      stalled = false;
      state.waiting = 0;
    };
    return { state, wire, end, stall: () => (stalled = true), flow };
  };

  /** What is under way is done, and all of its turns. */
  const settle = async () => {
    for (let turn = 0; turn < 8; turn++) {
      await settled();
      clock.turn();
    }
  };
  /** Time passes in small steps, each with what follows from it. */
  const pass = async (ms: number) => {
    await settle();
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left));
      await settle();
    }
  };

  const socket = (greeted: Actor | null = null) => {
    const { state, wire, end, stall, flow } = line();
    const ping = () => {
      state.pings++;
      if (!state.isDead) made.heard();
    };
    const made: Socket = new Socket(
      world,
      { ...wire, close: end, abort: end, ping } as SocketWire,
      greeted,
    );
    const all = (): Frame[] =>
      state.sent.map(({ at, text }) => ({ ...(JSON.parse(text) as Frame), at }));
    const frames = () =>
      all()
        .map(({ at: _at, ...frame }) => frame as Frame & { type: string })
        .filter((frame) => !isAside(frame));
    /** Signals of this kind, without what all of them say, and when they came. */
    const signals = (kind: string) =>
      all()
        .filter((frame: Frame) => frame["type"] === "signal" && frame["kind"] === kind)
        .map(({ type: _type, kind: _kind, room: _room, ...frame }: Frame) => frame);
    const inboxes = () => all().filter((frame: Frame) => frame["type"] === "inbox");
    const send = async (frame: unknown) => {
      made.receive(JSON.stringify(frame));
      await settled();
      clock.turn();
      await settled();
      clock.turn();
    };
    const open = (which: string = room) => send({ type: "open-room", ref: 1, room: which });
    const drain = () => {
      flow();
      made.drained();
    };
    return { socket: made, state, frames, signals, inboxes, send, open, stall, drain };
  };
  const stream = (actor: Actor) => {
    const { state, wire, end, stall } = line();
    const made = new Stream(
      world,
      { ...wire, end, giveUp: end, abort: end } as StreamWire,
      actor,
      room,
      {
        epoch: "ep",
        seq: 0,
        id: "-",
      },
    );
    return { stream: made, state, stall };
  };
  return {
    clock,
    engine,
    gateway,
    chat,
    world,
    faults,
    slow,
    guest,
    say,
    settle,
    pass,
    socket,
    stream,
  };
}

export const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));
