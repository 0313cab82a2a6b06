import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import type { Author, Outcome } from "@snug/client";
import type { RoomView, ThreadView } from "@snug/client/react";
import {
  type Ref,
  useCallback,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Edits } from "../deeds/edit.ts";
import { useHouse } from "../house.ts";
import { PeopleContext } from "../text/mention.tsx";
import { DayInView } from "./day-in-view.tsx";
import { guessHeight } from "./height.ts";
import { JumpButton, WayBack } from "./jump-button.tsx";
import { keepsReading } from "./keeps-reading.ts";
import { ListHead } from "./list-head.tsx";
import { DayHeading, MessageRow, NewLine, UnreadableRow } from "./message-row.tsx";
import { takePlace } from "./place-left.ts";
import { readersOf } from "./readers.ts";
import type { Row } from "./rows.ts";
import { useBelow } from "./use-below.ts";
import { END_PX, useEnd } from "./use-end.ts";
import { useJumps } from "./use-jumps.ts";
import { useLoadAround } from "./use-load-around.ts";
import { useOpening } from "./use-opening.ts";
import { usePeople } from "./use-people.ts";
import { useRead } from "./use-read.ts";
import { useReplaced } from "./use-replaced.ts";
import { useRows } from "./use-rows.ts";
import { useWalk } from "./use-walk.ts";
import { useWhole } from "./use-whole.ts";

// In rem, as its text is; list.css gives the head the same.
const HEAD_REM = 4.5;
const END_GAP_REM = 1;
const TOP_REM = 4;
// Where the list opens: the browser takes it for the end.
const FAR_DOWN = 1e9;

/** What it draws: a room's messages, or a thread's. */
export type Listed = Pick<RoomView, "retry" | "discard"> & Omit<ThreadView, "root" | "post">;

export interface MessageListHandle {
  jumpToEnd(): void;
  /** Says why it leads nowhere, where it does. */
  jumpTo(seq: number): Promise<void>;
  /** The same, with a way back to the message that is left. */
  follow(from: number, to: number): Promise<void>;
  /** Brings it into view by the shortest way, where it is loaded. */
  show(seq: number): void;
}

/** Who reads here, and how. */
export interface Reading {
  readonly me: string;
  /** Up to where one had read when one came; `null`: all of it. */
  readonly line: number | null;
  /** `null`: nothing becomes read by being seen, for the time being. */
  readonly markRead: ((seq: number) => void) | null;
  readonly reads: Readonly<Record<string, number>>;
  readonly author: (id: string) => Author | null;
}

