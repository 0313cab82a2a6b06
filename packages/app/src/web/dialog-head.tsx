import type { ReactNode } from "react";
import { BackIcon, CloseIcon } from "./icons.tsx";

/** The title of a dialog or a panel, the way out, and the way back where there is one. */
export function DialogHead({
  id,
  title,
  onClose,
  onBack,
}: {
  /** Of the heading, which names the whole. */
  id: string;
  title: ReactNode;
  onClose: () => void;
  onBack: (() => void) | undefined;
}) {
  return (
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
  );
}
