import { expect, test } from "bun:test";
import { GENERAL as room, limits, type RoomId, type UserId } from "@snug/protocol";
import fc from "fast-check";
import { openMemory } from "../engine/memory/engine.ts";
import { MemoryHouse, MemoryPeers } from "../engine/memory/peers.ts";
import { newRoom } from "../fixtures.ts";
import { ManualClock } from "../manual-clock.ts";
import { NodeRoster, type RosterWorld } from "./roster.ts";
import type { Stay } from "./stay.ts";
import { settled, start } from "./testing.ts";

type Node = Awaited<ReturnType<typeof start>> & { readonly peers: MemoryPeers };

/** So many nodes on one store. */
async function house<Count extends number>(count: Count) {
  const clock = new ManualClock();
  const engine = openMemory({ clock });
  const all = new MemoryHouse(clock);
  const nodes: Node[] = [];
  for (let index = 0; index < count; index++) {
    const peers = new MemoryPeers(all);
    nodes.push({ ...(await start({ clock, engine: { ...engine, peers } })), peers });
  }
  /** @param step milliseconds by which the hand-moved clock goes at once */
  const pass = async (ms: number, step = 50) => {
    await nodes[0]?.settle();
    for (let left = ms; left > 0; left -= step) {
      clock.advance(Math.min(step, left));
      await nodes[0]?.settle();
    }
  };
  /** Who has the room open, as each node has it. */
  const present = () =>
    Promise.all(nodes.map(async ({ gateway }) => (await gateway.roster.present(room)).toSorted()));
  return {
    clock,
    store: engine.store,
    all,
    nodes,
    pass,
    present,
    faults: () => nodes.flatMap(({ faults }) => faults),
  };
}

/** Somebody whose socket on this node has the room open. */
async function comes(node: Node, name: string) {
  return { ...(await back(node, await node.guest(name))), name };
}

async function back<Person extends Pick<Awaited<ReturnType<Node["guest"]>>, "actor" | "user">>(
  node: Node,
  person: Person,
) {
  const line = node.socket(person.actor);
  await node.settle();
  await line.open();
  const id = person.user.id as UserId;
  return { actor: person.actor, user: person.user, id, ...line };
}

interface News {
  readonly id: string;
  readonly at: number;
}

/** Who came and who went, by what one was told since then, and when. */
function news(line: Awaited<ReturnType<typeof comes>>, since = 0): { came: News[]; went: News[] } {
  const told = line.signals("presence").filter(({ at, whole }) => at >= since && !whole);
  return {
    came: told.flatMap(({ at, online }) => online.map(({ id }: { id: string }) => ({ id, at }))),
    went: told.flatMap(({ at, offline }) => offline.map((id: string) => ({ id, at }))),
  };
}

const ids = (all: readonly News[]) => all.map(({ id }) => id).toSorted();

test("[PRS1] [PRS3] a room is one over all nodes: coming shows within 1 s, leaving within 5 s, and a move to another node not at all", async () => {
  const { clock, nodes, pass, present, store, faults } = await house(2);
  const [east, west] = nodes as [Node, Node];
  const ada = await comes(east, "Ada");
  const bob = await comes(west, "Bob");
  await pass(1_100);
  const both = [ada.id, bob.id].toSorted();
  expect(await present()).toEqual([both, both]);
  expect(bob.signals("presence").at(-1)).toMatchObject({ count: 2 });

  const others = [];
  const { told } = east.peers;
  for (let count = 0; count < 10; count++) {
    const came = clock.elapsed();
    const cy = await comes(west, `Cy ${count}`);
    await pass(370, 10);
    others.push({ id: cy.id, came, left: clock.elapsed() });
    cy.socket.gone();
  }
  await pass(5_000, 10);
  // Of their own people alone they tell.
  expect(east.peers.told).toBe(told);
  for (const one of others) {
    const [came, ...again] = news(ada).came.filter(({ id }) => id === one.id);
    const [went, ...over] = news(ada).went.filter(({ id }) => id === one.id);
    expect([again, over]).toEqual([[], []]);
    expect((came?.at ?? 1e9) - one.came).toBeLessThanOrEqual(1_000);
    expect((went?.at ?? 1e9) - one.left).toBeLessThanOrEqual(5_000);
  }
  // When they were here is known everywhere, but for the way that a telling takes.
  const [last] = others.slice(-1);
  const seen = await store.lastSeen([last?.id as UserId]);
  const left = clock.now() - clock.elapsed() + (last?.left ?? 0);
  expect(Math.abs((seen.get(last?.id as UserId) ?? 0) - left)).toBeLessThanOrEqual(100);

  // A tab on each node, one after the other, and none twice.
  const since = clock.elapsed();
  const tab = await back(east, bob);
  await pass(1_000);
  bob.socket.gone();
  await pass(6_000);
  tab.socket.gone();
  await pass(limits.leaveMs - 200);
  await back(west, bob);
  await pass(6_000);
  expect(news(ada, since)).toEqual({ came: [], went: [] });
  expect(await present()).toEqual([both, both]);
  expect(faults()).toEqual([]);
});

