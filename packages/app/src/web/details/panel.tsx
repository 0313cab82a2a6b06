import { type ReactNode, useEffect, useId, useRef } from "react";
import { focusFirst, isFocusLost } from "../focus-first.ts";
import { BackIcon, CloseIcon } from "../icons.tsx";

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
      <div className="dialog-head">
        {onBack !== undefined && (
          <button type="button" className="bare" aria-label="Back" onClick={onBack}>
            <BackIcon />
          </button>
        )}
        <h2 id={id} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" className="bare" aria-label="Close" onClick={onClose}>
          <CloseIcon />
        </button>
      </div>
      {children}
    </aside>
  );
}
