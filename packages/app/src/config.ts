import { limits } from "@snug/protocol";
import {
  HOST_SECRET_LEAST,
  isAddressBlock,
  parseRedis,
  type HostKeys,
  type RedisOptions,
  type S3Options,
} from "@snug/server";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** How this Snug is to run: flags before environment before defaults. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  /** What the nodes of a house share but the bytes of files; `null`: this one is alone, with all in its data folder. */
  readonly redis: RedisPlace | null;
  readonly origin: string | null;
  readonly allowOrigins: readonly string[];
  readonly guests: Openness;
  readonly signUp: Openness;
  /** IP addresses and blocks whose forwarded headers count. */
  readonly proxies: readonly string[];
  readonly rateLimits: "on" | "off";
  /** How tokens are signed of the app that Snug is a part of; `null`: there is none. */
  readonly hostKeys: HostKeys | null;
  /** Bytes of one file, of one user's and of all. */
  readonly fileBytes: number;
  readonly fileBytesPerUser: number;
  readonly fileBytesInAll: number;
  /** Where the bytes of files are; `null`: in the data folder. */
  readonly s3: S3Options | null;
  /** Whether others than this machine may reach it, as far as the settings tell. */
  readonly isPublic: boolean;
  /** With people and rooms to look at. */
  readonly demo: boolean;
  /** An HTML file to serve at `/` in place of the page that Snug brings. */
  readonly page: string | null;
  /** Milliseconds that a stop may take. */
  readonly drain: number;
}

type RedisPlace = Pick<RedisOptions, "url" | "durability">;
type Openness = "open" | "invite" | "off";

/** A setting that cannot be used; the message says what to do. */
export class ConfigError extends Error {}

/** What is to be moved, and where to. */
export interface MoveConfig {
  readonly data: string;
  readonly redis: RedisPlace;
  readonly s3: S3Options | null;
}

export const usage = `Usage: npm start -- [flags]
       npm start -- move --help    takes a house from its folder to a Redis

  --port N             port to listen on; 0 takes a free one      (PORT, 3000)
  --host ADDRESS       address to listen on                       (HOST, 127.0.0.1)
  --data FOLDER        where everything is kept                   (SNUG_DATA, ./data)
  --redis URL          a Redis of its own, for several nodes of   (SNUG_REDIS)
                       one house: redis://USER:PASSWORD@HOST:PORT
                       or rediss://, a Cluster by some of its
                       HOST:PORT,HOST:PORT, or Sentinels by
                       redis+sentinel://HOST:PORT,HOST:PORT/NAME;
                       they share files too, by --s3 or one
                       --data folder for all
  --durability MODE    memory, disk or replicated: how safe an    (SNUG_DURABILITY,
                       answered send has to be on that Redis       what it is seen to give)
  --origin URL         the public address, for cookies and the    (SNUG_ORIGIN)
                       Origin check; needed behind a TLS proxy
  --allow-origins URLS other origins whose pages may sign people  (SNUG_ALLOW_ORIGINS)
                       in, separated by commas
  --guests MODE        who may become a guest: open to anybody,   (SNUG_GUESTS,
                       by invite, or off                           open for this machine alone,
                                                               else invite)
  --sign-up MODE       who may make an account: the same          (SNUG_SIGN_UP, the same)
  --proxy ADDRESSES    reverse proxies whose X-Forwarded-*        (SNUG_PROXY)
                       headers count: IPs and blocks such as
                       10.0.0.0/8, separated by commas
  --rate-limits off    no limits on rates and connections, for    (SNUG_RATE_LIMITS, on)
                       benches and trusted networks
  --file-size MIB      largest file                               (SNUG_FILE_SIZE, 25)
  --file-quota MIB     files of one user                          (SNUG_FILE_QUOTA, 1024)
  --file-space MIB     files of all                               (SNUG_FILE_SPACE, 10240)
  --s3 URL             a bucket for the bytes of files, such as   (SNUG_S3)
                       https://KEY:SECRET@HOST/BUCKET?region=R
  --host-secret SECRET lets in users of your own app, by tokens   (SNUG_HOST_SECRET)
                       (JWT, HS256) signed with this secret of
                       32 bytes or more
  --host-jwks URL      the same, by the keys that your app        (SNUG_HOST_JWKS)
                       publishes (RS256, ES256, EdDSA)
  --demo               people, rooms and conversations to look
                       at, in a folder of their own               (./data-demo)
  --page FILE          HTML file to serve at /                    (the page that Snug brings)
  --drain SECONDS      longest time a stop may take               (5)
  --help               this text`;

