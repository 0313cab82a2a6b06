import type {
  BackplaneListener,
  Clock,
  Effect,
  Engine,
  Store,
} from "../../packages/server/src/core/ports.ts";
import { StoreError } from "../../packages/server/src/core/ports.ts";
import { openMemory } from "../../packages/server/src/engine/memory/engine.ts";

/** Where a commit may be interrupted by the process's end. */
export type Boundary = "before the commit" | "after the commit" | "after telling";

/** What a process lends to its engine; nothing of it goes on after the process's end. */
export interface Life {
  readonly clock: Clock;
  /** Milliseconds that the next thing takes. */
  delay(of: "read" | "sync"): number;
  /** Asked at each boundary of each commit; true if the process ended there. */
  endsAt(boundary: Boundary): boolean;
  onFault(fault: unknown): void;
}

interface Change {
  readonly work: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: unknown) => void;
}

const changes = new Set<keyof Store>([
  "addRoom",
  "destroyRoom",
  "unban",
  "addInvite",
  "endInvite",
  "addUser",
  "markRead",
  "setLevel",
  "sawUser",
  "putHostUser",
  "addAccount",
  "changeUser",
  "eraseUser",
  "addSession",
  "endSession",
  "endSessions",
  "append",
  "trim",
  "beginFile",
  "finishFile",
  "dropFile",
  "expireFiles",
  "forgetLost",
  "linkKey",
  "probe",
]);

/**
 * What stays when a process ends. The records are the plain engine's; what is
 * told, answered and lost when a process ends in the middle is decided here:
 * changes gather in a group that is committed whole or not at all, listeners
 * are told after the commit, and only then those who asked are answered.
 */
export class Disk {
  /** What commits meet just now. */
  fault: StoreError["code"] | null = null;
  /** Whether listeners are not told of events, as where what carries them loses some. */
  isMute = false;
  /** How many groups were committed and how many refused, and how often nobody was told. */
  readonly counts = { committed: 0, refused: 0, untold: 0 };
  readonly #records: Engine;
  readonly #told: ((listener: BackplaneListener) => void)[] = [];

  constructor(clock: Clock) {
    this.#records = openMemory({ clock });
    this.#records.backplane.listen({
      committed: (batch) => {
        // Who was sent away is told of in any case: that is another promise.
        if (this.isMute && batch.effects.every(isOfMessages)) this.counts.untold++;
        else this.#told.push((one) => one.committed(batch));
      },
      readMoved: (...read) => this.#told.push((one) => one.readMoved(...read)),
      levelChanged: (...level) => this.#told.push((one) => one.levelChanged(...level)),
      presenceChanged: (user) => this.#told.push((one) => one.presenceChanged(user)),
      sessionEnded: (session) => this.#told.push((one) => one.sessionEnded(session)),
      userErased: (user) => this.#told.push((one) => one.userErased(user)),
      roomDestroyed: (room, kind) => this.#told.push((one) => one.roomDestroyed(room, kind)),
      storeReplaced: async () => {},
      wasDeaf: () => {},
    });
  }

  /** All that is kept, as it is. */
  get records(): Store {
    return this.#records.store;
  }

  /** An engine on these records, for as long as its process lives. */
  open(life: Life): Engine {
    const listeners = new Set<BackplaneListener>();
    let group: Change[] = [];
    let closed = false;

    const commit = async () => {
      const all = group;
      group = [];
      if (life.endsAt("before the commit")) return;
      if (this.fault) {
        this.counts.refused++;
        for (const { reject } of all) reject(new StoreError(this.fault));
        return;
      }
      // Each is done when it is called: the plain engine waits for nothing.
      const done = all.map(({ work }) => work());
      const told = this.#told.splice(0);
      this.counts.committed++;
      if (life.endsAt("after the commit")) return;
      for (const tell of told) {
        for (const listener of listeners) {
          try {
            tell(listener);
          } catch (fault) {
            life.onFault(fault);
          }
        }
      }
      if (life.endsAt("after telling")) return;
      for (const [index, { resolve, reject }] of all.entries()) done[index]?.then(resolve, reject);
    };
    const change = (work: Change["work"]) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new StoreError("store_unavailable"));
        if (group.push({ work, resolve, reject }) === 1)
          life.clock.after(life.delay("sync"), () => void commit());
      });
    const look = async (work: Change["work"]) => {
      if (closed) throw new StoreError("store_unavailable");
      await new Promise<void>((resolve) => life.clock.after(life.delay("read"), resolve));
      const answer = await work();
      await new Promise<void>((resolve) => life.clock.after(life.delay("read"), resolve));
      return answer;
    };

    const { store, blobs } = this.#records;
    return {
      blobs,
      store: new Proxy(store, {
        get(_, name) {
          const method = store[name as keyof Store];
          if (typeof method !== "function") return method;
          const call = (method as (...given: unknown[]) => Promise<unknown>).bind(store);
          const run = changes.has(name as keyof Store) ? change : look;
          return (...given: unknown[]) => run(() => call(...given));
        },
      }),
      backplane: {
        listen(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      peers: this.#records.peers,
      async close() {
        closed = true;
        listeners.clear();
        const late = group;
        group = [];
        for (const { reject } of late) reject(new StoreError("store_unavailable"));
      },
    };
  }
}

function isOfMessages({ kind }: Effect): boolean {
  return !["join", "leave", "role", "room"].includes(kind);
}
