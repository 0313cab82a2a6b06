import type { ClientProblem } from "@snug/client";

export interface Advice {
  readonly text: string;
  /** Whether asking again, as it is, may help. */
  readonly again: boolean;
}

/** What to do about a search that failed, for whoever typed it. */
export function adviceOn({ code, detail }: ClientProblem, inRoom: boolean): Advice {
  switch (code) {
    case "no_connection":
      return { text: "No connection. It is searched again once there is one.", again: true };
    case "rate_limited":
      return {
        text: "These were many searches at once. This one goes on by itself in a moment.",
        again: false,
      };
    case "room_not_found":
    case "room_gone":
      return {
        text: inRoom
          ? "This room is searched alone. Choose “Everywhere”, or take out what stands behind in:."
          : "You can read no room that is called so. Check what stands behind in:.",
        again: false,
      };
    case "invalid_cursor":
      return { text: "Your rooms have changed meanwhile. Search again from the top.", again: true };
    case "invalid_request":
      // The server speaks of the parameter, of which nobody here has heard.
      return { text: detail.replace(/^q /, "This "), again: false };
    default:
      return { text: detail, again: true };
  }
}
