import type { SearchView } from "@snug/client/react";
import { Loading } from "../waiting.tsx";
import { adviceOn } from "./advice.ts";
import { Hint } from "./hint.tsx";
import { Hits, type Opened } from "./hits.tsx";

/** Screens of hits below the view; with less, older ones are asked for. */
const SCREENS_AHEAD = 1;

/** What came of a search: hits, none, or why there are none and what to do. */
export function Found({
  found,
  inRoom,
  opened,
  onOpen,
  onEverywhere,
}: {
  found: SearchView;
  inRoom: boolean;
  opened: Opened | null;
  onOpen: (hit: Opened) => void;
  onEverywhere: () => void;
}) {
  const { status, hits, hasMore, problem, loadMore } = found;
  const advice = problem === null ? null : adviceOn(problem, inRoom);
  // With nothing older to come, what failed was the search itself: these are the hits of the one before.
  const shown = advice !== null && !hasMore ? [] : hits;
  return (
    <div
      className="search-found"
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        const below = scrollHeight - clientHeight - scrollTop;
        if (status === "found" && below < SCREENS_AHEAD * clientHeight) void loadMore();
      }}
    >
      <p className="soft small" role="status">
        {statusLine(found)}
      </p>
      {status === "idle" && <Hint />}
      {status === "searching" && shown.length === 0 && <Loading />}
      <Hits hits={shown} opened={opened} onOpen={onOpen} />
      {status === "found" && hits.length === 0 && (
        <div className="search-none">
          <p>Fewer words find more, and a part of a word is enough.</p>
          {inRoom && (
            <button type="button" className="quiet" onClick={onEverywhere}>
              Search everywhere
            </button>
          )}
        </div>
      )}
      {advice !== null && (
        <div className="search-none">
          <p className="problem" role="alert">
            {advice.text}
          </p>
          {advice.again && (
            <button type="button" className="quiet" onClick={() => void loadMore()}>
              Try again
            </button>
          )}
        </div>
      )}
      {hasMore && advice === null && (
        <button
          type="button"
          className="quiet"
          aria-disabled={status === "searching"}
          onClick={() => void loadMore()}
        >
          {status === "searching" ? "Looking further back …" : "Older ones"}
        </button>
      )}
    </div>
  );
}

function statusLine({ status, hits, hasMore }: SearchView): string {
  switch (status) {
    case "idle":
    case "failed":
      return "";
    case "searching":
      return "Searching …";
    case "found":
      if (hits.length === 0) return "Nothing was found.";
      return `${hits.length} found${hasMore ? ", and there may be more" : ""}.`;
  }
}
