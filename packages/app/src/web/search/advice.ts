import type { ClientProblem } from "@snug/client";

export interface Advice {
  readonly text: string;
  /** Whether asking again, as it is, may help. */
  readonly again: boolean;
}

/** What to do about a search that failed, for whoever typed it. */
export function adviceOn({ code, detail }: ClientProblem, inRoom: boolean): Advice {
  const isRoom = code === "room_not_found" || code === "room_gone";
  if (isRoom) return { text: inRoom ? roomAlone : noSuchRoom, again: false };
  // The server speaks of the parameter, of which nobody here has heard.
  if (code === "invalid_request") return { text: detail.replace(/^q /, "This "), again: false };
  return { text: words[code] ?? detail, again: code !== "rate_limited" };
}

const words: Partial<Record<ClientProblem["code"], string>> = {
  no_connection: "No connection. It is searched again once there is one.",
  rate_limited: "These were many searches at once. This one goes on by itself in a moment.",
  invalid_cursor: "Your rooms have changed meanwhile. Search again from the top.",
};

const roomAlone =
  "This room is searched alone. Choose “Everywhere”, or take out what stands behind in:.";
const noSuchRoom = "You can read no room that is called so. Check what stands behind in:.";