export const moveUsage = `Usage: npm start -- move --data FOLDER --redis URL [--s3 URL]

Takes the house in a folder to a Redis of its own, with all that was ever said in it,
reads it all again there, and compares. Nobody may run the house meanwhile. What breaks
off goes on when the same is run again. Files stay in the folder, which all nodes then
have to share, or are copied to the bucket of --s3.

  --data FOLDER        the house                                  (SNUG_DATA, ./data)
  --redis URL          an empty Redis:                            (SNUG_REDIS)
                       redis://USER:PASSWORD@HOST:PORT or rediss://
  --durability MODE    memory, disk or replicated: what that      (SNUG_DURABILITY)
                       Redis has to give
  --s3 URL             a bucket for the bytes of files, such as   (SNUG_S3)
                       https://KEY:SECRET@HOST/BUCKET?region=R
  --help               this text`;

const moveFlags = {
  data: { type: "string" },
  redis: { type: "string" },
  durability: { type: "string" },
  s3: { type: "string" },
  help: { type: "boolean" },
} as const;

const flags = {
  port: { type: "string" },
  host: { type: "string" },
  data: { type: "string" },
  redis: { type: "string" },
  durability: { type: "string" },
  origin: { type: "string" },
  "allow-origins": { type: "string" },
  guests: { type: "string" },
  "sign-up": { type: "string" },
  proxy: { type: "string" },
  "rate-limits": { type: "string" },
  "file-size": { type: "string" },
  "file-quota": { type: "string" },
  "file-space": { type: "string" },
  s3: { type: "string" },
  "host-secret": { type: "string" },
  "host-jwks": { type: "string" },
  demo: { type: "boolean" },
  page: { type: "string" },
  drain: { type: "string" },
  help: { type: "boolean" },
} as const;

/** `null` when only the usage was asked for. */
export function readConfig(args: string[], env: Record<string, string | undefined>): Config | null {
  const given = parse(args, flags);
  if (given.help) return null;
  const host = given.host || env["HOST"] || "127.0.0.1";
  const origin = toOrigin("--origin (or SNUG_ORIGIN)", given.origin ?? env["SNUG_ORIGIN"] ?? "");
  const proxies = toProxies(given.proxy ?? env["SNUG_PROXY"] ?? "");
  const toBytes = (name: "size" | "quota" | "space", usual: number) =>
    toMebibytes(name, given[`file-${name}`] ?? env[`SNUG_FILE_${name.toUpperCase()}`] ?? "", usual);
  const demo = given.demo ?? false;
  // Behind a proxy on the same machine the world comes by way of loopback.
  const isPublic = !isLoopback(host) || proxies.length > 0 || !isOwnMachine(origin);
  const openness = isPublic ? "invite" : "open";
  if (demo && isPublic) {
    throw new ConfigError(
      "--demo shows its passwords to everybody, so it runs for this machine alone; leave out --host, --origin and --proxy.",
    );
  }
  const redis = toRedis(
    given.redis ?? env["SNUG_REDIS"] ?? "",
    given.durability ?? env["SNUG_DURABILITY"] ?? "",
  );
  if (demo && redis) {
    throw new ConfigError(
      "--demo tells its story into a folder of its own; leave out --redis (or SNUG_REDIS).",
    );
  }
  return {
    port: toPort(given.port ?? (env["PORT"] || "3000")),
    host,
    data: given.data || env["SNUG_DATA"] || (demo ? "./data-demo" : "./data"),
    redis,
    origin,
    allowOrigins: toOrigins(given["allow-origins"] ?? env["SNUG_ALLOW_ORIGINS"] ?? ""),
    guests: toOpenness(
      "--guests (or SNUG_GUESTS)",
      given.guests ?? (env["SNUG_GUESTS"] || openness),
    ),
    signUp: toOpenness(
      "--sign-up (or SNUG_SIGN_UP)",
      given["sign-up"] ?? (env["SNUG_SIGN_UP"] || openness),
    ),
    proxies,
    rateLimits: toRateLimits(given["rate-limits"] ?? (env["SNUG_RATE_LIMITS"] || "on")),
    fileBytes: toBytes("size", limits.fileBytes),
    fileBytesPerUser: toBytes("quota", limits.fileBytesPerUser),
    fileBytesInAll: toBytes("space", limits.fileBytesInAll),
    s3: toBucket(given.s3 ?? env["SNUG_S3"] ?? "", env),
    hostKeys: toHostKeys(
      given["host-secret"] ?? env["SNUG_HOST_SECRET"] ?? "",
      given["host-jwks"] ?? env["SNUG_HOST_JWKS"] ?? "",
    ),
    isPublic,
    demo,
    page: toPage(given.page),
    drain: toSeconds("--drain", given.drain ?? "5"),
  };
}

