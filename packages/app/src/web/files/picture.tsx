import { useFileUrl } from "@snug/client/react";
import { type CSSProperties, useCallback, useState } from "react";
import { useDeeds } from "../deeds/deeds-context.ts";
import { useHouse } from "../house.ts";
import { PictureIcon } from "../icons.tsx";
import type { Sized } from "./box.ts";

/** A picture in its place, which is there before it; pressed, it is shown large. */
export function Picture({
  picture,
  messageKey,
  style,
}: {
  picture: Sized;
  messageKey: string;
  /** Its place, where it stands alone. */
  style?: CSSProperties;
}) {
  const { chat } = useHouse();
  const { look } = useDeeds();
  const { id, name, width, height, placeholder } = picture;
  const url = useFileUrl(chat, id, { preview: true });
  const [state, setState] = useState<"coming" | "there" | "missing">("coming");
  // What the browser holds already is there with the first frame.
  const seen = useCallback((image: HTMLImageElement | null) => {
    if (image?.complete && image.naturalWidth > 0) setState("there");
  }, []);
  return (
    <button
      type="button"
      className="picture"
      data-state={state}
      style={{ ...style, ...(state === "coming" && blur(placeholder)) }}
      onClick={() => look(messageKey, id)}
    >
      {url !== null && state !== "missing" ? (
        <img
          ref={seen}
          src={url}
          alt={name}
          width={width}
          height={height}
          draggable={false}
          decoding="async"
          onLoad={() => setState("there")}
          onError={() => setState("missing")}
        />
      ) : (
        <>
          <PictureIcon />
          <span className="hidden">{name}</span>
        </>
      )}
    </button>
  );
}

/** Its likeness, until it is there itself. */
export const blur = (placeholder: string | undefined): CSSProperties =>
  placeholder === undefined ? {} : { backgroundImage: `url("${placeholder}")` };
