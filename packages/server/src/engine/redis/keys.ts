/**
 * The names of all keys. One hash tag holds them together, so that a step may check
 * and change any of them at once, on a Redis Cluster too. A key belongs to the house,
 * to a room or to a user, and goes with them.
 */
export const TAG = "{snug}";

/** How many events of a log stand in one list. */
export const CHUNK = 1_024;

/** What was committed is published here, and what nodes tell each other there. */
export const CHANNEL = `${TAG}told`;
export const NODES = `${TAG}nodes`;

export const house = {
  /** Hash: how many administrators there are, the bytes of all files, the key of addresses, the word for its life. */
  facts: `${TAG}house`,
  /** Number of the newest event of all rooms. */
  order: `${TAG}order`,
  /** How many rooms were ever made. */
  made: `${TAG}made`,
  /** Sorted sets of rooms: all and public ones by when they were made, and by their end. */
  rooms: `${TAG}rooms`,
  publicRooms: `${TAG}rooms:public`,
  ends: `${TAG}rooms:ends`,
  /** Hashes that lead to a room: from a public name, from the people of a direct room, from an invite. */
  names: `${TAG}names`,
  directs: `${TAG}directs`,
  invites: `${TAG}invites`,
  /** Sorted set of users by when they came, and their names for finding. */
  users: `${TAG}users`,
  people: `${TAG}people`,
  /** Hash from a username, in small letters, to its user. */
  usernames: `${TAG}usernames`,
  /** Hash of file records; sorted set of those that no message holds, by their time; set of lost ones. */
  files: `${TAG}files`,
  loose: `${TAG}files:loose`,
  lost: `${TAG}files:lost`,
  /** Hash, while a house is being moved here: of which folder, and how far it came. */
  move: `${TAG}move`,
  /** Stream of what nodes must hear of that is in no log; its oldest entries go. */
  news: `${TAG}news`,
};

export const goneKey = (hash: string) => `${TAG}gone:${hash}`;
export const sessionKey = (tokenHash: string) => `${TAG}session:${tokenHash}`;
export const sessionIdKey = (id: string) => `${TAG}session-id:${id}`;

export function roomKeys(room: string) {
  const key = `${TAG}r:${room}`;
  return {
    /** Hash: the record, where the log ends and begins, and the versions. */
    room: key,
    /** Hashes by user: how they are in the room, since when they are banned, what they were last. */
    members: `${key}:members`,
    bans: `${key}:bans`,
    about: `${key}:about`,
    /** Hash by the invites' hashes. */
    invites: `${key}:invites`,
    /** Hash of messages to which something happened, as they are now. */
    now: `${key}:now`,
    /** Bitmaps by number: the messages of the main line, and those of them that count as unread. */
    main: `${key}:main`,
    counted: `${key}:counted`,
    /** Sorted set of what is looked for in the order of its letters; see entries.ts. */
    entries: `${key}:entries`,
    /** Sorted set: up to where the log was trimmed, and when, as long as repeats are known. */
    trims: `${key}:trims`,
    /** Sets of what goes with the room. */
    files: `${key}:files`,
    tokens: `${key}:tokens`,
    /** Whose step is next, for a moment: whoever was overtaken again and again. */
    hold: `${key}:hold`,
    chunk: (number: number) => `${key}:log:${number}`,
    /** Hashes of what was sent, by sender and `clientId`: of this day and the one before. */
    sent: (day: number) => `${key}:sent:${day % 2}`,
    /** Of a member: hash of read place, level and threads; sorted set of what they said in the main line. */
    member: (user: string) => `${key}:member:${user}`,
    own: (user: string) => `${key}:own:${user}`,
  };
}

/** What stands before the id in the key of a user. */
export const USER = `${TAG}u:`;

export function userKeys(user: string) {
  const key = `${USER}${user}`;
  return {
    /** Hash. */
    user: key,
    /** Sets of rooms: those they are in, and those whose logs tell of them. */
    rooms: `${key}:rooms`,
    told: `${key}:told`,
    /** Hash from the ids of their sessions to the hashes of the tokens. */
    sessions: `${key}:sessions`,
    /** Sets of files: all, and those that are not whole. */
    files: `${key}:files`,
    begun: `${key}:begun`,
  };
}
