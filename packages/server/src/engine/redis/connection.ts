import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";
import { createHash } from "node:crypto";
import { StoreError } from "../../core/ports.ts";
import { READ, SCRIPT_KEYS } from "./scripts.ts";

/**
 * Whoever cannot be answered is told so within the two seconds of AVL3: where nothing
 * was written or came back for this long, the last of it a ping; and where commands wait
 * and none was answered, so many looks in a row: others may go on writing all the time.
 */
const SILENCE_MS = 1_200;
const PING_MS = 400;
const LOOK_MS = 300;
const LOOKS = 5;
const RETRY_MS = 200;
/** Questions that are asked one by one, and those that Redis answers in one go. */
const FEW = 8;
const AT_ONCE = 500;
/** Commands that may wait for their answers. */
const WAITING_MAX = 100_000;

export type Reply = string | number | null | Reply[];

/** One connection to Redis, which comes back by itself. Whatever was under way when it broke failed: nobody knows its fate. */
export class Connection {
  readonly #client: ReturnType<typeof connectTo>;
  readonly #scripts = new Map<string, string>();
  readonly #onBreak: (fault: unknown) => void;
  readonly #looks: ReturnType<typeof setInterval>;
  /** Commands that wait for their answers, and looks since the last answer. */
  #waiting = 0;
  #quiet = 0;

  private constructor(client: ReturnType<typeof connectTo>, onBreak: (fault: unknown) => void) {
    this.#client = client;
    this.#onBreak = onBreak;
    this.#looks = setInterval(() => this.#look(), LOOK_MS);
  }

  /** @param onFault told of what breaks between commands, once until it is whole again */
  static async open(url: string, onFault: (fault: unknown) => void): Promise<Connection> {
    const client = connectTo(url);
    let isBroken = false;
    // To be connected is not to be answered.
    client.on("ping-interval", () => void (isBroken = false));
    const onBreak = (fault: unknown) => {
      if (!isBroken) onFault(fault);
      isBroken = true;
    };
    client.on("error", onBreak);
    try {
      await client.connect();
    } catch (fault) {
      client.destroy();
      throw fault;
    }
    return new Connection(client, onBreak);
  }

  call<Of = Reply>(...command: readonly string[]): Promise<Of> {
    return this.#ask(() => this.#client.sendCommand<Of>(command));
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
    return this.#ask(() => this.#client.sendCommand<Buffer>(command, { typeMapping }));
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

  /** @param onText called for what is published, in its order @param onBack called when it is heard again after a break */
  async subscribe(
    channel: string,
    onText: (text: string) => void,
    onBack: () => void,
  ): Promise<void> {
    await this.#client.subscribe(channel, onText);
    this.#client.on("ready", onBack);
  }

  close(): void {
    clearInterval(this.#looks);
    if (this.#client.isOpen) this.#client.destroy();
  }

  async #ask<Of>(send: () => Promise<Of>): Promise<Of> {
    this.#waiting++;
    try {
      return await send();
    } catch (fault) {
      throw toStoreError(fault);
    } finally {
      this.#waiting--;
      this.#quiet = 0;
    }
  }

  #look(): void {
    if (this.#waiting === 0 || ++this.#quiet < LOOKS) return;
    this.#quiet = 0;
    this.#onBreak(new Error("Redis does not answer"));
    this.#client.destroy();
    // Tried again until it is there.
    this.#client.connect().catch(this.#onBreak);
  }
}

function connectTo(url: string) {
  let wasThere = false;
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: WAITING_MAX,
    pingInterval: PING_MS,
    socket: {
      connectTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (_retries, cause) => (wasThere ? RETRY_MS : cause),
    },
  });
  client.once("ready", () => void (wasThere = true));
  return client;
}

function toStoreError(fault: unknown): unknown {
  if (fault instanceof StoreError) return fault;
  if (fault instanceof ErrorReply) {
    const [code = ""] = fault.message.split(" ");
    if (code === "OOM") return new StoreError("store_full", { cause: fault });
    // What else it says is a fault of ours.
    return unable.has(code) ? new StoreError("store_unavailable", { cause: fault }) : fault;
  }
  return new StoreError("store_unavailable", { cause: fault });
}

const unable = new Set([
  "BUSY",
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "MISCONF",
  "NOREPLICAS",
  "READONLY",
  "TRYAGAIN",
  "UNBLOCKED",
]);