test("[PRS3] the people of a node that dies are gone once, within 20 s, of one that stops within 5 s; who is elsewhere by then never went", async () => {
  expect(limits.nodeLeaseMs + limits.nodeLookMs + limits.leaveMs).toBeLessThan(19_000);
  const { clock, nodes, pass, present, store } = await house(3);
  const [east, west, north] = nodes as [Node, Node, Node];
  const ada = await comes(east, "Ada");
  const [bob, cy] = [await comes(west, "Bob"), await comes(west, "Cy")];
  const [dot, eve] = [await comes(north, "Dot"), await comes(north, "Eve")];
  await pass(2_000);
  const killed = clock.elapsed();
  west.peers.die();
  await pass(5_000);
  await back(east, cy);
  await pass(20_000);
  const { came, went } = news(ada, killed);
  expect([came, ids(went)]).toEqual([[], [bob.id]]);
  expect((went[0]?.at ?? 1e9) - killed).toBeLessThanOrEqual(20_000);
  const left = [ada.id, cy.id, dot.id, eve.id].toSorted();
  expect((await present()).filter((_, index) => index !== 1)).toEqual([left, left]);
  expect((await store.lastSeen([bob.id])).has(bob.id)).toBe(true);

  const stopped = clock.elapsed();
  north.gateway.bye();
  await north.gateway.close();
  expect((await store.lastSeen([ada.id])).size).toBe(0);
  await pass(1_000);
  await back(east, eve);
  await pass(5_000);
  const since = news(ada, stopped);
  expect([since.came, ids(since.went)]).toEqual([[], [dot.id]]);
  expect((since.went[0]?.at ?? 1e9) - stopped).toBeLessThanOrEqual(5_000);
});

test("[PRS3] what a node did not hear it is told anew; one that is cut off shows no ghosts, and is whole again when it hears", async () => {
  const { clock, nodes, pass, present, faults } = await house(2);
  const [east, west] = nodes as [Node, Node];
  const ada = await comes(east, "Ada");
  const eve = await comes(west, "Eve");
  await pass(2_000);
  let since = clock.elapsed();
  west.peers.lose();
  const bob = await comes(west, "Bob");
  await pass(limits.nodeLookMs + 1_100);
  expect(news(ada, since)).toMatchObject({ came: [{ id: bob.id }], went: [] });
  west.peers.lose();
  bob.socket.gone();
  await pass(limits.nodeLookMs + 6_000);
  expect(east.gateway.roster.connectionsElsewhere(bob.id)).toBe(0);
  expect(news(ada, since)).toMatchObject({ came: [{ id: bob.id }], went: [{ id: bob.id }] });

  // For a moment only: nobody is taken to be gone who is still there.
  since = clock.elapsed();
  const cy = await comes(west, "Cy");
  // More than are told of in one telling.
  const den = "den" as RoomId;
  const crowd = Array.from({ length: 450 }, (_, index) =>
    west.gateway.roster.arrive(`u-${index}` as UserId, () => true),
  );
  for (const one of crowd) one.open(den);
  await pass(2_000);
  expect(await east.gateway.roster.present(den)).toHaveLength(450);
  west.peers.cut();
  cy.socket.gone();
  const dot = await comes(west, "Dot");
  for (const one of crowd.slice(0, 50)) one.leave();
  await pass(5_000);
  west.peers.heal();
  await pass(6_000);
  expect(ids(news(ada, since).came)).toEqual([cy.id, dot.id].toSorted());
  expect(ids(news(ada, since).went)).toEqual([cy.id]);
  expect(await east.gateway.roster.present(den)).toHaveLength(400);

  since = clock.elapsed();
  east.peers.cut();
  await pass(20_000);
  const theirs = [dot.id, eve.id].toSorted();
  expect(await present()).toEqual([[ada.id], theirs]);
  expect(ids(news(ada, since).went)).toEqual(theirs);
  east.peers.heal();
  await pass(2_000);
  expect(ids(news(ada, since).came)).toEqual(theirs);
  expect(news(eve, since)).toMatchObject({ came: [{ id: ada.id }], went: [{ id: ada.id }] });
  expect(faults()).toEqual([]);
});

