import { memo, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { isComposing } from "../composer/enter.ts";
import { type Emoji, type EmojiGroup, find, groups, search } from "./data.ts";
import { noteEmoji, recentEmoji } from "./recent.ts";
import { step } from "./step.ts";

export function Picker({
  onPick,
  onClose,
}: {
  onPick: (emoji: string) => void;
  onClose: () => void;
}) {
  const id = useId();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [recent] = useState(recentEmoji);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => groupsFor(query, recent), [query, recent]);
  const flat = useMemo(() => shown.flatMap((group) => group.emojis), [shown]);
  const current = flat[at];

  // By a finger too: it is open for as long as the focus is in it.
  useLayoutEffect(() => field.current?.focus(), []);

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, shown]);

  function pick(emoji: string) {
    noteEmoji(emoji);
    onPick(emoji);
  }

  let start = 0;
  return (
    <div
      className="emoji-picker"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) onClose();
      }}
    >
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Search emoji"
        aria-expanded
        aria-controls={`${id}list`}
        aria-autocomplete="list"
        aria-activedescendant={current && `${id}${at}`}
        placeholder="Search emoji"
        autoComplete="off"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return;
          if (event.key === "Escape") onClose();
          else if (event.key === "Enter") {
            if (current) pick(current.emoji);
          } else if (event.key.startsWith("Arrow"))
            setAt(
              step(
                shown.map((group) => group.emojis.length),
                at,
                event.key,
              ),
            );
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div ref={list} id={`${id}list`} role="listbox" aria-label="Emoji" tabIndex={-1}>
        {shown.map((group) => {
          const first = start;
          start += group.emojis.length;
          return (
            <div key={group.name} role="group" aria-label={group.name}>
              <p aria-hidden>{group.name}</p>
              <div className="emoji-grid">
                {group.emojis.map((one, index) => (
                  <Option
                    key={one.emoji}
                    id={`${id}${first + index}`}
                    one={one}
                    selected={first + index === at}
                    onPick={pick}
                  />
                ))}
              </div>
            </div>
          );
        })}
      </div>
      <p className="emoji-name" role="status">
        {current ? `${current.emoji} ${nameOf(current)}` : "Nothing found"}
      </p>
    </div>
  );
}

const nameOf = ({ label, shortcodes: [code] }: Emoji) => (code === undefined ? label : `:${code}:`);

function groupsFor(query: string, recent: readonly string[]): readonly EmojiGroup[] {
  if (query.trim() !== "") {
    const emojis = search(query);
    return emojis.length === 0 ? [] : [{ name: "found", emojis }];
  }
  const known = recent.flatMap((emoji) => find(emoji) ?? []);
  return known.length === 0 ? groups : [{ name: "recent", emojis: known }, ...groups];
}

const Option = memo(
  function Option({
    id,
    one,
    selected,
    onPick,
  }: {
    id: string;
    one: Emoji;
    selected: boolean;
    onPick: (emoji: string) => void;
  }) {
    return (
      <div
        id={id}
        role="option"
        aria-selected={selected}
        aria-label={one.label}
        title={nameOf(one)}
        // The search keeps the focus.
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => onPick(one.emoji)}
      >
        {one.emoji}
      </div>
    );
  },
  (one, other) => one.id === other.id && one.one === other.one && one.selected === other.selected,
);