/** How a Snug is to run that has no process of its own. */
export interface FunctionConfig extends Config {
  readonly redis: RedisPlace;
  readonly s3: S3Options;
  /** Milliseconds that a stream may last. */
  readonly streamMs: number;
}

/** The platform, by which all requests come. */
export const PLATFORM = "127.0.0.1";

/** From the environment alone: a function has no flags, and anybody may reach it. */
export function readFunctionConfig(env: Record<string, string | undefined>): FunctionConfig {
  // Vercel takes no body larger than 4.5 MB, and whatever PORT and HOST may say, there is none.
  const size = env["SNUG_FILE_SIZE"] || "4";
  const config = readConfig([], { ...env, SNUG_FILE_SIZE: size, PORT: "", HOST: "0.0.0.0" });
  if (!config?.redis || !config.s3) {
    throw new ConfigError(
      "A function keeps nothing by itself: set SNUG_REDIS, and SNUG_S3 for the bytes of files.",
    );
  }
  return {
    ...config,
    redis: config.redis,
    s3: config.s3,
    proxies: [...config.proxies, PLATFORM],
    streamMs: toSeconds("SNUG_STREAM_SECONDS", env["SNUG_STREAM_SECONDS"] || "285", 1),
  };
}

/** What a move is to do, by its flags before the environment; `null` when only its usage was asked for. */
export function readMove(
  args: string[],
  env: Record<string, string | undefined>,
): MoveConfig | null {
  const given = parse(args, moveFlags, "npm start -- move --help");
  if (given.help) return null;
  const redis = toRedis(
    given.redis ?? env["SNUG_REDIS"] ?? "",
    given.durability ?? env["SNUG_DURABILITY"] ?? "",
  );
  if (redis === null)
    throw new ConfigError(
      "--redis (or SNUG_REDIS) must say to what Redis the house is to be moved.",
    );
  return {
    data: given.data || env["SNUG_DATA"] || "./data",
    redis,
    s3: toBucket(given.s3 ?? env["SNUG_S3"] ?? "", env),
  };
}

function parse<Flags extends NonNullable<ParseArgsConfig["options"]>>(
  args: string[],
  options: Flags,
  help = "npm start -- --help",
) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (fault) {
    const [first = "Wrong arguments"] = String(fault instanceof Error ? fault.message : fault)
      // What is ambiguous to parseArgs, "--drain -1", is wrong to whoever wrote it.
      .replace(/^Option '(--[\w-]+)' argument is ambiguous/, "$1 takes no value that begins with -")
      .split(/\.(?:\s|$)|\n/);
    throw new ConfigError(
      `${first}. Flags go after --, as in npm start -- --port 4000; ${help} lists them.`,
    );
  }
}

function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new ConfigError(`--port (or PORT) must be a number from 0 to 65535, not "${text}".`);
  return port;
}

/** Never says what was given: a password stands in it. */
function toRedis(address: string, durability: string): RedisPlace | null {
  if (durability !== "" && !isDurability(durability)) {
    throw new ConfigError(
      `--durability (or SNUG_DURABILITY) must be memory, disk or replicated, not "${durability}".`,
    );
  }
  if (address === "") {
    if (durability === "") return null;
    throw new ConfigError(
      "--durability (or SNUG_DURABILITY) is for --redis; without it every answered send is on disk. Leave it out.",
    );
  }
  if (parseRedis(address) === null) {
    throw new ConfigError(
      "--redis (or SNUG_REDIS) must be an address such as redis://USER:PASSWORD@redis.example.org:6379, with commas between several of a Cluster, or redis+sentinel://USER:PASSWORD@HOST:26379,HOST:26379/NAME; rediss for TLS, other signs than letters and digits as %40, and no database but 0.",
    );
  }
  return { url: address, ...(durability !== "" && { durability }) };
}

function isDurability(text: string): text is NonNullable<RedisPlace["durability"]> {
  return ["memory", "disk", "replicated"].includes(text);
}

