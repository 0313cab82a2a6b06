import { type ReactNode, useEffect, useId, useRef } from "react";
import { DialogHead } from "../dialog-head.tsx";
import { focusFirst, isFocusLost } from "../focus-first.ts";

/** Beside the room. Escape, while one is in it, and the close button end it. */
export function Panel({
  title,
  onClose,
  onBack,
  fill = false,
  children,
}: {
  title: ReactNode;
  onClose: () => void;
  onBack?: (() => void) | undefined;
  /** With parts that scroll themselves, and a place to write. */
  fill?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (fill) focusFirst(panel.current);
    else panel.current?.querySelector("h2")?.focus();
  }, [fill]);
  useEffect(() => {
    if (isFocusLost()) focusFirst(panel.current);
  }, [title]);
  return (
    <aside
      ref={panel}
      className="panel"
      aria-labelledby={id}
      data-fill={fill || undefined}
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
