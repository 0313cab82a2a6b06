import type { RoomKind } from "@snug/protocol";
import * as storage from "../storage.ts";
import { closeDrafts, type DraftStorage } from "./draft.ts";

const memory = new Map<string, string>();

/** Nothing of an ephemeral room is written to this device: its drafts live as long as the page. */
const passing: DraftStorage = {
  recall: (key) => memory.get(key) ?? null,
  remember: (key, value) => {
    memory.set(key, value);
    return true;
  },
  forget: (key) => void memory.delete(key),
  keys: () => [...memory.keys()],
};

/** Where drafts for a room of this kind are kept. */
export const draftsOf = (kind: RoomKind): DraftStorage =>
  kind === "ephemeral" ? passing : storage;

/** Forgets all that this person began to write, wherever it is kept. */
export function forgetDrafts(user: string): void {
  for (const drafts of [storage, passing]) closeDrafts(drafts, user);
}
