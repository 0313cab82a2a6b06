import { ErrorReply } from "@redis/client";
import { placeOf, sameHost, type Host, type RedisAddress } from "./address.ts";
import { clientOf, type Client } from "./client.ts";
import { TAG } from "./keys.ts";
import { RedisError } from "./redis-error.ts";

/** A connection to the primary, as it was when it was looked at. */
export interface Line {
  readonly client: Client;
  readonly host: Host;
  /** Of this Redis, from its start to its end. */
  readonly run: string;
}

export type Facts = ReadonlyMap<string, string>;
/** Throws where it cannot be used. */
export type Check = (facts: Facts, client: Client) => Promise<void>;

/** Milliseconds in which somebody says where the primary is, or is left out. */
const ASK_MS = 500;
/** A primary that was replaced may not know it; Sentinels do. */
const WATCH_MS = 2_000;

/**
 * Where the primary is that has the house: a Redis, who has the slot in a Cluster, or
 * whom Sentinels name. All who may know are asked anew for each connection, since it
 * moves when it fails. Of several answers the one that most give is tried first, and
 * whoever is found must say itself that it is the primary.
 */
export class Primary {
  readonly #address: RedisAddress;
  /** Others of the Cluster, of whom was heard. */
  #others: readonly Host[] = [];
  #at: Host | null = null;
  readonly #moves = new Set<(host: Host) => void>();
  readonly #watch: ReturnType<typeof setInterval> | null;

  constructor(address: RedisAddress) {
    this.#address = address;
    this.#watch =
      address.name === null ? null : setInterval(() => void this.#lookAgain(), WATCH_MS);
  }

  /** @param silence as in `clientOf` */
  async dial(silence: number, check: Check = anything): Promise<Line> {
    let refusal: unknown;
    for (const host of await this.#candidates()) {
      const client = clientOf(this.#address, host, silence, true);
      // Who waits for an answer is told.
      client.on("error", () => {});
      try {
        const run = await meet(client, check);
        this.#arrive(host);
        return { client, host, run };
      } catch (fault) {
        client.destroy();
        // That it cannot be used is to be mended, before it is what others say.
        if (!(refusal instanceof RedisError)) refusal = fault;
      }
    }
    throw refusal;
  }

  /** @param onMove called when the primary was found elsewhere */
  follow(onMove: (host: Host) => void): () => void {
    this.#moves.add(onMove);
    return () => this.#moves.delete(onMove);
  }

  isAt(host: Host): boolean {
    return sameHost(this.#at, host);
  }

  close(): void {
    if (this.#watch) clearInterval(this.#watch);
    this.#moves.clear();
  }

  #arrive(host: Host): void {
    if (sameHost(this.#at, host)) return;
    this.#at = host;
    for (const onMove of this.#moves) onMove(host);
  }

  async #lookAgain(): Promise<void> {
    try {
      const [first] = await this.#candidates();
      if (first && !sameHost(this.#at, first)) (await this.dial(ASK_MS)).client.destroy();
    } catch {
      // As long as nobody knows better, it is where it was.
    }
  }

  async #candidates(): Promise<Host[]> {
    const { hosts, name } = this.#address;
    const known = [...hosts, ...this.#others].filter(
      (host, index, all) => all.findIndex((one) => sameHost(one, host)) === index,
    );
    const asked = await Promise.allSettled(
      known.map((host) => (name === null ? this.#askRedis(host) : this.#askSentinel(host, name))),
    );
    const votes: { host: Host; count: number }[] = [];
    for (const answer of asked) {
      if (answer.status === "rejected") continue;
      const vote = votes.find(({ host }) => sameHost(host, answer.value));
      if (vote) vote.count++;
      else votes.push({ host: answer.value, count: 1 });
    }
    if (votes.length === 0) throw nobody(known, asked);
    return votes.sort((a, b) => b.count - a.count).map(({ host }) => host);
  }

  /** Whoever is in no Cluster is the one itself. */
  async #askRedis(host: Host): Promise<Host> {
    const client = clientOf(this.#address, host, ASK_MS, false);
    return ask(client, async () => {
      try {
        const slot = Number(await client.sendCommand(["CLUSTER", "KEYSLOT", TAG]));
        const ranges = await client.sendCommand<Range[]>(["CLUSTER", "SLOTS"]);
        // One that has no name for itself is where it was asked.
        const toHost = ([name, port]: Place): Host => ({
          host: name && name !== "?" ? name : host.host,
          port,
        });
        const nodes = ranges.flatMap(([, , ...places]) => places.map(toHost));
        if (nodes.length > 0) this.#others = nodes;
        const range = ranges.find(([first, last]) => first <= slot && slot <= last);
        if (!range) throw new Error("nobody in this Cluster has the slot of the house");
        return toHost(range[2]);
      } catch (fault) {
        if (fault instanceof ErrorReply) return host;
        throw fault;
      }
    });
  }

  async #askSentinel(at: Host, name: string): Promise<Host> {
    const { tls, username = "default", password, resp } = this.#address;
    const client = clientOf({ tls, resp }, at, ASK_MS, false);
    const command = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name];
    return ask(client, async () => {
      const found = await client.sendCommand<string[] | null>(command).catch(async (fault) => {
        // Many have no password where the Redises have one.
        if (!isReply(fault, "NOAUTH") || password === undefined) throw fault;
        await client.sendCommand(["AUTH", username, password]);
        return client.sendCommand<string[] | null>(command);
      });
      const [host, port] = found ?? [];
      if (!host) throw new RedisError(`No Sentinel knows a primary named ${name}. Check the name.`);
      return { host, port: Number(port) };
    });
  }
}

/** Of several hosts, why each cannot say it. */
function nobody(hosts: readonly Host[], asked: readonly PromiseSettledResult<Host>[]): unknown {
  const faults = asked.flatMap((answer) =>
    answer.status === "rejected" ? [answer.reason as unknown] : [],
  );
  const [first] = faults;
  const toMend = faults.find((fault) => fault instanceof RedisError);
  if (faults.length === 1 || toMend) return toMend ?? first;
  const reasons = faults.map((fault, index) => {
    const place = placeOf(hosts[index] as Host);
    const reason = fault instanceof Error ? fault.message : String(fault);
    return reason.includes(place) ? reason : `${place}: ${reason}`;
  });
  return new Error(reasons.join("; "), { cause: first });
}

const anything: Check = async () => {};

type Place = [name: string | null, port: number, ...unknown[]];
type Range = [first: number, last: number, primary: Place, ...replicas: Place[]];

async function ask<Answer>(client: Client, question: () => Promise<Answer>): Promise<Answer> {
  client.on("error", () => {});
  try {
    await client.connect();
    return await question();
  } finally {
    client.destroy();
  }
}

/** Whether it is the primary, and may be used. Says which run of which Redis it is. */
async function meet(client: Client, check: Check): Promise<string> {
  await client.connect();
  const facts = toFacts(await client.sendCommand<string>(["INFO"]));
  if (facts.get("role") === "slave") throw new Error("it is a replica, not the primary");
  // No key has this name; a Cluster answers by it who has the slot, and whether it is moving.
  await client.sendCommand(["EXISTS", TAG]);
  await check(facts, client);
  return facts.get("run_id") ?? "";
}

export function toFacts(text: string): Facts {
  return new Map(
    text.split("\r\n").map((line): [string, string] => {
      const [name = "", value = ""] = line.split(":");
      return [name, value];
    }),
  );
}

const isReply = (fault: unknown, code: string) =>
  fault instanceof ErrorReply && fault.message.startsWith(code);
