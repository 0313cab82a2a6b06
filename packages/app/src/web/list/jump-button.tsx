import { BackIcon, DownIcon } from "../icons.tsx";

export function JumpButton({ count, onJump }: { count: number; onJump: () => void }) {
  const words =
    count === 0 ? "Jump to latest" : `${count} new ${count === 1 ? "message" : "messages"}`;
  return (
    <button type="button" className="jump" data-new={count > 0 || undefined} onClick={onJump}>
      <DownIcon />
      {words}
      {count > 0 && <span className="hidden">, jump to latest</span>}
    </button>
  );
}

/** To the message from whose quote one came. */
export function WayBack({ onBack }: { onBack: () => void }) {
  return (
    <button type="button" className="jump" onClick={onBack}>
      <BackIcon />
      Back to the answer
    </button>
  );
}
