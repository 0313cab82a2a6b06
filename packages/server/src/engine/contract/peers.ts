import { describe, expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import type { Peers } from "../../core/ports.ts";

/** What a test needs of nodes under contract. */
export interface PeersCandidate {
  /** A new node of one and the same house. */
  readonly join: () => Promise<PeersNode>;
  /** Waits until it is so, half a second at most, as long as a telling may be on its way. */
  readonly until: (isSo: () => boolean) => Promise<boolean>;
  /** So many milliseconds go by for all of them. */
  readonly pass: (ms: number) => Promise<void>;
}

export interface PeersNode {
  readonly peers: Peers;
  /** It says goodbye. */
  readonly leave: () => Promise<void>;
  /** It neither hears nor is heard. */
  readonly cut: () => void;
  /** It can hear and be heard again. */
  readonly heal: () => Promise<void>;
}

/** The rules that nodes keep among themselves. Run it from the engine's own test file. */
export function peersContract(name: string, { join, until, pass }: PeersCandidate): void {
  const enter = async () => {
    const node = await join();
    const { peers } = node;
    const heard: string[] = [];
    const unlisten = peers.listen({
      told: (node, text) => void heard.push(`${node}: ${text}`),
      wanted: () => void heard.push("wanted"),
      gone: (node) => void heard.push(`${node} gone`),
    });
    return { ...node, heard, unlisten };
  };
  const found = async (isSo: () => boolean) => expect(await until(isSo)).toBe(true);

  describe(`nodes of the ${name} engine`, () => {
    test("[PRS1] [PRS3] who comes is known to all, and wants all of it; what one tells the others hear once, in order, and nobody else", async () => {
      const [east, west] = [await enter(), await enter()];
      await found(() => east.heard.includes("wanted") && west.heard.includes("wanted"));
      expect([east.peers.others.size, west.peers.others.size]).toEqual([1, 1]);
      const north = await enter();
      await found(() => [east, west, north].every(({ peers }) => peers.others.size === 2));
      for (const { heard } of [east, west]) await found(() => heard.length >= 2);
      for (const { heard } of [east, west, north]) heard.length = 0;

      const [name = ""] = [...west.peers.others].filter((other) => north.peers.others.has(other));
      const texts = Array.from({ length: 200 }, (_, index) => `${index} \u{1F600}\n"`);
      for (const text of texts) east.peers.tell(text);
      for (const { heard } of [west, north]) {
        await found(() => heard.length >= texts.length);
        expect(heard).toEqual(texts.map((text) => `${name}: ${text}`));
      }
      expect(east.heard).toEqual([]);
      west.unlisten();
      east.peers.tell("later");
      await found(() => north.heard.at(-1) === `${name}: later`);
      expect(west.heard).toHaveLength(texts.length);
      for (const { leave } of [east, west, north]) await leave();
    });

    test("[PRS3] who says goodbye is gone at once, and told nothing more; the same node in another life has another name", async () => {
      const [east, west] = [await enter(), await enter()];
      await found(() => east.peers.others.size === 1 && west.peers.others.size === 1);
      const [before = ""] = east.peers.others;
      west.peers.tell("the last");
      await west.leave();
      await found(() => east.peers.others.size === 0);
      expect(east.heard.filter((text) => text !== "wanted")).toEqual([
        `${before}: the last`,
        `${before} gone`,
      ]);
      const told = west.heard.length;
      east.peers.tell("nobody hears it");
      const again = await enter();
      await found(() => east.peers.others.size === 1);
      expect([...east.peers.others]).not.toEqual([before]);
      await found(() => again.heard.includes("wanted"));
      expect([again.heard, west.heard.length]).toEqual([["wanted"], told]);
      for (const { leave } of [east, again]) await leave();
    });

    test("[PRS8] what was not heard is noticed, the very last of it too, and nobody is gone for it", async () => {
      const [east, west] = [await enter(), await enter()];
      await found(() => east.heard.includes("wanted") && west.heard.includes("wanted"));
      const names = [...east.peers.others, ...west.peers.others];
      for (const teller of [east, west]) {
        teller.heard.length = 0;
        west.cut();
        teller.peers.tell("not heard");
        await pass(limits.nodeLeaseMs / 2);
        await west.heal();
        await pass(limits.nodeLookMs);
        await found(() => teller.heard.includes("wanted"));
      }
      expect([...east.peers.others, ...west.peers.others]).toEqual(names);
      for (const { heard } of [east, west]) heard.length = 0;
      east.peers.tell("heard");
      await found(() => west.heard.length > 0);
      expect([east.heard, west.heard]).toEqual([[], [`${names[1]}: heard`]]);
      for (const { leave } of [east, west]) await leave();
    });

    test("[PRS8] who is cut off for as long as a lease is gone for the others, and they for them, each once; back again they are somebody new", async () => {
      const [east, west, north] = [await enter(), await enter(), await enter()];
      const all = [east, west, north];
      const areTogether = () => all.every(({ peers }) => peers.others.size === 2);
      await found(areTogether);
      const [name = ""] = [...east.peers.others].filter((other) => north.peers.others.has(other));
      const others = [...west.peers.others];
      west.cut();
      await pass(limits.nodeLeaseMs - limits.nodeLookMs);
      expect(areTogether()).toBe(true);
      for (const { heard } of all) heard.length = 0;
      await pass(2 * limits.nodeLookMs);
      for (const { heard } of [east, north]) await found(() => heard.length > 0);
      await found(() => west.heard.length === 2);
      expect([east.heard, north.heard]).toEqual([[`${name} gone`], [`${name} gone`]]);
      expect(west.heard.toSorted()).toEqual(others.map((other) => `${other} gone`).toSorted());
      expect(all.map(({ peers }) => peers.others.size)).toEqual([1, 0, 1]);

      for (const { heard } of all) heard.length = 0;
      await west.heal();
      await pass(limits.nodeLookMs);
      await found(areTogether);
      await found(() => all.every(({ heard }) => heard.includes("wanted")));
      expect(all.flatMap(({ heard }) => heard).filter((text) => text !== "wanted")).toEqual([]);
      const [again = ""] = [...east.peers.others].filter((other) => north.peers.others.has(other));
      expect(again).not.toBe(name);
      west.peers.tell("back");
      for (const { heard } of [east, north]) await found(() => heard.at(-1) === `${again}: back`);
      for (const { leave } of all) await leave();
    });
  });
}
