import type { SentMessage } from "@snug/client";
import type { UserId } from "@snug/protocol";
import { createContext, useContext } from "react";
import type { Deed, Standing } from "./deed.ts";

/** What the rows of a list may ask for; the same object until one's standing changes. */
export interface Deeds {
  readonly room: string;
  /** One's own id. */
  readonly me: UserId;
  readonly standing: Standing;
  readonly act: (deed: Deed, message: SentMessage) => void;
  /** Adds one's reaction, or takes it away. */
  readonly react: (message: SentMessage, emoji: string) => void;
  readonly save: (message: SentMessage, text: string) => void;
  readonly cancelEdit: (message: SentMessage) => void;
  /** Shows a picture of a message large. */
  readonly look: (key: string, file: string) => void;
  /** To the message that another one answers; one can come back from there. */
  readonly follow: (from: SentMessage, to: number) => void;
  /** A key on a message; whether it meant something. */
  readonly press: (key: string, message: SentMessage) => boolean;
  /** What somebody of the room is called here, "somebody" where that is not known. */
  readonly nameOf: (id: string) => string;
}

export const DeedsContext = createContext<Deeds | null>(null);

export function useDeeds(): Deeds {
  const deeds = useContext(DeedsContext);
  if (deeds === null) throw new Error("There are no deeds around this");
  return deeds;
}