function toOrigin(flag: string, text: string): string | null {
  if (text === "") return null;
  const url = URL.parse(text);
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== "/" ||
    url.search ||
    url.hash ||
    url.username
  ) {
    throw new ConfigError(
      `${flag} must be an address such as https://chat.example.org, not "${text}".`,
    );
  }
  return url.origin;
}

function toOrigins(text: string): string[] {
  return text
    .split(",")
    .flatMap((part) => toOrigin("--allow-origins (or SNUG_ALLOW_ORIGINS)", part.trim()) ?? []);
}

function toOpenness(flag: string, text: string): Openness {
  if (text !== "open" && text !== "invite" && text !== "off") {
    throw new ConfigError(`${flag} must be open, invite or off, not "${text}".`);
  }
  return text;
}

function toProxies(text: string): string[] {
  const proxies = text.split(",").flatMap((part) => part.trim() || []);
  for (const proxy of proxies) {
    if (isAddressBlock(proxy)) continue;
    throw new ConfigError(
      `--proxy (or SNUG_PROXY) must be IP addresses or blocks such as 10.0.0.0/8, not "${proxy}".`,
    );
  }
  return proxies;
}

function toRateLimits(text: string): Config["rateLimits"] {
  if (text !== "on" && text !== "off") {
    throw new ConfigError(`--rate-limits (or SNUG_RATE_LIMITS) must be on or off, not "${text}".`);
  }
  return text;
}

function toMebibytes(name: string, text: string, usual: number): number {
  if (text === "") return usual;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count * 1024 * 1024;
  throw new ConfigError(
    `--file-${name} (or SNUG_FILE_${name.toUpperCase()}) must be a whole number of MiB, not "${text}".`,
  );
}

/** Never says what was given: a key stands in it. */
function toBucket(text: string, env: Record<string, string | undefined>): S3Options | null {
  if (text === "") return null;
  const url = URL.parse(text);
  const bucket = url?.pathname.slice(1).replace(/\/$/, "") ?? "";
  if (!url || !/^https?:$/.test(url.protocol) || !/^[\w.-]+$/.test(bucket)) {
    throw new ConfigError(
      "--s3 (or SNUG_S3) must be an address such as https://KEY:SECRET@s3.example.org/BUCKET?region=eu-central-1.",
    );
  }
  const [accessKeyId, secretAccessKey] = [
    decoded(url.username) || env["AWS_ACCESS_KEY_ID"],
    decoded(url.password) || env["AWS_SECRET_ACCESS_KEY"],
  ];
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigError(
      "--s3 (or SNUG_S3) names no key; put KEY:SECRET@ before the host, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    );
  }
  const region = url.searchParams.get("region") ?? "us-east-1";
  return { endpoint: url.origin, bucket, region, accessKeyId, secretAccessKey };
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw new ConfigError(
      "--s3 (or SNUG_S3) has a % in its key that is none; write signs other than letters and digits as in %2B.",
    );
  }
}

/** Never says what the secret is: what is said here ends up in logs. */
function toHostKeys(secret: string, jwks: string): HostKeys | null {
  if (secret !== "" && jwks !== "")
    throw new ConfigError(
      "--host-secret and --host-jwks are two ways to one end; set one of them.",
    );
  if (jwks !== "") {
    const url = URL.parse(jwks);
    if (url && /^https?:$/.test(url.protocol)) return { jwks: url.href };
    throw new ConfigError(
      `--host-jwks (or SNUG_HOST_JWKS) must be an address such as https://app.example.org/jwks.json, not "${jwks}".`,
    );
  }
  if (secret === "") return null;
  if (Buffer.byteLength(secret) < HOST_SECRET_LEAST) {
    throw new ConfigError(
      `--host-secret (or SNUG_HOST_SECRET) must have ${HOST_SECRET_LEAST} bytes at least; "openssl rand -base64 32" makes one.`,
    );
  }
  return { secret };
}

function toPage(file: string | undefined): string | null {
  if (file === "") throw new ConfigError("--page must name the HTML file to serve at /.");
  return file ?? null;
}

function toSeconds(flag: string, text: string, least = 0): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= least && seconds <= 3_600))
    throw new ConfigError(`${flag} must be seconds from ${least} to 3600, not "${text}".`);
  return seconds * 1_000;
}

function isOwnMachine(origin: string | null): boolean {
  return origin === null || isLoopback(new URL(origin).hostname.replace(/^\[(.*)\]$/, "$1"));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