test("[PRS3] [PRS7] on every node the invisible are nowhere, and whoever is sent out, or whose session ends, is gone at once", async () => {
  const { clock, nodes, pass, present, store } = await house(2);
  const [east, west] = nodes as [Node, Node];
  const hidden = await west.guest("Hidden");
  await store.changeUser(hidden.user.id as UserId, { presence: "invisible" });
  const ada = await comes(east, "Ada");
  const line = await back(west, hidden);
  await pass(2_000);
  await line.send({ type: "set-typing", ref: 2, room });
  await pass(1_000);
  expect(ada.signals("typing")).toEqual([]);
  expect(await present()).toEqual([[ada.id], [ada.id]]);
  await store.changeUser(line.id, { presence: "auto" });
  await pass(1_000);
  await store.changeUser(line.id, { presence: "invisible" });
  await pass(1_000);
  expect(news(ada)).toMatchObject({ came: [{ id: line.id }], went: [{ id: line.id }] });

  const [bob, cy] = [await comes(west, "Bob"), await comes(west, "Cy")];
  const dot = await comes(west, "Dot");
  await pass(1_000);
  const since = clock.elapsed();
  await store.eraseUser(dot.id, []);
  await store.endSession(bob.id, bob.actor.session, "device");
  expect((await west.chat.execute("leave-room", cy.actor, { room })).ok).toBe(true);
  await pass(1_000);
  expect(ids(news(ada, since).went)).toEqual([bob.id, cy.id, dot.id].toSorted());
  expect(await east.gateway.roster.statusOf([bob.id, cy.id])).toEqual(
    new Map([
      [bob.id, { availability: "offline", lastSeen: expect.any(Number) }],
      [cy.id, { availability: "online" }],
    ]),
  );
});

test("[PRS5] that one is writing is told where the room is open, as often as on one node, and nowhere else", async () => {
  const { nodes, pass } = await house(2);
  const [east, west] = nodes as [Node, Node];
  const [ada, bob] = [await comes(east, "Ada"), await comes(west, "Bob")];
  const tab = await back(west, ada);
  await pass(2_000);
  await ada.send({ type: "set-typing", ref: 2, room });
  await pass(100);
  expect(bob.signals("typing")).toHaveLength(1);
  await pass(2_000);
  for (let count = 0; count < 10; count++) {
    await (count % 2 ? tab : ada).send({ type: "set-typing", ref: 2, room });
    await pass(500);
  }
  expect(
    bob
      .signals("typing")
      .slice(1)
      .map(({ user }) => user),
  ).toEqual([ada.user, ada.user, ada.user]);
  expect([...ada.signals("typing"), ...tab.signals("typing")]).toEqual([]);
  const crowd = [];
  for (let index = 0; index < 30; index++)
    crowd.push(await comes(index % 2 ? east : west, `Guest ${index}`));
  await pass(2_000);
  const before = bob.signals("typing").length;
  for (const one of crowd) await one.send({ type: "set-typing", ref: 3, room });
  await pass(100);
  expect(bob.signals("typing").length - before).toBe(5);

  const den = "den" as RoomId;
  await east.engine.store.addRoom(newRoom(den));
  for (const { actor } of [ada, bob]) await east.chat.execute("join-room", actor, { room: den });
  for (const one of [ada, bob]) await one.open(den);
  await pass(1_000);
  await bob.send({ type: "close-room", ref: 5, room: den });
  await pass(2_500);
  const told = east.peers.told;
  await ada.send({ type: "set-typing", ref: 4, room: den });
  await pass(500);
  expect(east.peers.told).toBe(told);
});

test("[PRS2] [PRS6] [LIM8] how somebody is, and how many connections they have, goes by all of them, on whatever node", async () => {
  const { nodes, pass, clock, store } = await house(2);
  const [east, west] = nodes as [Node, Node];
  const ada = await comes(east, "Ada");
  const bob = await comes(west, "Bob");
  const phone = await back(east, bob);
  await pass(2_000);
  const statuses = () =>
    ada.signals("status").flatMap(({ people, whole }) => (whole ? [] : [people[bob.id]]));
  const before = statuses().length;
  await bob.send({ type: "set-away", ref: 1, away: true });
  await pass(1_500);
  expect(statuses().slice(before)).toEqual([]);
  await phone.send({ type: "set-away", ref: 1, away: true });
  await pass(1_500);
  await bob.send({ type: "set-away", ref: 1, away: false });
  await pass(1_500);
  const { ofUser } = east.world.places;
  for (let count = 1; count < limits.connectionsPerUser - 1; count++) west.socket(bob.actor);
  await pass(500);
  expect([ofUser.isFull(bob.id), ofUser.isFull(ada.id)]).toEqual([true, false]);
  phone.socket.gone();
  await pass(500);
  expect(ofUser.isFull(bob.id)).toBe(false);
  await store.endSession(bob.id, bob.actor.session, "device");
  const left = clock.now();
  await pass(1_500);
  expect(statuses().slice(before)).toEqual([
    { availability: "away" },
    { availability: "online" },
    { availability: "offline", lastSeen: expect.any(Number) },
  ]);
  expect(Math.abs(statuses().at(-1).lastSeen - left)).toBeLessThanOrEqual(100);
});

