import { type ReactNode, useEffect, useId, useRef } from "react";
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
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  return (
    <aside
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
        <h2 id={id} ref={head} tabIndex={-1}>
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
