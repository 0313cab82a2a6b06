import type { Outcome, SentMessage } from "@snug/client";
import type { RoomView } from "@snug/client/react";
import type { Room } from "@snug/protocol";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { pathOf } from "../address.ts";
import { toWritten, type Written } from "../composer/written.ts";
import { copyText } from "../copy/copy-text.ts";
import { useHouse } from "../house.ts";
import type { Access } from "../room/access.ts";
import { type Deed, isOffered } from "./deed.ts";
import type { Deeds } from "./deeds-context.ts";
import type { Looked } from "../files/message-gallery.tsx";
import { warnOfUnload } from "../use-unload-warning.ts";
import { saidOfUnread } from "./unread-from.ts";
import { beginOf, useEdits } from "./use-edits.ts";

/** What lies over the list because of one of its messages. */
export type OverMessage =
  | {
      readonly deed: "more" | "react" | "forward" | "history";
      readonly message: SentMessage;
    }
  | Looked;

const keys: Readonly<Record<string, Deed>> = {
  r: "reply",
  t: "thread",
  e: "edit",
  "+": "react",
  Enter: "more",
};

/** What is done with the messages of a list, and what of it is under way. */
export function useDeedsOn({
  room,
  known,
  access,
  inThread,
  place,
  list,
  onReply,
  onThread,
  onFollow,
  onEdited,
  onEditLost,
  onUnreadFrom,
}: {
  room: RoomView;
  known: Room | null;
  access: Access;
  inThread: boolean;
  /** Where the list's own draft is kept. */
  place: string;
  list: Pick<RoomView, "messages" | "older" | "newer">;
  onReply: (message: SentMessage) => void;
  onThread: (seq: number) => void;
  onFollow: (from: SentMessage, to: number) => void;
  onEdited: () => void;
  onEditLost: (written: Written | null) => boolean;
  onUnreadFrom: (seq: number) => void;
}) {
  const { chat, user, roomId, roleIn, say } = useHouse();
  const [over, setOver] = useState<OverMessage | null>(null);
  const role = access.kind === "stranger" ? null : roleIn(roomId);

  const nameOf = useCallback(
    (id: string) => chat.room(roomId).user(id)?.name ?? "somebody",
    [chat, roomId],
  );
  const editing = useEdits({
    user: user.id,
    place,
    known,
    messages: list.messages,
    begins: inThread ? 0 : beginOf(list),
    writes: access.kind === "writes",
    nameOf,
    onLost: onEditLost,
  });
  const archived = known?.archived ?? false;
  const ended = access.kind === "ended";

  async function tell(asked: Promise<Outcome<null>>) {
    // What waits is in this page only, also when its room is not drawn any more.
    const undo = warnOfUnload();
    const outcome = await asked;
    undo();
    if (!outcome.ok) say(outcome.error.detail);
    return outcome.ok;
  }
  async function markUnread(seq: number) {
    if (!(await tell(room.markUnread(seq)))) return;
    const me = await chat.call("GET /v1/me", {});
    const entry = me.ok ? me.value.rooms.find((each) => each.room.id === roomId) : undefined;
    if (entry === undefined) return say("Marked as unread.");
    // One goes back to where one came in, and no further.
    onUnreadFrom(Math.max(seq, entry.read + 1));
    say(saidOfUnread(seq, entry));
  }
  const copy = async (text: string, done: string) =>
    say((await copyText(text)) ? done : "This browser does not let it be copied.");

  function act(deed: Deed, message: SentMessage) {
    const { seq } = message;
    setOver(null);
    switch (deed) {
      case "more":
      case "react":
      case "forward":
      case "history":
        return setOver({ deed, message });
      case "reply":
        return onReply(message);
      case "thread":
        return onThread(seq);
      case "edit":
        return editing.begin(message);
      case "copy text":
        return void copy(toWritten(message.text, nameOf).text, "The text is copied.");
      case "copy link":
        return void copy(location.origin + pathOf(roomId, seq), "The link is copied.");
      case "pin":
        return void tell(room.pin(seq, !message.pinned));
      case "mark unread":
        // From now on looking reads nothing, or it would be read again before the answer is there.
        onUnreadFrom(seq);
        return void markUnread(seq);
      case "delete":
        return void tell(room.remove(seq));
    }
  }

  const doings = {
    act,
    react: (message: SentMessage, emoji: string) => {
      const has = message.reactions[emoji]?.includes(user.id) ?? false;
      setOver(null);
      void tell(room.react(message.seq, emoji, !has));
    },
    save: (message: SentMessage, text: string) => {
      void editing.save(message, text, () => tell(room.edit(message.seq, text)));
      onEdited();
    },
    cancelEdit: (message: SentMessage) => {
      editing.cancel(message);
      onEdited();
    },
    look: (key: string, file: string) => setOver({ deed: "look", key, file }),
    follow: onFollow,
  };
  const latest = useRef(doings);
  useEffect(() => {
    latest.current = doings;
  });

  const deeds = useMemo<Deeds>(() => {
    const standing = { role, archived, inThread, ended };
    return {
      room: roomId,
      me: user.id,
      standing,
      act: (...of) => latest.current.act(...of),
      react: (...of) => latest.current.react(...of),
      save: (...of) => latest.current.save(...of),
      cancelEdit: (...of) => latest.current.cancelEdit(...of),
      look: (...of) => latest.current.look(...of),
      follow: (...of) => latest.current.follow(...of),
      nameOf,
      press(key, message) {
        const deed = keys[key.length === 1 ? key.toLowerCase() : key];
        if (deed === undefined || !isOffered(deed, message, standing)) return false;
        latest.current.act(deed, message);
        return true;
      },
    };
  }, [user.id, roomId, role, archived, inThread, ended, nameOf]);

  return {
    deeds,
    editing: editing.edits,
    edit: (message: SentMessage) => act("edit", message),
    over,
    close: () => setOver(null),
  };
}