test("[PRS4] [AVL2] of a crowd elsewhere the count is told; what a node of another release says does no harm; alone nothing is told", async () => {
  const { nodes, all, pass, clock } = await house(1);
  const [east] = nodes as [Node];
  const ada = await comes(east, "Ada");
  await pass(2_000);
  expect(east.peers.told).toBe(0);
  const crowd = new MemoryPeers(all);
  const wanted: number[] = [];
  crowd.listen({ told: () => {}, wanted: () => void wanted.push(clock.elapsed()), gone() {} });
  await pass(100);
  expect([wanted.length, east.peers.told]).toEqual([1, 1]);
  const people = Array.from({ length: 300 }, (_, index) => [`u-${index}`, 1, 0, room]);
  for (const text of [
    "people {",
    "people null",
    "weather sunny",
    `people ${JSON.stringify({ people })}`,
  ])
    crowd.tell(text);
  await pass(2_000);
  expect(ada.signals("presence").at(-1)).toMatchObject({ online: [], offline: [], count: 301 });
  expect(east.faults.splice(0)).toHaveLength(2);
  crowd.leave();
  await pass(6_000);
  expect(ada.signals("presence").at(-1)).toMatchObject({ count: 1 });
});

test("[PRS1] [PRS3] whatever comes, goes, is lost and cut off on some nodes: in the end each knows who is where, and nobody else", async () => {
  const rooms = ["den", "hall"] as RoomId[];
  const people = ["ada", "bob", "cy"] as UserId[];
  const any = { node: fc.nat({ max: 2 }), who: fc.nat({ max: 2 }), room: fc.nat({ max: 1 }) };
  const step = fc.record({
    ...any,
    do: fc.constantFrom(
      "come",
      "come",
      "go",
      "end",
      "open",
      "open",
      "close",
      "away",
      "lose",
      "cut",
      "heal",
    ),
    wait: fc.constantFrom(0, 0, 60, 400, 3_000, 15_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new ManualClock();
      const all = new MemoryHouse(clock);
      const faults: unknown[] = [];
      const store: RosterWorld["store"] = {
        users: async () => [],
        settings: async () => ({ presence: "auto", receipts: true }),
        companions: async () => [],
        sawUser: async () => {},
        lastSeen: async () => new Map(),
      };
      const nodes = [0, 1, 2].map(() => {
        const peers = new MemoryPeers(all);
        const onFault = (fault: unknown) => void faults.push(fault);
        return {
          peers,
          roster: new NodeRoster({ clock, store, peers, hold: () => () => {}, onFault }),
          stays: [] as Stay[],
        };
      });
      const pass = async (ms: number) => {
        for (let left = ms; left > 0; left -= 100) {
          clock.advance(Math.min(100, left));
          await settled();
        }
      };
      for (const { node, who, room, wait, ...one } of steps) {
        const { peers, roster, stays } = nodes[node] as (typeof nodes)[number];
        const user = people[who] as UserId;
        const stay = stays.find((other) => other.user === user);
        const over = () => stay && stays.splice(stays.indexOf(stay), 1);
        switch (one.do) {
          case "come":
            stays.unshift(roster.arrive(user, () => true));
            break;
          case "go":
            stay?.leave();
            over();
            break;
          case "end":
            stay?.end();
            over();
            break;
          case "open":
            stay?.open(rooms[room] as RoomId);
            break;
          case "close":
            stay?.close(rooms[room] as RoomId);
            break;
          case "away":
            stay?.setAway(!stay.isAway);
            break;
          case "lose":
          case "cut":
          case "heal":
            peers[one.do]();
        }
        await pass(wait);
      }
      for (const { peers } of nodes) peers.heal();
      await pass(limits.nodeLookMs + limits.leaveMs + 3_000);
      const stays = nodes.flatMap((node) => node.stays);
      for (const { roster } of nodes) {
        for (const room of rooms) {
          const open = stays.filter((stay) => stay.rooms.has(room)).map(({ user }) => user);
          expect((await roster.present(room)).toSorted()).toEqual([...new Set(open)].toSorted());
        }
        for (const [user, { availability }] of await roster.statusOf(people)) {
          const theirs = stays.filter((stay) => stay.user === user);
          const isAway = theirs.every((stay) => stay.isAway);
          expect(availability).toBe(theirs.length === 0 ? "offline" : isAway ? "away" : "online");
          const elsewhere = nodes
            .filter((node) => node.roster !== roster)
            .flatMap((node) => node.stays);
          expect(roster.connectionsElsewhere(user)).toBe(
            elsewhere.filter((stay) => stay.user === user).length,
          );
        }
        await roster.close();
      }
      expect(faults).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
