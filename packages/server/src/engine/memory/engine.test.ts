import { engineContract } from "../contract.ts";
import { openMemory } from "./engine.ts";

engineContract("in-memory", {
  open: async (clock) => openMemory({ clock }),
  reopen: null,
  durability: "memory",
});
