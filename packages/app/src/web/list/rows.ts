import type { ChatMessage, RoomState } from "@snug/client";

/** One line of the list, with what its neighbours say about it. */
export interface Row {
  readonly message: ChatMessage;
  /** A day begins here: any time within it. */
  readonly day: number | null;
  /** What one had not read when one came begins here. */
  readonly startsNew: boolean;
  /** The first and the last of what one author said in one go. */
  readonly startsGroup: boolean;
  readonly endsGroup: boolean;
}

export const GROUP_MS = 5 * 60_000;

/** For own messages that have no time yet: whether they join the group before them. Kept, so that being sent moves nothing. */
export type Joins = ReadonlyMap<string, boolean>;

/**
 * While there is older history, the oldest message held is not shown: it only
 * tells whether a day or a group begins after it. So no row ever changes its
 * height because a page came in above it.
 */
export function deriveRows(
  messages: readonly ChatMessage[],
  older: RoomState["older"],
  joins: Joins,
  /** Up to where one had read when one came; `null`: all of it. */
  line: number | null,
  dayOf = dayReader(),
): readonly Row[] {
  const holdsBack =
    (older === "some" || older === "loading" || older === "failed") && messages.length > 1;
  const rows: Row[] = [];
  let before: ChatMessage | null = null;
  let dayBefore: number | null = null;
  const first = messages[0]?.seq ?? null;
  let toCome = line !== null && (!holdsBack || first === null || first <= line);
  for (const [index, message] of messages.entries()) {
    const day: number | null = message.at === null ? dayBefore : dayOf(message.at);
    const startsDay = day !== dayBefore && message.at !== null;
    const startsNew = toCome && isUnread(message, line ?? 0);
    if (startsNew) toCome = false;
    const startsGroup = startsDay || startsNew || !follows(before, message, joins);
    if (!holdsBack || index > 0) {
      const last = rows.at(-1);
      if (last && startsGroup) rows[rows.length - 1] = { ...last, endsGroup: true };
      rows.push({
        message,
        day: startsDay ? message.at : null,
        startsNew,
        startsGroup,
        endsGroup: index === messages.length - 1,
      });
    }
    before = message;
    dayBefore = day;
  }
  return rows;
}

/** Decides once for each own message that is new, by `now`; a wrong clock costs a line, never order. */
export function noteJoins(
  joins: Map<string, boolean>,
  messages: readonly ChatMessage[],
  now: number,
): void {
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message === undefined || message.at !== null || message.state === "unreadable") return;
    if (joins.has(message.key)) continue;
    const before = messages[index - 1];
    joins.set(
      message.key,
      before?.mine === true && (before.at === null || now - before.at < GROUP_MS),
    );
  }
}

/** Whether it counts as unread for whoever has read up to this number. */
export const isUnread = (message: ChatMessage, read: number) =>
  message.state === "sent" && !message.mine && message.deletedAt === null && message.seq > read;

function follows(before: ChatMessage | null, message: ChatMessage, joins: Joins): boolean {
  if (before === null || before.state === "unreadable" || message.state === "unreadable") {
    return false;
  }
  const sameAuthor = before.mine ? message.mine : before.by === message.by;
  if (!sameAuthor) return false;
  // Whom it answers stands between the name and the text.
  if (message.replyTo !== null) return false;
  const decided = joins.get(message.key);
  if (decided !== undefined) return decided;
  return before.at === null || message.at === null || message.at - before.at < GROUP_MS;
}

/** The start of a time's local day; looks the calendar up only when the day changes. */
function dayReader(): (at: number) => number {
  let start = 0;
  let end = 0;
  return (at) => {
    if (at < start || at >= end) {
      const date = new Date(at);
      start = date.setHours(0, 0, 0, 0);
      // Days of 23 and 25 hours exist.
      end = date.setDate(date.getDate() + 1);
    }
    return start;
  };
}
