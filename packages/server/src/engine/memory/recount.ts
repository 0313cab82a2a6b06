import type { Level, Message, Role, UserId } from "@snug/protocol";

export interface Membership {
  readonly joinedAt: number;
  /** The event of coming in. */
  readonly joined: number;
  role: Role;
  level: Level;
  read: number;
  /** Up to where threads were read, by the messages that began them. */
  readonly marks: Map<number, number>;
}

interface Followed {
  readonly root: number;
  readonly read: number;
  readonly newest: number;
  readonly unread: readonly Message[];
}

/** What of these messages this member has not read, counted one by one. */
export function recount(messages: readonly Message[], user: UserId, member: Membership) {
  const { read, level } = member;
  const isNews = ({ by, deletedAt }: Message) => by !== user && deletedAt === null;
  const unread = messages.filter((one) => one.thread === null && one.seq > read && isNews(one));
  const threads = messages.flatMap((root): Followed[] => {
    const begin = followedFrom(messages, root, user, member);
    if (begin === null) return [];
    const place = Math.max(begin, member.marks.get(root.seq) ?? 0);
    const replies = messages.filter(({ thread }) => thread === root.seq);
    return [
      {
        root: root.seq,
        read: place,
        newest: replies.at(-1)?.seq ?? 0,
        unread: replies.filter((one) => one.seq > place && isNews(one)),
      },
    ];
  });
  const calls = [...unread, ...threads.flatMap((thread) => thread.unread)].filter(
    ({ mentions = [] }) => mentions.includes(user) || mentions.includes("@room"),
  );
  const reading = {
    level,
    read,
    unread: unread.length,
    mentions: calls.length,
    threads: threads.filter((thread) => thread.unread.length > 0).length,
  };
  return { reading, threads: threads.toSorted((a, b) => b.newest - a.newest) };
}

/** From where on this member follows the thread of this message; `null`: they do not, or it is none. */
export function followedFrom(
  messages: readonly Message[],
  root: Message,
  user: UserId,
  { joined }: Pick<Membership, "joined">,
): number | null {
  if (root.thread !== null || root.replies === undefined) return null;
  const replies = messages.filter(({ thread, seq }) => thread === root.seq && seq > joined);
  const names = ({ mentions = [] }: Message) => mentions.includes(user);
  const own = replies.find(({ by }) => by === user);
  const naming = replies.find(names);
  const reasons = [
    ...(root.seq > joined && (root.by === user || names(root)) ? [root.seq] : []),
    ...(own ? [own.seq] : []),
    ...(naming ? [naming.seq - 1] : []),
  ];
  return reasons.length > 0 ? Math.min(...reasons) : null;
}