export function LoadedList({
  ref,
  list,
  name,
  reading,
  opensAt,
  editing,
  onJump,
  onDone,
  onKey,
}: {
  ref: Ref<MessageListHandle>;
  list: Listed;
  name: string;
  reading: Reading;
  /** At what follows this number the list opens; `null`: at its end. */
  opensAt: number | null;
  editing: Edits;
  onJump: () => void;
  onDone: () => void;
  /** A key on the message that one has walked to; whether it meant something. */
  onKey: (key: string, message: Row["message"]) => boolean;
}) {
  const { me, line, markRead, reads, author } = reading;
  const { user, roomId, say } = useHouse();
  const [rem] = useState(readRem);
  const [place] = useState(() => takePlace(roomId));
  const rows = useRows(list.messages, list.older, line);
  const people = usePeople(list.messages, user, author);
  const scroller = useRef<HTMLDivElement>(null);
  const focused = useRef<string | null>(null);
  const whole = useWhole();
  const follows = list.newer === "none" || list.newer === "unknown";
  const connected = list.status === "live" || list.status === "catching up";

  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => keyAt(rows, index), [rows]),
    estimateSize: (index) => {
      const row = rows[index];
      return row ? guessHeight(row) : 0;
    },
    rangeExtractor: useCallback(
      (range: Range) => withHeld(defaultRangeExtractor(range), rows, focused.current, editing),
      [rows, editing],
    ),
    paddingStart: HEAD_REM * rem,
    paddingEnd: END_GAP_REM * rem,
    overscan: 8,
    anchorTo: "end",
    // A message that is being unfolded grows downwards, also at the end.
    scrollEndThreshold: whole.unfolding === null && follows ? END_PX : -1,
    initialOffset: FAR_DOWN,
    // Where it opens stands as it stood, else below the day that is shown there.
    scrollPaddingStart: place?.top ?? TOP_REM * rem,
  });
  const retry = useThen(list.retry, onDone);
  const discard = useThen(list.discard, onDone);
  const { jumpTo, flashed, isUnderWay, underWay } = useJumps(rows, virtualizer, list.loadAround);
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, measured) =>
    item.key !== whole.unfolding && keepsReading(item, measured, underWay.current);
  const [back, setBack] = useState<number | null>(null);
  const walk = useWalk(scroller, onKey, rows);
  // Another object each time that the newest page came because one goes there.
  const [latest, setLatest] = useState<object | null>(null);
  useLayoutEffect(() => {
    if (latest !== null) virtualizer.scrollToEnd();
  }, [latest, virtualizer]);
  const tell = (outcome: Outcome<null>) => {
    // Of what went elsewhere meanwhile there is nothing to say.
    if (!outcome.ok && outcome.error.code !== "given_up") say(outcome.error.detail);
  };
  const toEnd = () => {
    setBack(null);
    if (follows || !connected) virtualizer.scrollToEnd();
    if (follows) return;
    if (!connected) return say("No connection: what is newer than this is not loaded.");
    void list.loadLatest().then((outcome) => {
      if (outcome.ok) setLatest({});
      tell(outcome);
    });
  };
  const go = (seq: number) => jumpTo(seq).then(tell);
  useImperativeHandle(ref, () => ({
    jumpToEnd: toEnd,
    jumpTo: go,
    follow: (from, to) => {
      setBack(from);
      return go(to);
    },
    show: (seq) => {
      const index = rows.findIndex(({ message }) => message.seq === seq);
      if (index !== -1) virtualizer.scrollToIndex(index, { align: "auto" });
    },
  }));
  useReplaced(list.messages, () => {
    if (!underWay.current) toEnd();
  });
  const isOpening = useOpening(rows, list, place, opensAt, jumpTo);
  useLoadAround(list, scroller, connected, !isUnderWay);
  const keepEnd = () => {
    // What is loaded below while one reads back is no news to be followed. That it has a height
    // is told once too, and may be told after it was led away from its end.
    if (follows && !underWay.current) virtualizer.scrollToEnd();
  };
  const isEndInView = useEnd(scroller, list.messages, follows, keepEnd);
  const atEnd = isEndInView && follows && !isOpening;
  const newBelow = useBelow(list.messages, atEnd, line);
  const items = virtualizer.getVirtualItems();
  useRead(scroller, rows, items, isOpening ? null : markRead);
  const readers = useMemo(() => readersOf(rows, reads, me, author), [rows, reads, me, author]);

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
        onKeyDown={walk.onKeyDown}
        onPointerDown={walk.leave}
      >
        <div
          className="rows"
          data-walked={walk.at !== null || undefined}
          style={{ height: virtualizer.getTotalSize() }}
        >
          <ListHead older={list.older} name={name} onLoad={() => void list.loadOlder()} />
          <PeopleContext value={people}>
            {items.map((item) => {
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
                  {row.startsNew && <NewLine />}
                  {row.message.state === "unreadable" ? (
                    <UnreadableRow />
                  ) : (
                    <MessageRow
                      message={row.message}
                      startsGroup={row.startsGroup}
                      endsGroup={row.endsGroup}
                      whole={whole.keys.has(row.message.key)}
                      connected={connected}
                      edit={editOf(row, editing)}
                      walked={walk.at === row.message.key}
                      flashed={flashed === row.message.key}
                      readers={readers.get(row.message.key)}
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
      {(!atEnd || back !== null) && (
        <div className="jumps">
          {back !== null && (
            <WayBack
              onBack={() => {
                setBack(null);
                void go(back);
              }}
            />
          )}
          {!atEnd && <JumpButton count={newBelow} onJump={onJump} />}
        </div>
      )}
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

const editOf = ({ message: { seq } }: Row, editing: Edits) =>
  seq === null ? null : (editing.get(seq) ?? null);

const readRem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** A row that holds the focus or is edited stays mounted, or that would be lost; and those beside it, where the arrow keys lead. */
function withHeld(
  indexes: number[],
  rows: readonly Row[],
  focused: string | null,
  editing: Edits,
): number[] {
  if (focused === null && editing.size === 0) return indexes;
  const missing = new Set<number>();
  for (const [at, row] of rows.entries()) {
    if (row.message.key !== focused && editOf(row, editing) === null) continue;
    for (const index of [at - 1, at, at + 1])
      if (rows[index] !== undefined && !indexes.includes(index)) missing.add(index);
  }
  if (missing.size === 0) return indexes;
  return [...indexes, ...missing].sort((one, other) => one - other);
}
