import type { User } from "@snug/protocol";
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useHouse } from "../house.ts";
import {
  type Begun,
  begunAt,
  type Choice,
  idsBy,
  peopleFor,
  type Picked,
  toSent,
} from "./completion.ts";
import { isComposing } from "./enter.ts";

const NOBODY: readonly User[] = [];
const EMOJI_MOST = 8;
type EmojiData = typeof import("../emoji/data.ts");

/** What may be picked for what is being written, and the keys that pick it. */
export function useCompletion({
  roomId,
  field,
  text,
  write,
}: {
  roomId: string;
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  write: (text: string) => void;
}) {
  const id = useId();
  const [begun, setBegun] = useState<Begun | null>(null);
  const [at, setAt] = useState(0);
  const [picked, setPicked] = useState<Picked>(new Map());
  const people = usePeopleHere(roomId, begun?.mark === "@");
  const emoji = useEmoji(/:[a-z0-9_+-]{2}/i.test(text));
  const caret = useRef<number | null>(null);
  const choices = begun === null ? [] : choicesFor(begun, people, emoji);

  useLayoutEffect(() => {
    if (caret.current === null) return;
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [field, text]);

  function look() {
    const { current } = field;
    if (!current) return;
    const { selectionStart, selectionEnd, value } = current;
    const found = selectionStart === selectionEnd ? begunAt(value, selectionStart) : null;
    if (
      found?.mark === begun?.mark &&
      found?.query === begun?.query &&
      found?.start === begun?.start
    )
      return;
    setBegun(found);
    setAt(0);
  }

  /** Puts it where the caret is, or in the place of what was begun. */
  function insert(written: string, start: number, end: number) {
    caret.current = start + written.length;
    write(text.slice(0, start) + written + text.slice(end));
    setBegun(null);
  }

  function pick(choice: Choice) {
    if (begun === null) return;
    setPicked((before) => idsBy(choice, before));
    insert(`${choice.written} `, begun.start, begun.end);
  }

  /** Whether the key was for the list. */
  function onKeyDown(event: KeyboardEvent): boolean {
    if (choices.length === 0 || isComposing(event.nativeEvent)) return false;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const choice = choices[at];
    switch (event.key) {
      case "ArrowDown":
        setAt((at + 1) % choices.length);
        break;
      case "ArrowUp":
        setAt((at + choices.length - 1) % choices.length);
        break;
      case "Enter":
      case "Tab":
        if (choice) pick(choice);
        break;
      case "Escape":
        setBegun(null);
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return {
    choices,
    at,
    listId: `${id}list`,
    optionId: (index: number) => `${id}${index}`,
    look,
    close: () => setBegun(null),
    pick,
    insertAtCaret: (written: string) => {
      const { selectionStart = text.length, selectionEnd = text.length } = field.current ?? {};
      insert(written, selectionStart, selectionEnd);
    },
    onKeyDown,
    sent: () => toSent(text, picked, emoji?.replaceShortcodes ?? ((same) => same)),
  };
}

function choicesFor(
  { mark, query }: Begun,
  people: readonly User[],
  emoji: EmojiData | null,
): readonly Choice[] {
  if (mark === "@") return peopleFor(query, people);
  return (emoji?.search(query, EMOJI_MOST) ?? []).map((one) => ({
    key: one.emoji,
    label: one.emoji,
    note: `:${one.shortcodes[0] ?? one.label}:`,
    written: one.emoji,
  }));
}

/** Who is in the room, asked each time somebody is about to be named. */
function usePeopleHere(roomId: string, isWanted: boolean): readonly User[] {
  const { chat, user: me } = useHouse();
  const [people, setPeople] = useState(NOBODY);
  useEffect(() => {
    if (!isWanted) return;
    let isGone = false;
    void chat.call("GET /v1/rooms/:room/members", { room: roomId }).then((answer) => {
      if (!answer.ok || isGone) return;
      setPeople(answer.value.members.map(({ user }) => user).filter(({ id }) => id !== me.id));
    });
    return () => {
      isGone = true;
    };
  }, [chat, me.id, roomId, isWanted]);
  return people;
}

/** Loaded with the first text that seems to have a shortcode. */
function useEmoji(isWanted: boolean): EmojiData | null {
  const [data, setData] = useState<EmojiData | null>(null);
  useEffect(() => {
    if (!isWanted || data !== null) return;
    void import("../emoji/data.ts").then(setData, () => {});
  }, [isWanted, data]);
  return data;
}
