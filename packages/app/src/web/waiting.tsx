import { Problem } from "./form/field.tsx";

/** Nothing is here yet. */
export function Loading() {
  return (
    <p className="waiting">
      <span className="pulse" aria-hidden="true" />
      <span className="hidden" role="status">
        Loading
      </span>
    </p>
  );
}

/** Nothing is here yet, or why nothing will be. */
export function Waiting({
  problem,
  onAgain,
}: {
  problem: string | undefined;
  onAgain: () => void;
}) {
  if (problem === undefined) return <Loading />;
  return (
    <div className="waiting">
      <Problem detail={problem} />
      <button type="button" className="quiet" onClick={onAgain}>
        Try again
      </button>
    </div>
  );
}
