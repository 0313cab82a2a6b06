import { ManualClock } from "../../manual-clock.ts";
import { peersContract } from "../contract/peers.ts";
import { MemoryHouse, MemoryPeers } from "./peers.ts";

const clock = new ManualClock();
const house = new MemoryHouse(clock);

peersContract("memory", {
  async join() {
    const peers = new MemoryPeers(house);
    return {
      peers,
      leave: async () => peers.leave(),
      cut: () => peers.cut(),
      heal: async () => peers.heal(),
    };
  },
  async until(isSo) {
    for (let past = 0; past < 500 && !isSo(); past += 10) clock.advance(10);
    return isSo();
  },
  pass: async (ms) => clock.advance(ms),
});
