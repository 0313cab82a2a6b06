import { describe, expect, test } from "bun:test";
import type { Peers } from "../../core/ports.ts";

/** What a test needs of nodes under contract. */
export interface PeersCandidate {
  /** A new node of one and the same house; `leave` says goodbye. */
  readonly join: () => Promise<{ readonly peers: Peers; readonly leave: () => Promise<void> }>;
  /** Waits until it is so, half a second at most, as long as a telling may be on its way. */
  readonly until: (isSo: () => boolean) => Promise<boolean>;
}

/** The rules that nodes keep among themselves. Run it from the engine's own test file. */
export function peersContract(name: string, { join, until }: PeersCandidate): void {
  const enter = async () => {
    const { peers, leave } = await join();
    const heard: string[] = [];
    const unlisten = peers.listen({
      told: (node, text) => void heard.push(`${node}: ${text}`),
      wanted: () => void heard.push("wanted"),
      gone: (node) => void heard.push(`${node} gone`),
    });
    return { peers, leave, heard, unlisten };
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
  });
}
