import { expect, test } from "bun:test";
import {
  closeDraft,
  closeDrafts,
  closeEdits,
  draftIn,
  draftsBelow,
  type DraftStorage,
  editsBy,
  keepDraft,
  noDraft,
  openDraft,
} from "./draft.ts";

const said = (text: string) => ({ ...noDraft, text });

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
  keepDraft(kept, "ada", "general", said("half a sen"));
  expect(openDraft(kept, "ada", "general").text).toBe("half a sen");
  expect(openDraft(kept, "ada", "kitchen").text).toBe("");
  keepDraft(kept, "ada", "general", said(""));
  expect(openDraft(kept, "ada", "general").text).toBe("");
});

test("after a session that ended by itself, the next name goes on with the draft", () => {
  const kept = storage();
  openDraft(kept, "ada", "general");
  keepDraft(kept, "ada", "general", said("half a sen"));
  expect(openDraft(kept, "ada2", "general").text).toBe("half a sen");
  expect(openDraft(kept, "ada2", "general").text).toBe("half a sen");
  openDraft(kept, "ada3", "general");
  expect(kept.recall("snug.draft.ada.general")).toBeNull();
});

test("after the end of its room it is gone", () => {
  const kept = storage();
  openDraft(kept, "ada", "general");
  keepDraft(kept, "ada", "general", said("half a sen"));
  closeDraft(kept, "ada", "general");
  expect(openDraft(kept, "tom", "general").text).toBe("");
  expect(openDraft(kept, "ada", "general").text).toBe("");
});

test("after signing out it is gone from every room, also from those one is not in any more", () => {
  const kept = storage();
  for (const room of ["general", "loft"]) {
    openDraft(kept, "ada", room);
    keepDraft(kept, "ada", room, said(`half a sen in ${room}`));
  }
  keepDraft(kept, "adam", "general", said("another's"));
  closeDrafts(kept, "ada");
  expect(kept.keys()).toEqual(["snug.draft.adam.general"]);
  expect(openDraft(kept, "tom", "general").text + openDraft(kept, "tom", "loft").text).toBe("");
});

test("whom its names stand for and what it answers are kept with a draft, and go with it", () => {
  const kept = storage();
  const draft = { text: "@Al and", picked: new Map([["@Al", "<@u_1>"]]), replyTo: 7 };
  openDraft(kept, "ada", "general");
  keepDraft(kept, "ada", "general", draft);
  expect(openDraft(kept, "ada", "general")).toEqual(draft);
  expect(openDraft(kept, "ada2", "general")).toEqual(draft);
  expect(kept.keys().filter((key) => key.startsWith("snug.draft.ada."))).toEqual([]);
  keepDraft(kept, "ada2", "general", said(""));
  expect(kept.keys()).toEqual(["snug.last.general"]);
  for (const end of [() => closeDraft(kept, "ada2", "general"), () => closeDrafts(kept, "ada2")]) {
    keepDraft(kept, "ada2", "general", draft);
    end();
    expect(kept.keys()).toEqual([]);
  }
});

test("a draft that an older page kept is read", () => {
  const kept = storage();
  kept.remember("snug.draft.ada.general", "@Al and");
  kept.remember("snug.draft.ada.general/@", '[["@Al","<@u_1>"]]');
  const picked = new Map([["@Al", "<@u_1>"]]);
  expect(openDraft(kept, "ada", "general")).toEqual({ text: "@Al and", picked, replyTo: null });
});

test("what is begun below a place is found there, and only there, and ends with the room", () => {
  const kept = storage();
  const draft = { ...said("@Al said so"), picked: new Map([["@Al", "<@u_1>"]]) };
  for (const place of ["general", "general/edit/7", "general/12", "general/12/edit/15"])
    keepDraft(kept, "ada", place, draft);
  expect(draftsBelow(kept, "ada", "general/edit")).toEqual(["7"]);
  expect(draftsBelow(kept, "ada", "general/12/edit")).toEqual(["15"]);
  expect(draftIn(kept, "ada", "general/edit/7")).toEqual(draft);
  closeDraft(kept, "ada", "general");
  expect(kept.keys()).toEqual([]);
});

test("edits are forgotten of rooms that one is in no more, in their threads too, and nothing else is", () => {
  const kept = storage();
  const draft = { ...said("@Al said so"), picked: new Map([["@Al", "<@u_1>"]]) };
  for (const room of ["general", "loft"])
    for (const below of ["", "/edit/7", "/12", "/12/edit/15"])
      keepDraft(kept, "ada", room + below, draft);
  keepDraft(kept, "adam", "loft/edit/7", draft);
  const places = () => editsBy(kept, "ada").map(({ place }) => place);
  expect(places()).toEqual([
    "general/edit/7",
    "general/12/edit/15",
    "loft/edit/7",
    "loft/12/edit/15",
  ]);
  const before = kept.keys().length;
  closeEdits(kept, "ada", (room) => room === "general");
  expect(places()).toEqual(["general/edit/7", "general/12/edit/15"]);
  expect(before - kept.keys().length).toBe(4);
  expect(draftIn(kept, "ada", "loft/12")).toEqual(draft);
});
