import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from "react";
import { DialogHead } from "./dialog-head.tsx";
import { focusFirst, isFocusLost } from "./focus-first.ts";
import { Said } from "./said.tsx";

/** A native modal dialog: Escape, the close button and a press outside end it. */
export function Dialog({
  title,
  onClose,
  onBack,
  place = "middle",
  fill = false,
  children,
}: {
  title: ReactNode;
  onClose: () => void;
  /** Where it has more than one page. */
  onBack?: (() => void) | undefined;
  place?: "middle" | "start" | "end" | "whole";
  /** As high as there is room for, with parts that scroll themselves. */
  fill?: boolean;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Where the press began: a text that is selected beyond the edge ends outside too.
  const pressed = useRef<EventTarget>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    focusFirst(element);
    return () => element?.close();
  }, []);
  // Another page of it: the button that led there is gone, and the focus with it.
  useEffect(() => {
    if (isFocusLost()) focusFirst(dialog.current);
  }, [title]);
  return (
    // The press outside is a convenience for the pointer; the keyboard has Escape.
    <dialog
      ref={dialog}
      aria-labelledby={id}
      data-place={place}
      data-fill={fill || undefined}
      onClose={({ target, currentTarget }) => {
        // Not that of another dialog over this one, nor because it is gone already.
        if (target === currentTarget && currentTarget.isConnected) onClose();
      }}
      onPointerDown={(event) => {
        pressed.current = event.target;
      }}
      onClick={(event) => {
        const { target, currentTarget } = event;
        if (target === currentTarget && pressed.current === target) dialog.current?.close();
      }}
    >
      <div className="dialog-body">
        <DialogHead id={id} title={title} onClose={() => dialog.current?.close()} onBack={onBack} />
        {children}
      </div>
      <Said />
    </dialog>
  );
}
