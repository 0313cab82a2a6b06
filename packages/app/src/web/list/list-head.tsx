import type { RoomState } from "@snug/client";

/** Above the first message: what is before it. Its height never changes, so that nothing below moves. */
export function ListHead({
  older,
  name,
  onLoad,
}: {
  older: RoomState["older"];
  name: string;
  onLoad: () => void;
}) {
  switch (older) {
    case "none":
      return (
        <p className="list-head beginning">
          The beginning of <bdi>{name}</bdi>
        </p>
      );
    case "failed":
      return (
        <p className="list-head" role="status">
          Older messages could not be loaded.{" "}
          <button type="button" className="plain" onClick={onLoad}>
            Try again
          </button>
        </p>
      );
    case "some":
    case "loading":
    case "unknown":
      return (
        <p className="list-head">
          <span className="pulse" aria-hidden="true" />
          <span className="hidden">Loading older messages</span>
        </p>
      );
  }
}
