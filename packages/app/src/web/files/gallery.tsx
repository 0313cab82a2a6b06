import { useFileUrl } from "@snug/client/react";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { Dialog } from "../dialog.tsx";
import { useHouse } from "../house.ts";
import { BackIcon, DownloadIcon, NextIcon } from "../icons.tsx";
import type { Sized } from "./box.ts";
import { blur } from "./picture.tsx";
import { sizeText } from "./size-text.ts";

/** A finger that went so far sideways turns to the next. */
const SWIPE_PX = 48;

/** A message's pictures, one at a time, as large as there is room for. */
export function Gallery({
  pictures,
  at,
  onAt,
  onClose,
}: {
  pictures: readonly Sized[];
  /** The one that is shown, by its id. */
  at: string;
  onAt: (id: string) => void;
  onClose: () => void;
}) {
  const { chat } = useHouse();
  const index = Math.max(
    pictures.findIndex(({ id }) => id === at),
    0,
  );
  const picture = pictures[index];
  const url = useFileUrl(chat, picture?.id ?? at);
  const step = (by: number) => {
    const next = pictures[index + by];
    if (next) onAt(next.id);
  };
  useArrows(step);
  const swipe = useSwipe(step);
  if (picture === undefined) return null;
  const { id, name, size } = picture;
  return (
    <Dialog title={<bdi className="gallery-name">{name}</bdi>} place="whole" fill onClose={onClose}>
      <div className="gallery">
        <div
          className="gallery-stage"
          onClick={({ target, currentTarget }) => target === currentTarget && onClose()}
          {...swipe}
        >
          <Large key={id} picture={picture} url={url} />
        </div>
        <div className="gallery-bar">
          {pictures.length > 1 && (
            <>
              <button
                type="button"
                className="bare"
                aria-label="Previous picture"
                aria-disabled={index === 0}
                onClick={() => step(-1)}
              >
                <BackIcon />
              </button>
              <p role="status">
                {index + 1} of {pictures.length}
                <span className="hidden">, {name}</span>
              </p>
              <button
                type="button"
                className="bare"
                aria-label="Next picture"
                aria-disabled={index === pictures.length - 1}
                onClick={() => step(1)}
              >
                <NextIcon />
              </button>
            </>
          )}
          <a className="gallery-download" href={url ?? undefined} download={name}>
            <DownloadIcon />
            Download <span className="soft">{sizeText(size)}</span>
          </a>
        </div>
      </div>
    </Dialog>
  );
}

function Large({ picture, url }: { picture: Sized; url: string | null }) {
  const { name, width, height, placeholder } = picture;
  const [state, setState] = useState<"coming" | "there" | "missing">("coming");
  if (state === "missing") return <p>This browser cannot show it, or it is gone.</p>;
  if (url === null) return null;
  return (
    <img
      src={url}
      alt={name}
      draggable={false}
      // Not larger than it is; within that as large as there is room for.
      style={{
        maxInlineSize: width,
        maxBlockSize: height,
        ...(state === "coming" && blur(placeholder)),
      }}
      onLoad={() => setState("there")}
      onError={() => setState("missing")}
    />
  );
}

function useArrows(step: (by: number) => void): void {
  const act = useRef(step);
  useEffect(() => {
    act.current = step;
  });
  useEffect(() => {
    const heed = (event: KeyboardEvent) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      event.preventDefault();
      act.current(event.key === "ArrowLeft" ? -1 : 1);
    };
    document.addEventListener("keydown", heed);
    return () => document.removeEventListener("keydown", heed);
  }, []);
}

function useSwipe(step: (by: number) => void) {
  const start = useRef<{ x: number; y: number } | null>(null);
  return {
    onPointerDown({ clientX: x, clientY: y, pointerType, isPrimary }: PointerEvent) {
      start.current = pointerType === "mouse" || !isPrimary ? null : { x, y };
    },
    onPointerUp({ clientX, clientY }: PointerEvent) {
      const from = start.current;
      start.current = null;
      if (from === null) return;
      const [across, along] = [clientX - from.x, clientY - from.y];
      if (Math.abs(across) >= SWIPE_PX && Math.abs(across) > Math.abs(along))
        step(across < 0 ? 1 : -1);
    },
    // The browser took it: to scroll, or to look closer with two fingers.
    onPointerCancel() {
      start.current = null;
    },
  };
}
