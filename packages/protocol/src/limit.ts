// Those that the SDK needs stand by themselves: the others are not in it.
export const textBytes = 16 * 1024;
export const frameBytes = 64 * 1024;
export const idLength = 64;
export const presenceMax = 200;
export const typingMs = 6_000;

/**
 * Every limit has a name, and its name is in `/v1/limits`, in docs/protocol.md
 * and in a test. Sizes are bytes, lengths are characters (code points), times
 * are milliseconds.
 */
export const limits = {
  /** UTF-8 bytes of a message's text. */
  textBytes,
  /** Bytes of one WebSocket frame, and of one JSON body. */
  frameBytes,
  nameLength: 64,
  topicLength: 1_000,
  avatarLength: 16,
  usernameLeast: 2,
  usernameLength: 32,
  passwordLeast: 8,
  passwordLength: 1_000,
  clientIdLength: 64,
  refLength: 64,
  idLength,
  /** People in a direct room, and places that an ephemeral one may be limited to. */
  directMembers: 8,
  capacityMax: 10_000,
  /** Seconds that an ephemeral room lives: when nothing is said, and at most. */
  ttlDefault: 600,
  ttlMax: 30 * 24 * 60 * 60,
  /** Uses and seconds that an invite or a token may have at most. */
  invitesMax: 100,
  inviteUsesMax: 10_000,
  inviteTtlMax: 365 * 24 * 60 * 60,
  tokensMax: 100,
  /** A destroyed room is said to be gone for this long, in milliseconds. */
  goneMs: 30 * 24 * 60 * 60 * 1_000,
  /** What is typed into a search. */
  searchLength: 256,
  pageDefault: 50,
  pageMax: 200,
  /** A resume on WebSocket brings at most so much inline, else `too_far`. */
  resumeEvents: 300,
  resumeBytes: 256 * 1024,
  /** A connection with this much waiting gets no signals. */
  signalBytes: 256 * 1024,
  /** A connection whose queue passes this is closed with `4008 slow`. */
  queueBytes: 1024 * 1024,
  /** … and so is one whose queue makes no progress for this long. */
  queueStallMs: 10_000,
  /** A socket of which nothing is heard for this long, pings notwithstanding, is closed with `4008 slow`. */
  silenceMs: 35_000,
  /** A socket says `hello` within this time or is closed with 4401. */
  helloMs: 5_000,
  /** An SSE stream carries a comment at least this often. */
  heartbeatMs: 15_000,
  /** Sends gathered into one commit wait no longer than this. */
  commitWindowMs: 13,
  /** A session that nobody used for this long is over. */
  sessionIdleMs: 90 * 24 * 60 * 60 * 1_000,
  /** Different emoji on one message, and reactions on it in all. */
  reactionKinds: 50,
  reactionsMax: 1_000,
  pinsMax: 100,
  /** How often a message may be edited: what it said is told whole, and is taken out whole. */
  editsMax: 100,
  /** People whom one message may mention by name. */
  mentionsMax: 50,
  /** Bytes of one file, of all files of one user, and of all files; the operator may choose others. */
  fileBytes: 25 * 1024 * 1024,
  fileBytesPerUser: 1024 * 1024 * 1024,
  fileBytesInAll: 10 * 1024 * 1024 * 1024,
  fileNameLength: 128,
  filesPerMessage: 10,
  /** A file that no message holds is removed after this long, in milliseconds. */
  unpostedFileMs: 3 * 24 * 60 * 60 * 1_000,
  /** Milliseconds that one upload may take. */
  uploadMs: 60 * 60 * 1_000,
  /** Uploads of one user at one time. */
  uploadsAtOnce: 6,
  /** A picture of more pixels, or more bytes, is kept and shown as any other file. */
  picturePixels: 40_000_000,
  pictureBytes: 25 * 1024 * 1024,
  /** The longer side of a picture's preview. */
  previewSide: 960,
  /** Files in one export; what is beyond them is named in it. A zip tells no more than 65,535 apart. */
  exportFiles: 60_000,
  /** Exports of one user at one time. */
  exportsAtOnce: 2,
  /** A signed address of a file is good for at least half of this long, in milliseconds. */
  fileLinkMs: 24 * 60 * 60 * 1_000,
  /** Read places are told to others in rooms of at most so many members. */
  receiptsMax: 50,
  /** Who comes and goes is told one by one while at most so many are there; else only how many. */
  presenceMax,
  /** A read place moves back by at most so many numbers. */
  readBackMax: 10_000,
  /** Somebody is writing until this long after they last said so. */
  typingMs,
  /** Whoever goes is gone after this long, unless they are back by then: a reload is silent. */
  leaveMs: 3_500,
  /**
   * Where several nodes are one house: one that was not heard of for so long is
   * gone, which the others look for so often. Its people are gone after `leaveMs`
   * more: within 20 s in all.
   */
  nodeLeaseMs: 12_000,
  nodeLookMs: 2_000,
  // Rates: so many at once after a pause (`…Burst`), and so many on and on. Over
  // them comes `rate_limited`. With --rate-limits off they and the numbers of
  // connections do not count.
  /** Sends, joins and other changes of one user, over all their connections. */
  sendsPerSecond: 20,
  sendsBurst: 60,
  /** Messages into one room, by whomever. */
  roomSendsPerSecond: 200,
  roomSendsBurst: 1_000,
  /** Signs of writing from one user. */
  typingPerSecond: 2,
  typingBurst: 10,
  /** Rooms that one user opens or looks at. */
  openingsPerSecond: 50,
  openingsBurst: 500,
  /** Pages, lists and the like that one user reads. */
  readsPerSecond: 100,
  readsBurst: 500,
  /** Searches of one user. */
  searchesPerSecond: 5,
  searchesBurst: 30,
  /** Rooms, invites and tokens that one user makes. */
  creationsPerMinute: 30,
  creationsBurst: 30,
  /** Files that one user uploads. */
  uploadsPerMinute: 60,
  uploadsBurst: 60,
  /** Exports that one user begins. */
  exportsPerMinute: 6,
  exportsBurst: 6,
  /** Guests and accounts that come from one address. */
  newcomersPerMinute: 60,
  newcomersBurst: 300,
  /** Sockets and streams, open at one time. */
  connectionsPerUser: 100,
  connectionsPerAddress: 10_000,
  /** Wrong passwords in a row from one address, for one username and in all, before one has to wait. */
  passwordTries: 5,
  passwordTriesPerAddress: 20,
  /** Passwords of whomever that may wait to be hashed: the last of them waits for a second. */
  passwordQueue: 64,
  /** The longest of those waits, and how long they are remembered. */
  passwordWaitMs: 60_000,
  passwordMemoryMs: 60 * 60 * 1_000,
} as const;

export type Limits = { readonly [Name in keyof typeof limits]: number };
