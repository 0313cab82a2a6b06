import { ErrorReply, RESP_TYPES } from "@redis/client";
import { createHash } from "node:crypto";
import { StoreError } from "../../core/ports.ts";
import { sameHost, type Host } from "./address.ts";
import type { Client } from "./client.ts";
import type { Check, Line, Primary } from "./primary.ts";
import { RedisError } from "./redis-error.ts";
import { READ, SCRIPT_KEYS } from "./scripts.ts";

/**
 * Whoever cannot be answered is told so within the two seconds of AVL3: where nothing
 * was written or came back for this long, the last of it a ping; and where commands wait
 * and none was answered, so many looks in a row: others may go on writing all the time.
 */
const SILENCE_MS = 1_200;
const LOOK_MS = 300;
const LOOKS = 5;
const RETRY_MS = 200;
/** Questions that are asked one by one, and those that Redis answers in one go. */
const FEW = 8;
const AT_ONCE = 500;

export type Reply = string | number | null | Reply[];

interface Ears {
  /** What is heard, by its channel. */
  readonly channels: Map<string, (text: string) => void>;
  readonly onBack: (() => void)[];
}

/**
 * A connection to the primary, wherever that is; it comes back by itself. Whatever was
 * under way when it broke failed: nobody knows its fate.
 */
export class Connection {
  readonly #primary: Primary;
  readonly #check: Check;
  readonly #onFault: (fault: unknown) => void;
  readonly #scripts = new Map<string, string>();
  readonly #ears: Ears = { channels: new Map(), onBack: [] };
  readonly #undo: (() => void)[];
  /** `null` while it is broken. */
  #line: Line | null = null;
  #isClosed = false;
  /** What was told of the break; `null` while there is none. */
  #told: unknown = null;
  /** Commands that wait for their answers, and looks since the last answer. */
  #waiting = 0;
  #quiet = 0;

