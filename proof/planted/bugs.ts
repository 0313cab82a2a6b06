/** One piece of the source that is written wrong for as long as a test runs. */
export interface Edit {
  /** Path from the repository's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly right: string;
  readonly wrong: string;
}

/** A defect that real chat systems have had, put into this one. */
export interface Bug {
  readonly name: string;
  /** The part of the proof that finds it, and is run with it in each test. */
  readonly by: "model" | "simulation" | "disk";
  /** The world from which the simulation looks for it, or the model's seed, where the usual ones show it late. */
  readonly from?: number;
  readonly edits: readonly Edit[];
}

const memoryRoom = "packages/server/src/engine/memory/room.ts";
const log = "packages/server/src/engine/embedded/log.ts";
const groupCommit = "packages/server/src/engine/embedded/group-commit.ts";
const locate = "packages/server/src/core/locate.ts";
const follower = "packages/server/src/gateway/follower.ts";
const disk = "proof/simulation/disk.ts";
const messageChange = "packages/server/src/core/message-change.ts";
const reading = "packages/server/src/engine/embedded/reading.ts";
const roomSignals = "packages/server/src/gateway/room-signals.ts";
const presence = "packages/server/src/core/presence.ts";

/**
 * The simulation's store is the plain engine, so what is planted into the
 * embedded one is planted there too, or is for the model to find.
 */
export const bugs: readonly Bug[] = [
  {
    name: "a repeated send is stored again",
    by: "model",
    from: 11,
    edits: [
      {
        file: memoryRoom,
        right: "draft.clientId === clientId;",
        wrong: "draft.clientId === null;",
      },
      { file: log, right: "      clientId,\n      json,\n", wrong: "      null,\n      json,\n" },
    ],
  },
  {
    name: "a clientId counts for all senders",
    by: "simulation",
    edits: [
      {
        file: memoryRoom,
        right: "draft.by === by && draft.clientId",
        wrong: "draft.clientId",
      },
    ],
  },
  {
    name: "a repeat is answered with another event",
    by: "simulation",
    edits: [
      {
        file: memoryRoom,
        right: '{ kind: "repeated", event: this.message(first.seq) ?? toStored(first) }',
        wrong: '{ kind: "repeated", event: this.#log.at(-1) ?? first }',
      },
    ],
  },
  {
    name: "a resume skips one event",
    by: "model",
    edits: [
      {
        file: locate,
        right: "return { from: { seq: after.seq, id }, gap: null };",
        wrong: "return { from: { seq: Math.min(after.seq + 1, log.head.seq), id }, gap: null };",
      },
    ],
  },
  {
    name: "a resume repeats one event",
    by: "simulation",
    edits: [
      {
        file: locate,
        right: "return { from: { seq: after.seq, id }, gap: null };",
        wrong: "return { from: { seq: Math.max(after.seq - 1, log.base.seq), id }, gap: null };",
      },
    ],
  },
  {
    name: "a trimmed log tells of no gap",
    by: "model",
    edits: [
      {
        file: locate,
        right: 'if (after.seq < log.base.seq) return { from: log.base, gap: "trimmed" };',
        wrong: "if (after.seq < log.base.seq) return { from: log.base, gap: null };",
      },
    ],
  },
  {
    name: "the id in a cursor is not looked at",
    by: "model",
    edits: [
      {
        file: locate,
        right: 'if (id !== after.id) return { from: log.base, gap: "rewritten" };',
        wrong: 'if (id === null) return { from: log.base, gap: "rewritten" };',
      },
    ],
  },
  {
    name: "the epoch in a cursor is not looked at",
    by: "model",
    edits: [
      {
        file: locate,
        right: 'if (after.epoch !== log.epoch) return { from: log.base, gap: "new_log" };',
        wrong: "",
      },
    ],
  },
  {
    name: "a log begins at 1 again after a restart",
    by: "model",
    edits: [
      {
        file: log,
        right: "head: last ? { seq: last.seq, id: last.id } : base,",
        wrong: "head: base,",
      },
    ],
  },
  {
    name: "the wall clock orders a log",
    by: "simulation",
    from: 57,
    edits: [
      {
        file: memoryRoom,
        right: "const at = Math.max(now, (this.#log.at(-1) ?? this.#base).at);",
        wrong: "const at = now;",
      },
      {
        file: memoryRoom,
        right: "const later = this.#log.filter((entry) => entry.seq > place.from.seq);",
        wrong:
          "const later = this.#log.filter((entry) => entry.seq > place.from.seq).toSorted((one, other) => one.at - other.at);",
      },
    ],
  },
  {
    name: "what comes while a log is read is forgotten",
    by: "model",
    edits: [
      {
        file: follower,
        right: "if (this.#at.seq >= head.seq && this.#hasHeard()) break;",
        wrong: "if (this.#at.seq >= head.seq) break;",
      },
    ],
  },
  {
    name: "what comes while a log is read is sent twice",
    by: "simulation",
    from: 12,
    edits: [
      {
        file: follower,
        right: "      this.#newest = end;\n    } else if",
        wrong: "      this.#newest = end;\n      this.#sink.batch(batch);\n    } else if",
      },
    ],
  },
  {
    name: "a follower takes a hole for the log",
    by: "simulation",
    from: 127,
    edits: [
      {
        file: follower,
        right: "this.#isAt(end.epoch, from)",
        wrong: "from.seq >= this.#at.seq",
      },
    ],
  },
  {
    name: "a gap that is too far to tell is not told",
    by: "simulation",
    from: 4,
    edits: [
      {
        file: follower,
        right: '        this.#gap(formatCursor(epoch, head), "too_far");\n',
        wrong: "",
      },
    ],
  },
  {
    name: "a slow reader is spared what does not fit",
    by: "simulation",
    from: 1058,
    edits: [
      {
        file: "packages/server/src/gateway/outbox.ts",
        right: "if (waiting + size > limits.queueBytes) return this.#giveUp();",
        wrong: "if (waiting + size > limits.queueBytes) return;",
      },
    ],
  },
  {
    name: "who was removed goes on being told",
    by: "simulation",
    from: 10,
    edits: [
      {
        file: "packages/server/src/gateway/gateway.ts",
        right: 'one.lost(room, "forbidden");',
        wrong: "void one;",
      },
    ],
  },
  {
    name: "who was removed may come back and read",
    by: "simulation",
    edits: [
      {
        file: "packages/server/src/core/verbs/open-room.ts",
        right: 'const entered = await enter(world, actor, "read", input.room);',
        wrong:
          'const found = await world.store.room(input.room);\n  const entered = found ? succeed({ room: found }) : await enter(world, actor, "read", input.room);',
      },
    ],
  },
  {
    name: "an event is told before its commit",
    by: "disk",
    edits: [
      {
        file: groupCommit,
        right: "      this.#commit.run();\n    } catch",
        wrong: "      onCommit(changes.length, 0);\n      this.#commit.run();\n    } catch",
      },
    ],
  },
  {
    name: "a send is answered before its commit",
    by: "disk",
    edits: [
      {
        file: groupCommit,
        right: "      this.#commit.run();\n    } catch",
        wrong:
          "      for (const [index, change] of changes.entries()) change.resolve(results[index] as never);\n      this.#commit.run();\n    } catch",
      },
    ],
  },
  {
    name: "a repeat is answered before the commit of the first",
    by: "disk",
    edits: [
      {
        file: groupCommit,
        right: "for (const change of changes) results.push(change.work());",
        wrong:
          'for (const change of changes) { const made = change.work(); results.push(made); if ((made as { kind?: string } | null)?.kind === "repeated") change.resolve(made as never); }',
      },
    ],
  },
  {
    name: "a send is refused with 503 after it was stored",
    by: "simulation",
    edits: [
      {
        file: disk,
        right: "for (const { reject } of all) reject(new StoreError(this.fault));",
        wrong:
          'for (const { work, reject } of all) void work().then(() => reject(new StoreError("store_unavailable")));',
      },
    ],
  },
  // Of what is done with messages once they are said.
  {
    name: "an edit is not in the log",
    by: "simulation",
    from: 19,
    edits: [
      {
        file: messageChange,
        right: "if (message.text === change.text) return unchanged;",
        wrong: "if (change.text !== null) return unchanged;",
      },
    ],
  },
  {
    name: "a reaction counts as often as it is sent",
    by: "model",
    from: 4,
    edits: [
      {
        file: messageChange,
        right: "if ((users?.includes(by) ?? false) === on) return unchanged;",
        wrong: "if (!on && users === undefined) return unchanged;",
      },
    ],
  },
  {
    name: "anybody edits what anybody said",
    by: "model",
    from: 7,
    edits: [
      {
        file: "packages/server/src/core/authorize.ts",
        right: 'return own === true && !archived && isAtLeast(role, "member");',
        wrong: 'return !archived && isAtLeast(role, "member");',
      },
    ],
  },
  {
    name: "what was deleted is told to who comes back",
    by: "simulation",
    edits: [{ file: memoryRoom, right: "? redacted(entry.json, at)", wrong: "? entry.json" }],
  },
  {
    name: "what a deleted message said before it was edited stays",
    by: "model",
    from: 10,
    edits: [
      {
        file: "packages/server/src/engine/embedded/messages.ts",
        right: "for (const row of rows) {\n      const json = isSound(row) ? redacted",
        wrong: "for (const row of rows.slice(0, 1)) {\n      const json = isSound(row) ? redacted",
      },
    ],
  },
  {
    name: "a clear tells of no gap",
    by: "simulation",
    from: 7,
    edits: [
      {
        file: log,
        right: "        this.#trim(log, event.seq - 1, at);\n",
        wrong: "",
      },
      { file: memoryRoom, right: "        this.trim(seq - 1, at);\n", wrong: "" },
    ],
  },
  {
    name: "a thread's replies are in the main line too",
    by: "simulation",
    from: 8,
    edits: [{ file: memoryRoom, right: "? message.thread === null\n", wrong: "? true\n" }],
  },
  // Of what is unread.
  {
    name: "a deleted message stays unread",
    by: "model",
    from: 4,
    edits: [
      { file: reading, right: ' - (${deleted("0", "m.read")}) AS unread', wrong: " AS unread" },
    ],
  },
  {
    name: "one's own messages are unread",
    by: "simulation",
    edits: [
      {
        file: "packages/server/src/engine/memory/recount.ts",
        right: "by !== user && deletedAt === null;",
        wrong: 'by !== "" && user !== "" && deletedAt === null;',
      },
    ],
  },
  {
    name: "a read place goes back for nobody",
    by: "model",
    from: 14,
    edits: [
      {
        file: "packages/server/src/core/read-place.ts",
        right: "const least = back ? Math.max(place - limits.readBackMax, joined) : place;",
        wrong: "const least = back && joined < 0 ? limits.readBackMax : place;",
      },
    ],
  },
  {
    name: "what is trimmed goes on being unread",
    by: "model",
    from: 6,
    edits: [
      { file: reading, right: "    this.#sql.trimPosted.run({ room: num, upTo });\n", wrong: "" },
    ],
  },
  {
    name: "a mention that was edited away still calls",
    by: "model",
    from: 4,
    edits: [{ file: reading, right: "    this.#sql.uncall.run(num, seq);\n", wrong: "" }],
  },
  // Of who is here.
  {
    name: "whoever lost the connection is seen for ever",
    by: "simulation",
    edits: [
      {
        file: "packages/server/src/gateway/stay.ts",
        right: "for (const room of this.#rooms) this.#world.exited(room, this, atOnce);",
        wrong: "",
      },
    ],
  },
  {
    name: "a reload is told to everybody",
    by: "simulation",
    edits: [
      {
        file: presence,
        right: "this.#leaving.set(user, now + limits.leaveMs);",
        wrong: "this.#leaving.set(user, now + limits.leaveMs / 1e4);",
      },
    ],
  },
  {
    name: "of two connections the first that ends is the end",
    by: "simulation",
    edits: [
      {
        file: presence,
        right: "if (left > 0) return void this.#connections.set(user, left);",
        wrong: "",
      },
    ],
  },
  {
    name: "who writes is told again to who comes later",
    by: "simulation",
    from: 41,
    edits: [
      {
        file: roomSignals,
        right: "  typing(user: User): void {\n",
        wrong: "  typing(user: User): void {\n    Object.assign(this, { kept: user });\n",
      },
      {
        file: roomSignals,
        right: '    this.#viewers.set(viewer, "knows not");\n    this.#want(SOON);\n  }\n\n  exit',
        wrong:
          '    this.#viewers.set(viewer, "knows not");\n    this.#want(SOON);\n    const { kept } = this as unknown as { kept?: User };\n    if (kept && kept.id !== viewer.user) viewer.signal(new Signal(frames.typingSignal(this.id, kept)));\n  }\n\n  exit',
      },
    ],
  },
  {
    name: "the SDK loses what is done with a message while it reads on",
    by: "simulation",
    from: 16,
    edits: [
      {
        file: "packages/client/src/timeline.ts",
        right: "    for (const seq of concerned(event)) {\n      const index",
        wrong:
          "    for (const seq of events.length > 1 ? [] : concerned(event)) {\n      const index",
      },
    ],
  },
  // What the simulation once found in Snug itself, each with a world that shows it.
  {
    name: "who is let in while they are removed is told on and on",
    by: "simulation",
    from: 30,
    edits: [
      {
        file: "packages/server/src/gateway/gateway.ts",
        right: "return (this.#lost.get(`${room} ${user}`)?.count ?? 0) > since;",
        wrong: "return room === user && since < 0;",
      },
    ],
  },
  {
    name: "who is out already cannot be removed again",
    by: "simulation",
    from: 12,
    edits: [
      {
        file: "packages/server/src/core/verbs/remove-member.ts",
        right: "if (!user) return fail(",
        wrong: "if (!user || (!ban && entered.value.target === null)) return fail(",
      },
    ],
  },
  {
    name: "the SDK waits a minute before it tries again",
    by: "simulation",
    edits: [
      {
        file: "packages/client/src/backoff.ts",
        right: "const base = Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 16));",
        wrong: "const base = failures < 1 ? FIRST : 60_000;",
      },
    ],
  },
  {
    name: "the SDK sends again under a new clientId",
    by: "simulation",
    edits: [
      {
        file: "packages/client/src/outbox.ts",
        right: "link.post(entry.room, {\n      clientId,",
        wrong: "link.post(entry.room, {\n      clientId: newClientId(this.#world.clock),",
      },
    ],
  },
  {
    name: "the SDK calls a send failed when the connection was lost",
    by: "simulation",
    edits: [
      {
        file: "packages/client/src/outbox.ts",
        right: "if (!isPassing(error) || faults >= FAULTS) {",
        wrong: 'if (error.code === "no_connection" || !isPassing(error) || faults >= FAULTS) {',
      },
    ],
  },
  {
    name: "the SDK sends the newest first after a break",
    by: "simulation",
    edits: [
      {
        file: "packages/client/src/outbox.ts",
        right: 'this.entries(room).find(({ state }) => state === "waiting");',
        wrong: 'this.entries(room).findLast(({ state }) => state === "waiting");',
      },
    ],
  },
  {
    name: "the SDK fills no gap",
    by: "simulation",
    edits: [
      {
        file: "packages/client/src/log-reader.ts",
        right: 'if (gap.reason === "too_far") void this.#fill(seqOf(gap.next));',
        wrong:
          'if (gap.reason === "too_far") { this.#seq = seqOf(gap.next); this.#cursor = gap.next; }',
      },
    ],
  },
];

/** What there is no place for yet, and what it waits for. */
export const notYet: readonly [bug: string, why: string][] = [
  ["what WAIT counted is not looked at, or it was asked on another connection", "a hunt on Redis"],
  ["what no archive has is trimmed", "an archive"],
  [
    "an emptied store keeps its epoch",
    "a hunt on Redis: on one disk the id in each cursor tells it as well",
  ],
];
