import type { ChatRoom, ConnectionState, SentMessage } from "@snug/client";
import { type RoomView, useReads } from "@snug/client/react";
import type { Room } from "@snug/protocol";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { flushSync } from "react-dom";
import type { ComposerHandle } from "../composer/composer.tsx";
import { isComposing } from "../composer/enter.ts";
import { DeedsContext } from "../deeds/deeds-context.ts";
import { DeedsDialogs } from "../deeds/deeds-dialogs.tsx";
import { useDeedsOn } from "../deeds/use-deeds-on.ts";
import { isFiles } from "../files/brought.ts";
import { DropHere } from "../files/drop-here.tsx";
import { MessageGallery } from "../files/message-gallery.tsx";
import { useAdding } from "../files/use-adding.ts";
import { useDrop } from "../files/use-drop.ts";
import { isFocusLost } from "../focus-first.ts";
import { useHouse } from "../house.ts";
import type { Listed, MessageListHandle } from "../list/loaded-list.tsx";
import { MessageList } from "../list/message-list.tsx";
import { hasFinePointer } from "../pointer.ts";
import { threadDraft } from "../thread/thread-draft.ts";
import type { Access } from "./access.ts";
import { Foot } from "./foot.tsx";

const nobody = {};

export interface ConversationHandle {
  focusField(): void;
}

/** Messages and the place to write more: of a room, or of a thread in it. */
export function Conversation({
  ref,
  roomId,
  name,
  known,
  access,
  room,
  list,
  thread,
  connection,
  line,
  seeking,
  target,
  onThread,
  onUnreadFrom,
}: {
  ref?: Ref<ConversationHandle>;
  roomId: string;
  name: string;
  known: Room | null;
  access: Access;
  room: RoomView;
  list: Listed & Pick<RoomView, "post">;
  /** The number of the message that began it. */
  thread: number | null;
  connection: ConnectionState;
  line: number | null;
  /** Whether one comes for a message that is still looked up. */
  seeking: boolean;
  /** The message that one came for; another object, another time. */
  target: { readonly seq: number } | null;
  onThread: (seq: number) => void;
  onUnreadFrom: (seq: number) => void;
}) {
  const { chat, user, say } = useHouse();
  const field = useRef<HTMLTextAreaElement>(null);
  const handle = useRef<MessageListHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  // Whoever has just made it unread has not read it again by looking.
  const [holdsRead, setHoldsRead] = useState(false);
  const reads = useReads(chat, roomId);

  const focusField = useCallback(() => {
    if (hasFinePointer()) field.current?.focus();
  }, []);
  useImperativeHandle(ref, () => ({ focusField }));

  const place = thread === null ? roomId : threadDraft(roomId, thread);
  const writes = access.kind === "writes";
  const adding = useAdding(list);
  const drop = useDrop(
    writes
      ? (brought) => {
          adding.bring(brought);
          focusField();
        }
      : null,
  );
  function onPaste(event: ClipboardEvent) {
    const { clipboardData, target: at } = event;
    if (!writes || !isFiles(clipboardData.types)) return;
    // Into a text that is being edited nothing is put but text.
    if (at !== field.current && at instanceof Element && at.matches("textarea")) return;
    event.preventDefault();
    adding.bring(clipboardData);
  }

  const { deeds, editing, edit, over, close } = useDeedsOn({
    room,
    known,
    access,
    inThread: thread !== null,
    place,
    list,
    onReply: ({ seq }) => composer.current?.answer(seq),
    onThread,
    onFollow: (from, to) => void handle.current?.follow(from.seq, to),
    onEdited: focusField,
    onEditLost: (written) => {
      if (written !== null && composer.current === null) return false;
      if (written !== null) composer.current?.add(written);
      const where = written === null ? "" : " What you wrote is in the message box.";
      say(`The message you were editing was deleted.${where}`);
      if (isFocusLost()) field.current?.focus();
      return true;
    },
    onUnreadFrom: (seq) => {
      setHoldsRead(true);
      onUnreadFrom(seq);
    },
  });

  // A dialog gives the focus back to the button that opened it, which went with the pointer.
  useEffect(() => {
    if (over === null && isFocusLost()) focusField();
  }, [over, focusField]);

  // There is nothing to jump in before the first page is there.
  const loaded = list.older !== "unknown" && list.messages.length > 0;
  const [arrived, setArrived] = useState<typeof target>(null);
  const isComing = seeking || target !== arrived;
  useEffect(() => {
    // A list that is loaded anew, as after a gap, is no reason to go there again.
    if (target === null || target === arrived || !loaded) return;
    void handle.current?.jumpTo(target.seq).then(() => setArrived(target));
    // Once for each time that one comes for it.
  }, [target, loaded]);

  // Written here, it is where one goes on reading; the list has to hold it before.
  const post: ChatRoom["post"] = (text, options) => {
    const posting = flushSync(() => list.post(text, options));
    if (posting.ok) handle.current?.jumpToEnd();
    return posting;
  };

  function jumpToEnd() {
    handle.current?.jumpToEnd();
    focusField();
  }

  /** Escape and End lead to the newest message, up in an empty field to what one said last; a letter typed on the list is written. */
  function onKey(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent) || event.defaultPrevented) return;
    const { key, target: at } = event;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const inLog = at instanceof Element && at.role === "log";
    if (key === "Escape" && composer.current?.stopAnswering()) {
      event.stopPropagation();
      event.preventDefault();
      focusField();
    } else if (key === "Escape" && thread === null) {
      jumpToEnd();
    } else if (key === "End" && at instanceof Element && at.closest("[role=log]") !== null) {
      event.preventDefault();
      jumpToEnd();
    } else if (key === "ArrowUp" && plain && at === field.current && field.current?.value === "") {
      const last = list.messages.findLast(
        (message): message is SentMessage =>
          message.state === "sent" && message.mine && message.deletedAt === null,
      );
      if (last === undefined) return;
      event.preventDefault();
      handle.current?.show(last.seq);
      edit(last);
    } else if (inLog && plain && key.length === 1 && key !== " " && key !== "?" && key !== "/") {
      focusField();
    }
  }

  return (
    <DeedsContext value={deeds}>
      <div className="talk" onKeyDown={onKey} onPaste={onPaste} {...drop.handlers}>
        <MessageList
          ref={handle}
          list={list}
          room={known}
          name={name}
          writes={writes}
          reading={{
            me: user.id,
            line,
            markRead: isInside(access) && !holdsRead && !isComing ? list.markRead : null,
            reads: thread === null ? reads : nobody,
            author: chat.room(roomId).user,
          }}
          opensAt={isComing ? null : line}
          editing={editing}
          onJump={jumpToEnd}
          onDone={focusField}
          onKey={(key, message) => message.state === "sent" && deeds.press(key, message)}
        />
        <Foot
          roomId={roomId}
          name={name}
          known={known}
          access={access}
          room={room}
          thread={thread}
          place={place}
          post={post}
          adding={adding}
          connection={connection}
          field={field}
          composer={composer}
          onDone={focusField}
        />
        {drop.isOver && <DropHere name={name} />}
      </div>
      {over?.deed === "look" && (
        <MessageGallery messages={list.messages} looked={over} onClose={close} />
      )}
      {over !== null && over.deed !== "look" && <DeedsDialogs over={over} onClose={close} />}
    </DeedsContext>
  );
}

const isInside = ({ kind }: Access) =>
  kind === "writes" || kind === "reads" || kind === "archived" || kind === "ended";
