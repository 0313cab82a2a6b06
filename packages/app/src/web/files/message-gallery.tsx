import type { ChatMessage } from "@snug/client";
import type { SharedFile } from "@snug/protocol";
import { useState } from "react";
import { isPicture } from "./box.ts";
import { Gallery } from "./gallery.tsx";

/** A picture that is looked at, and the message that holds it. */
export interface Looked {
  readonly deed: "look";
  /** The message's. */
  readonly key: string;
  /** The file's id. */
  readonly file: string;
}

/** The pictures of the message as it is now: with it they go, also while they are looked at. */
export function MessageGallery({
  messages,
  looked,
  onClose,
}: {
  messages: readonly ChatMessage[];
  looked: Looked;
  onClose: () => void;
}) {
  const [at, setAt] = useState(looked.file);
  const message = messages.find(({ key }) => key === looked.key);
  if (message === undefined || message.state === "unreadable") return null;
  const files: readonly SharedFile[] = message.files;
  const pictures = files.filter(isPicture);
  return <Gallery pictures={pictures} at={at} onAt={setAt} onClose={onClose} />;
}
