/** Where to ask for the Redis that has the house. */
export interface RedisAddress {
  readonly hosts: readonly Host[];
  /** What Sentinels call the primary. Without a name the hosts are Redises themselves. */
  readonly name: string | null;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly resp: 2 | 3;
}

export interface Host {
  readonly host: string;
  readonly port: number;
}

const PORT = 6_379;
const SENTINEL_PORT = 26_379;

/**
 * `redis://USER:PASSWORD@HOST:PORT,HOST:PORT` for a Redis or some of a Cluster,
 * `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME` for Sentinels; `rediss` for
 * TLS, `?protocol=3` for RESP 3. `null`: it is none of these.
 */
export function parseRedis(text: string): RedisAddress | null {
  const [, s, sentinel, user, places = "", path = "", resp] =
    /^redis(s?)(\+sentinel)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?protocol=([23]))?$/.exec(
      text,
    ) ?? [];
  const hosts = places.split(",").map((place) => toHost(place, sentinel ? SENTINEL_PORT : PORT));
  const words = decoded(user?.split(/:(.*)/s) ?? []);
  // Databases of one Redis hear each other, and two houses must not.
  const isPlaced = sentinel ? /^[\w.:-]+$/.test(path) : /^0?$/.test(path);
  if (s === undefined || words === null || !isPlaced || !hosts.every((one) => one !== null))
    return null;
  const [username, password] = words;
  return {
    hosts,
    name: sentinel ? path : null,
    tls: s === "s",
    ...(username && { username }),
    ...(password && { password }),
    resp: resp === "3" ? 3 : 2,
  };
}

/** What may be said of it aloud. */
export function hostsIn(text: string): string {
  const { hosts = [], name = null } = parseRedis(text) ?? {};
  const all = hosts.map(placeOf).join(", ");
  return name === null ? all : `${name} of the Sentinels at ${all}`;
}

export const placeOf = ({ host, port }: Host) =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

export const sameHost = (one: Host | null, other: Host) =>
  one?.host === other.host && one.port === other.port;

function toHost(place: string, usual: number): Host | null {
  const url = URL.parse(`redis://${place}`);
  if (!url?.hostname) return null;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: url.port === "" ? usual : Number(url.port) };
}

function decoded(words: readonly string[]): string[] | null {
  try {
    return words.map(decodeURIComponent);
  } catch {
    return null;
  }
}
