import type { ChatMessage, RoomState, SentMessage } from "@snug/client";
import type { NameOf, Room, RoomKind } from "@snug/protocol";
import { useLayoutEffect, useRef, useState } from "react";
import { draftIn, draftsBelow, editsBy, keepDraft, noDraft } from "../composer/draft.ts";
import { draftsOf } from "../composer/drafts.ts";
import { toWritten, type Written } from "../composer/written.ts";
import { type Edit, type Edits, isChanged } from "./edit.ts";

/** The messages of a list that are being edited. Nothing typed goes before it is saved or given up. */
export function useEdits({
  user,
  place,
  known,
  messages,
  begins,
  writes,
  nameOf,
  onLost,
}: {
  user: string;
  /** Where the list's own draft is kept. */
  place: string;
  known: Room | null;
  messages: readonly ChatMessage[];
  /** See `beginOf`. */
  begins: number;
  writes: boolean;
  nameOf: NameOf;
  /** The message is deleted. Whether what was written of it, if anything was, is elsewhere now. */
  onLost: (written: Written | null) => boolean;
}) {
  const [edits, setEdits] = useState<Edits>(new Map());
  // Begun before this list was drawn; their messages were not seen yet.
  const earlier = useRef<Set<number> | null>(null);
  const below = `${place}/edit`;

  function editOf({ seq, text }: SentMessage, kind: RoomKind): Edit {
    const drafts = draftsOf(kind);
    const before = toWritten(text, nameOf);
    const kept = draftIn(drafts, user, `${below}/${seq}`);
    return {
      before,
      written: kept.text === "" ? before : kept,
      hasBegun: false,
      keep() {
        return keepDraft(drafts, user, `${below}/${seq}`, { ...noDraft, ...this.written });
      },
      forget() {
        if (draftIn(drafts, user, `${below}/${seq}`).text === this.written.text)
          keepDraft(drafts, user, `${below}/${seq}`, noDraft);
      },
    };
  }

  const add = (seq: number, edit: Edit) =>
    setEdits((now) => (now.has(seq) ? now : new Map([...now, [seq, edit]])));
  const remove = (seq: number) =>
    setEdits((now) => new Map([...now].filter(([other]) => other !== seq)));

  useLayoutEffect(() => {
    if (known === null) return;
    earlier.current ??= new Set(draftsBelow(draftsOf(known.kind), user, below).map(Number));
    if (edits.size === 0 && earlier.current.size === 0) return;
    for (const message of messages) {
      if (message.state !== "sent") continue;
      const { seq } = message;
      const isEarlier = !edits.has(seq) && earlier.current.has(seq);
      const edit = isEarlier ? editOf(message, known.kind) : edits.get(seq);
      if (edit === undefined) continue;
      if (message.deletedAt !== null) {
        if (!onLost(isChanged(edit) ? edit.written : null)) continue;
        edit.forget();
        remove(seq);
      } else if (isEarlier && isChanged(edit)) {
        add(seq, { ...edit, hasBegun: true });
      } else if (isEarlier && !message.saving) {
        edit.forget();
      } else continue;
      earlier.current.delete(seq);
    }
  });

  // Of a room's history that was cleared, no message says that it is gone.
  useLayoutEffect(() => {
    if (known === null) return;
    for (const [seq, edit] of edits) {
      if (seq >= begins || !onLost(isChanged(edit) ? edit.written : null)) continue;
      edit.forget();
      remove(seq);
    }
    const drafts = draftsOf(known.kind);
    for (const { room, seq, place: begun } of editsBy(drafts, user)) {
      if (room !== known.id || seq >= begins || !onLost(draftIn(drafts, user, begun))) continue;
      keepDraft(drafts, user, begun, noDraft);
    }
  }, [begins, writes, user, known?.id, known?.kind]);

  return {
    edits,
    begin(message: SentMessage) {
      if (known === null) return;
      const { seq } = message;
      // Where its box is there already, one comes back to it.
      const begun = { ...(edits.get(seq) ?? editOf(message, known.kind)), hasBegun: false };
      const others = [...edits].filter(([other, edit]) => other !== seq && isChanged(edit));
      setEdits(new Map([...others, [seq, begun]]));
    },
    cancel({ seq }: SentMessage) {
      edits.get(seq)?.forget();
      remove(seq);
    },
    /** It stays a draft until it is stored, and is written on where it is refused. */
    async save({ seq }: SentMessage, text: string, ask: () => Promise<boolean>) {
      const edit = edits.get(seq);
      if (edit === undefined) return;
      edit.written = toWritten(text, nameOf);
      edit.keep();
      remove(seq);
      if (await ask()) edit.forget();
      else add(seq, edit);
    },
  };
}

/** What a room's list has before this number is not in the room any more; 0 while nobody knows. */
export function beginOf({
  messages,
  older,
  newer,
}: Pick<RoomState, "messages" | "older" | "newer">): number {
  if (older !== "none") return 0;
  const first = messages.find(({ seq }) => seq !== null);
  return first?.seq ?? (newer === "none" ? Infinity : 0);
}
