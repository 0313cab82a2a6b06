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
import { type EmojiData, useEmoji } from "../emoji/use-emoji.ts";
import { useHouse } from "../house.ts";
import { type Begun, begunAt, type Choice, peopleFor } from "./completion.ts";
import { isComposing } from "./enter.ts";
import { pick as pickName, type Picked, type Written } from "./written.ts";

const NOBODY: readonly User[] = [];
const EMOJI_MOST = 8;

/** What may be picked for what is being written, and the keys that pick it. */
export function useCompletion({
  field,
  written: { text, picked },
  write,
}: {
  field: RefObject<HTMLTextAreaElement | null>;
  written: Written;
  write: (text: string, picked?: Picked) => void;
}) {
  const id = useId();
  const [begun, setBegun] = useState<Begun | null>(null);
  const [at, setAt] = useState(0);
  const people = usePeopleHere(begun?.mark === "@");
  const emoji = useEmoji(text);
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

  // A field's own `select` is told of where something is selected, and not where the caret goes.
  useEffect(() => {
    const onChange = () => {
      if (document.activeElement === field.current) look();
    };
    document.addEventListener("selectionchange", onChange);
    return () => document.removeEventListener("selectionchange", onChange);
  });

  /** Puts it where the caret is, or in the place of what was begun. */
  function insert(added: string, start: number, end: number, names = picked) {
    caret.current = start + added.length;
    write(text.slice(0, start) + added + text.slice(end), names);
    setBegun(null);
  }

  function pick({ written, sent }: Choice) {
    if (begun === null) return;
    const { start, end } = begun;
    if (sent === undefined) return insert(`${written} `, start, end);
    const around = [text.slice(0, start), text.slice(end)] as const;
    const { name, picked: names } = pickName(written, sent, around, picked);
    insert(`${name} `, start, end, names);
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

  const listId = `${id}list`;
  const optionId = (index: number) => `${id}${index}`;
  const isOpen = choices.length > 0;
  return {
    /** For the list, above the field. */
    list: { id: listId, choices, at, optionId, onPick: pick },
    /** For the field itself. */
    props: {
      "aria-autocomplete": "list" as const,
      "aria-controls": isOpen ? listId : undefined,
      "aria-activedescendant": isOpen ? optionId(at) : undefined,
      onBlur: () => setBegun(null),
    },
    insertAtCaret: (added: string) => {
      const { selectionStart = text.length, selectionEnd = text.length } = field.current ?? {};
      insert(added, selectionStart, selectionEnd);
    },
    onKeyDown,
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
function usePeopleHere(isWanted: boolean): readonly User[] {
  const { chat, roomId, user: me } = useHouse();
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