  private constructor(primary: Primary, check: Check, onFault: (fault: unknown) => void) {
    this.#primary = primary;
    this.#check = check;
    this.#onFault = onFault;
    const looks = setInterval(() => this.#look(), LOOK_MS);
    this.#undo = [primary.follow((host) => this.#leaveFor(host)), () => clearInterval(looks)];
  }

  /**
   * @param check of each primary, before anything is asked of it
   * @param onFault told of what breaks between commands, once until it is whole again
   */
  static async open(
    primary: Primary,
    check: Check,
    onFault: (fault: unknown) => void,
  ): Promise<Connection> {
    const connection = new Connection(primary, check, onFault);
    try {
      await connection.#connect();
    } catch (fault) {
      connection.close();
      throw fault;
    }
    return connection;
  }

  /** This life of it; another when it broke and came back, perhaps to another Redis. `null` while it is broken. */
  get line(): Line | null {
    return this.#line;
  }

  call<Of = Reply>(...command: readonly string[]): Promise<Of> {
    return this.#ask((client) => client.sendCommand<Of>(command));
  }

  /** Asked in this order. Many small things cost less in one script, a few large ones as they are. */
  async all(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    if (commands.length <= FEW)
      return Promise.all(commands.map((command) => this.call(...command)));
    const answers: Promise<Reply[]>[] = [];
    for (let from = 0; from < commands.length; from += AT_ONCE) {
      const some = commands.slice(from, from + AT_ONCE);
      const words = some.flatMap((command) => [String(command.length), ...command]);
      answers.push(this.run<Reply[]>(READ, words));
    }
    return (await Promise.all(answers)).flat(1) as Reply[];
  }

  bytes(...command: readonly string[]): Promise<Buffer> {
    const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
    return this.#ask((client) => client.sendCommand<Buffer>(command, { typeMapping }));
  }

  async run<Of = Reply>(script: string, args: readonly string[]): Promise<Of> {
    let hash = this.#scripts.get(script);
    if (hash === undefined)
      this.#scripts.set(script, (hash = createHash("sha1").update(script).digest("hex")));
    try {
      return await this.call<Of>("EVALSHA", hash, ...SCRIPT_KEYS, ...args);
    } catch (fault) {
      // Where it is not known, nothing of it was done.
      if (!(fault instanceof ErrorReply) || !fault.message.startsWith("NOSCRIPT")) throw fault;
      return this.call<Of>("EVAL", script, ...SCRIPT_KEYS, ...args);
    }
  }

  /** The same of a script that changes something: where no answer comes, nobody knows whether it did. */
  async write<Of>(script: string, args: readonly string[]): Promise<Of> {
    const isBroken = this.#line === null;
    try {
      return await this.run<Of>(script, args);
    } catch (fault) {
      const isAnswered = !(fault instanceof StoreError) || fault.cause instanceof ErrorReply;
      if (isBroken || isAnswered) throw fault;
      throw new StoreError(fault.code, { cause: fault.cause, mayBeDone: true });
    }
  }

  /** @param onText called for what is published, in its order */
  async subscribe(channel: string, onText: (text: string) => void): Promise<void> {
    this.#ears.channels.set(channel, onText);
    await this.#line?.client.subscribe(channel, onText);
  }

  /** @param onBack called when it is whole again after a break, and hears what it heard */
  onBack(onBack: () => void): void {
    this.#ears.onBack.push(onBack);
  }

  close(): void {
    this.#isClosed = true;
    for (const undo of this.#undo) undo();
    this.#line?.client.destroy();
  }

  async #connect(): Promise<void> {
    const line = await this.#primary.dial(SILENCE_MS, this.#check);
    const { client } = line;
    try {
      for (const [channel, onText] of this.#ears.channels) await client.subscribe(channel, onText);
    } catch (fault) {
      client.destroy();
      throw fault;
    }
    // It may have broken meanwhile, or the other connection have found the primary elsewhere.
    if (this.#isClosed || !client.isReady || !this.#primary.isAt(line.host)) {
      client.destroy();
      throw broken;
    }
    client.on("error", (fault) => this.#break(line, fault));
    // To be connected is not to be answered.
    client.on("ping-interval", () => void (this.#told = null));
    this.#line = line;
  }

  #break(line: Line | null, fault: unknown): void {
    if (line === null || line !== this.#line) return;
    this.#line = null;
    line.client.destroy();
    this.#tell(fault);
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    while (!this.#isClosed && this.#line === null) {
      try {
        await this.#connect();
      } catch (fault) {
        this.#tell(fault);
      }
      if (this.#line === null) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    if (!this.#isClosed) for (const onBack of this.#ears.onBack) onBack();
  }

  #tell(fault: unknown): void {
    // What keeps it away and has to be mended is said too.
    const isNews = fault instanceof RedisError && String(fault) !== String(this.#told);
    if (this.#isClosed || (this.#told !== null && !isNews)) return;
    this.#told = fault;
    this.#onFault(fault);
  }

  #leaveFor(host: Host): void {
    if (this.#line && !sameHost(this.#line.host, host))
      this.#break(this.#line, new Error(`The primary is at ${host.host}:${host.port} now`));
  }

  async #ask<Of>(send: (client: Client) => Promise<Of>): Promise<Of> {
    const line = this.#line;
    if (line === null) throw new StoreError("store_unavailable", { cause: broken });
    this.#waiting++;
    try {
      return await send(line.client);
    } catch (fault) {
      if (elsewhere.has(codeOf(fault))) this.#break(line, fault);
      throw toStoreError(fault);
    } finally {
      this.#waiting--;
      this.#quiet = 0;
    }
  }

  #look(): void {
    if (this.#waiting === 0 || ++this.#quiet < LOOKS) return;
    this.#quiet = 0;
    this.#break(this.#line, new Error("Redis does not answer"));
  }
}

const broken = new Error("The connection to Redis is broken");

/** `""` where it is not Redis that says it. */
function codeOf(fault: unknown): string {
  return fault instanceof ErrorReply ? (fault.message.split(" ")[0] ?? "") : "";
}

function toStoreError(fault: unknown): unknown {
  if (fault instanceof StoreError) return fault;
  const code = codeOf(fault);
  if (code === "OOM") return new StoreError("store_full", { cause: fault });
  // What else it says is a fault of ours.
  const isAway = code === "" || elsewhere.has(code) || unable.has(code);
  return isAway ? new StoreError("store_unavailable", { cause: fault }) : fault;
}

/** It is not the primary, or not any more. */
const elsewhere = new Set(["CLUSTERDOWN", "MASTERDOWN", "MOVED", "READONLY", "UNBLOCKED"]);

/**
 * It can do nothing for now. `ASK` and `TRYAGAIN` come while the slot is moved to another
 * primary. Nothing is asked there before all of it is there: no script would find all keys.
 */
const unable = new Set(["ASK", "BUSY", "LOADING", "MISCONF", "NOREPLICAS", "TRYAGAIN"]);
