import { DownIcon } from "../icons.tsx";

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
