import { type DragEvent, useEffect, useState } from "react";
import type { Brought } from "./brought.ts";

const bringsFiles = (transfer: DataTransfer | null) => transfer?.types.includes("Files") === true;

/** Files that are dragged over a place; `onDrop` `null`: it takes none. */
export function useDrop(onDrop: ((brought: Brought) => void) | null) {
  const [isOver, setOver] = useState(false);

  // A file that is dropped beside it would be opened in the place of the page.
  useEffect(() => {
    const refuse = (event: globalThis.DragEvent) => {
      if (event.defaultPrevented || !bringsFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
    };
    addEventListener("dragover", refuse);
    addEventListener("drop", refuse);
    return () => {
      removeEventListener("dragover", refuse);
      removeEventListener("drop", refuse);
    };
  }, []);

  function over(event: DragEvent) {
    if (onDrop === null || !bringsFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    setOver(true);
  }

  return {
    isOver: isOver && onDrop !== null,
    handlers: {
      onDragEnter: over,
      onDragOver: over,
      onDragLeave({ currentTarget, relatedTarget }: DragEvent) {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget)))
          setOver(false);
      },
      onDrop(event: DragEvent) {
        setOver(false);
        if (onDrop === null || !bringsFiles(event.dataTransfer)) return;
        event.preventDefault();
        onDrop(event.dataTransfer);
      },
    },
  };
}
