import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import type { RoomView } from "@snug/client/react";
import { type Ref, useCallback, useImperativeHandle, useRef } from "react";
import { useHouse } from "../house.ts";
import { PeopleContext } from "../text/mention.tsx";
import { DayInView } from "./day-in-view.tsx";
import { guessHeight } from "./height.ts";
import { JumpButton } from "./jump-button.tsx";
import { keepsReading } from "./keeps-reading.ts";
import { ListHead } from "./list-head.tsx";
import { DayHeading, MessageRow, UnreadableRow } from "./message-row.tsx";
import type { Row } from "./rows.ts";
import { useBelow } from "./use-below.ts";
import { END_PX, useEnd } from "./use-end.ts";
import { useLoadOlder } from "./use-load-older.ts";
import { usePeople } from "./use-people.ts";
import { useReplaced } from "./use-replaced.ts";
import { useRows } from "./use-rows.ts";
import { useWhole } from "./use-whole.ts";

// In rem, as its text is; list.css gives the head the same.
const HEAD_REM = 4.5;
const END_GAP_REM = 1;
// Where the list opens: the browser takes it for the end.
const FAR_DOWN = 1e9;

export interface MessageListHandle {
  jumpToEnd(): void;
}

export function LoadedList({
  ref,
  room,
  name,
  onJump,
  onDone,
}: {
  ref: Ref<MessageListHandle>;
  room: RoomView;
  name: string;
  onJump: () => void;
  onDone: () => void;
}) {
  const rows = useRows(room.messages, room.older);
  const people = usePeople(room.messages, useHouse().user);
  const scroller = useRef<HTMLDivElement>(null);
  const focused = useRef<string | null>(null);
  const whole = useWhole();

  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => keyAt(rows, index), [rows]),
    estimateSize: (index) => {
      const row = rows[index];
      return row ? guessHeight(row) : 0;
    },
    rangeExtractor: useCallback(
      (range: Range) => withFocused(defaultRangeExtractor(range), rows, focused.current),
      [rows],
    ),
    paddingStart: HEAD_REM * rem(),
    paddingEnd: END_GAP_REM * rem(),
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    // A message that is being unfolded grows downwards, also at the end.
    scrollEndThreshold: whole.unfolding === null ? END_PX : -1,
    initialOffset: FAR_DOWN,
  });
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, list) =>
    item.key !== whole.unfolding && keepsReading(item, list);

  const retry = useThen(room.retry, onDone);
  const discard = useThen(room.discard, onDone);
  const toEnd = () => virtualizer.scrollToEnd();
  useImperativeHandle(ref, () => ({ jumpToEnd: toEnd }));
  useReplaced(room.messages, toEnd);
  useLoadOlder(room, scroller);
  const atEnd = useEnd(scroller, toEnd, whole.unfolding);
  const newBelow = useBelow(room.messages, atEnd);

  return (
    <div className="conversation">
      <div
        ref={scroller}
        className="log"
        role="log"
        aria-label="Messages"
        aria-live="off"
        tabIndex={0}
        onFocus={(event) => {
          focused.current = event.target.closest("[data-key]")?.getAttribute("data-key") ?? null;
        }}
        onBlur={() => {
          focused.current = null;
        }}
      >
        <div className="rows" style={{ height: virtualizer.getTotalSize() }}>
          <ListHead older={room.older} name={name} onLoad={() => void room.loadOlder()} />
          <PeopleContext value={people}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              return row === undefined ? null : (
                <div
                  key={item.key}
                  ref={virtualizer.measureElement}
                  className="row"
                  data-index={item.index}
                  data-key={item.key}
                  data-seq={row.message.seq ?? undefined}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  {row.day !== null && <DayHeading at={row.day} />}
                  {row.message.state === "unreadable" ? (
                    <UnreadableRow />
                  ) : (
                    <MessageRow
                      message={row.message}
                      startsGroup={row.startsGroup}
                      endsGroup={row.endsGroup}
                      whole={whole.keys.has(row.message.key)}
                      connected={room.status === "live" || room.status === "catching up"}
                      onWhole={whole.unfold}
                      onRetry={retry}
                      onDiscard={discard}
                    />
                  )}
                </div>
              );
            })}
          </PeopleContext>
        </div>
      </div>
      <DayInView
        row={rows[virtualizer.range?.startIndex ?? 0]}
        scrolling={virtualizer.isScrolling && !atEnd}
      />
      {!atEnd && <JumpButton count={newBelow} onJump={onJump} />}
    </div>
  );
}

/** One after the other, as a function that stays the same. */
const useThen = (act: (key: string) => void, then: () => void) =>
  useCallback(
    (key: string) => {
      act(key);
      then();
    },
    [act, then],
  );

const keyAt = (rows: readonly Row[], index: number) => rows[index]?.message.key ?? index;

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** A row that holds the focus stays mounted, or the focus would be lost. */
function withFocused(indexes: number[], rows: readonly Row[], key: string | null): number[] {
  if (key === null || indexes.some((index) => rows[index]?.message.key === key)) return indexes;
  const index = rows.findIndex((row) => row.message.key === key);
  return index === -1 ? indexes : [...indexes, index].sort((one, other) => one - other);
}
