import { type ReactNode, useEffect, useId, useRef } from "react";
import { DialogHead } from "../dialog-head.tsx";
import { focusFirst, isFocusLost } from "../focus-first.ts";

/** Beside the room. Escape, while one is in it, and the close button end it. */
export function Panel({
  title,
  onClose,
  onBack,
  children,
}: {
  title: ReactNode;
  onClose: () => void;
  onBack?: (() => void) | undefined;
  children: ReactNode;
}) {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.querySelector("h2")?.focus(), []);
  useEffect(() => {
    if (isFocusLost()) focusFirst(panel.current);
  }, [title]);
  return (
    <aside
      ref={panel}
      className="panel"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <DialogHead id={id} title={title} onClose={onClose} onBack={onBack} />
      {children}
    </aside>
  );
}
