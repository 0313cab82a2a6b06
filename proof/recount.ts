/** What is unread, counted one by one as docs/protocol.md says it (UNR1–UNR4); it shares no code with Snug. */
export interface Said {
  readonly seq: number;
  readonly by: string;
  readonly thread: number | null;
  readonly deletedAt: number | null;
  readonly mentions?: readonly string[];
}

/** How far a member has read; `joined` is the seq at which they came in, `marks` are those of threads. */
export interface ReadPlace {
  readonly joined: number;
  readonly read: number;
  readonly marks: ReadonlyMap<number, number>;
}

export interface Counts {
  unread: number;
  mentions: number;
  threads: number;
}

export interface Followed {
  root: number;
  read: number;
  unread: number;
  /** The number of the newest reply. */
  newest: number;
}

/** @param messages as they are now */
export function recount(
  messages: readonly Said[],
  user: string,
  place: ReadPlace,
): Counts & { followed: Followed[] } {
  const isNews = ({ by, deletedAt }: Said) => by !== user && deletedAt === null;
  const calls = ({ mentions = [] }: Said) => mentions.includes(user) || mentions.includes("@room");
  const counts = { unread: 0, mentions: 0, threads: 0 };
  for (const message of messages) {
    if (message.thread !== null || message.seq <= place.read || !isNews(message)) continue;
    counts.unread++;
    if (calls(message)) counts.mentions++;
  }
  const followed: Followed[] = [];
  for (const root of messages) {
    if (root.thread !== null) continue;
    const replies = messages.filter(({ thread }) => thread === root.seq);
    const begin = beginOf(root, replies, user, place.joined);
    if (begin === null) continue;
    const read = Math.max(begin, place.marks.get(root.seq) ?? 0);
    const unread = replies.filter((reply) => reply.seq > read && isNews(reply));
    if (unread.length > 0) counts.threads++;
    counts.mentions += unread.filter(calls).length;
    followed.push({
      root: root.seq,
      read,
      unread: unread.length,
      newest: replies.at(-1)?.seq ?? 0,
    });
  }
  followed.sort((a, b) => b.newest - a.newest);
  return { ...counts, followed };
}

/** From where on a thread is followed; `null`: it is not. */
function beginOf(
  root: Said,
  replies: readonly Said[],
  user: string,
  joined: number,
): number | null {
  if (replies.length === 0) return null;
  const names = ({ mentions = [] }: Said) => mentions.includes(user);
  const places: number[] = [];
  if (root.seq > joined && (root.by === user || names(root))) places.push(root.seq);
  for (const reply of replies) {
    if (reply.seq <= joined) continue;
    if (reply.by === user) places.push(reply.seq);
    if (reply.deletedAt === null && names(reply)) places.push(reply.seq - 1);
  }
  return places.length === 0 ? null : Math.min(...places);
}
