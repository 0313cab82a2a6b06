import { expect, test } from "bun:test";
import { closeDraft, closeDrafts, type DraftStorage, keepDraft, openDraft } from "./draft.ts";

function storage(): DraftStorage {
  const kept = new Map<string, string>();
  return {
    recall: (key) => kept.get(key) ?? null,
    remember: (key, value) => {
      kept.set(key, value);
      return true;
    },
    forget: (key) => void kept.delete(key),
    keys: () => [...kept.keys()],
  };
}

test("a draft is kept for one person and one room, until it is empty", () => {
  const kept = storage();
  openDraft(kept, "ada", "general");
  keepDraft(kept, "ada", "general", "half a sen");
  expect(openDraft(kept, "ada", "general")).toBe("half a sen");
  expect(openDraft(kept, "ada", "kitchen")).toBe("");
  keepDraft(kept, "ada", "general", "");
  expect(openDraft(kept, "ada", "general")).toBe("");
});

test("after a session that ended by itself, the next name goes on with the draft", () => {
  const kept = storage();
  openDraft(kept, "ada", "general");
  keepDraft(kept, "ada", "general", "half a sen");
  expect(openDraft(kept, "ada2", "general")).toBe("half a sen");
  expect(openDraft(kept, "ada2", "general")).toBe("half a sen");
  openDraft(kept, "ada3", "general");
  expect(kept.recall("snug.draft.ada.general")).toBeNull();
});

test("after the end of its room it is gone", () => {
  const kept = storage();
  openDraft(kept, "ada", "general");
  keepDraft(kept, "ada", "general", "half a sen");
  closeDraft(kept, "ada", "general");
  expect(openDraft(kept, "tom", "general")).toBe("");
  expect(openDraft(kept, "ada", "general")).toBe("");
});

test("after signing out it is gone from every room, also from those one is not in any more", () => {
  const kept = storage();
  for (const room of ["general", "loft"]) {
    openDraft(kept, "ada", room);
    keepDraft(kept, "ada", room, `half a sen in ${room}`);
  }
  keepDraft(kept, "adam", "general", "another's");
  closeDrafts(kept, "ada");
  expect(kept.keys()).toEqual(["snug.draft.adam.general"]);
  expect(openDraft(kept, "tom", "general") + openDraft(kept, "tom", "loft")).toBe("");
});
