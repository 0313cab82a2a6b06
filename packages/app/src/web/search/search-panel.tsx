import type { SearchView } from "@snug/client/react";
import { limits } from "@snug/protocol";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { isComposing } from "../composer/enter.ts";
import { Panel } from "../details/panel.tsx";
import { Dialog } from "../dialog.tsx";
import { Choice } from "../form/choice.tsx";
import { Found } from "./found.tsx";
import type { Opened } from "./hits.tsx";
import { useSearchKey } from "./use-search-key.ts";
import { useTryAgain } from "./use-try-again.ts";

/** Beside the room where there is the place, else over it. Keys alone are enough. */
export function SearchPanel({
  q,
  onType,
  inRoom,
  onRoom,
  found,
  opened,
  wide,
  onOpen,
  onClose,
  onLost,
}: {
  q: string;
  onType: (q: string) => void;
  inRoom: boolean;
  onRoom: (only: boolean) => void;
  found: SearchView;
  opened: Opened | null;
  wide: boolean;
  onOpen: (hit: Opened) => void;
  onClose: () => void;
  onLost: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [before] = useState(() => document.activeElement);
  useTryAgain(found);

  const toField = () => {
    field.current?.focus();
    field.current?.select();
  };
  useSearchKey(toField);
  // Who comes back goes on where they were.
  useEffect(() => {
    const last = place.current?.querySelector<HTMLElement>(".hit[aria-current]");
    if (!last) return toField();
    last.scrollIntoView({ block: "center" });
    last.focus();
  }, []);

  function close() {
    onClose();
    if (before instanceof HTMLElement && before.isConnected && before !== document.body)
      before.focus();
    else onLost();
  }

  /** Arrows lead from the field through the hits and back; a letter typed on a hit is written. */
  function onKey(event: KeyboardEvent) {
    const { key, target } = event;
    if (isComposing(event.nativeEvent)) {
      // Escape ends the composition, and nothing else.
      event.stopPropagation();
      return;
    }
    const hits = [...(place.current?.querySelectorAll<HTMLElement>(".hit") ?? [])];
    const at = hits.findIndex((hit) => hit === target);
    if (at === -1 && target !== field.current) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "ArrowDown" || (key === "Enter" && at === -1)) {
      event.preventDefault();
      if (at + 1 < hits.length) hits[at + 1]?.focus();
      else if (found.hasMore) void found.loadMore();
    } else if (key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (hits[at - 1] ?? field.current)?.focus();
    } else if (key === "/" && at >= 0) {
      event.preventDefault();
      toField();
    } else if (key.length === 1 && key !== " " && key !== "?" && at >= 0) {
      field.current?.focus();
    }
  }

  const Place = wide ? Panel : Dialog;
  return (
    <Place title="Search" place="end" fill onClose={close}>
      <div ref={place} className="search" onKeyDown={onKey}>
        <form role="search" onSubmit={(event) => event.preventDefault()}>
          <input
            ref={field}
            value={q}
            dir="auto"
            aria-label="Search messages"
            placeholder="Words, or “a phrase”"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            inputMode="search"
            enterKeyHint="search"
            maxLength={limits.searchLength}
            onChange={(event) => onType(event.target.value)}
          />
          <Choice
            label="Where"
            options={[
              { value: "everywhere", label: "Everywhere" },
              { value: "room", label: "In this room" },
            ]}
            value={inRoom ? "room" : "everywhere"}
            onChange={(where) => onRoom(where === "room")}
          />
        </form>
        <Found
          found={found}
          inRoom={inRoom}
          opened={opened}
          onOpen={onOpen}
          onEverywhere={() => {
            onRoom(false);
            toField();
          }}
        />
      </div>
    </Place>
  );
}
