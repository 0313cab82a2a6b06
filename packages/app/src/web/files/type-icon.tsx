import { shownAs } from "@snug/protocol";
import { FileIcon, PictureIcon, PlayIcon, SoundIcon, TextIcon } from "../icons.tsx";

/** What a file is, at a glance. */
export function TypeIcon({ type }: { type: string }) {
  switch (shownAs(type)) {
    case "picture":
      return <PictureIcon />;
    case "audio":
      return <SoundIcon />;
    case "video":
      return <PlayIcon />;
    case null:
      return type === "text/plain" || type === "application/pdf" ? <TextIcon /> : <FileIcon />;
  }
}
