import { limits, type SessionId, type UserId } from "@snug/protocol";
import type { NewSession, SessionRecord, Signed } from "../../core/ports.ts";
import { roomKeys, sessionIdKey, sessionKey, USER, userKeys } from "./keys.ts";
import { toUser } from "./people.ts";
import type { Connection } from "./connection.ts";
import { SIGNED } from "./scripts.ts";
import { toMap, type Step } from "./step.ts";

/** A session as it is kept; when it was used last stands beside it. */
export type KeptSession = NewSession & { readonly user: UserId };

/** Times of use are kept to the hour: they are for people to look at. */
const USE_STEP = 60 * 60 * 1_000;

/** Those of this user that are over go. Whether it was added. */
export async function addSession(
  step: Step,
  user: UserId,
  session: NewSession,
  now: number,
  passwordHash?: string,
): Promise<boolean> {
  const keys = userKeys(user);
  const [erased, hash] = await step.watch(keys.user, "erased", "passwordHash");
  if (erased || (passwordHash !== undefined && hash !== passwordHash)) return false;
  for (const one of await keptOf(step, user)) if (isOver(one, now)) await end(step, one);
  const { id, tokenHash, createdAt, scope } = session;
  const kept: KeptSession = { ...session, user };
  const key = sessionKey(tokenHash);
  const used = ["usedAt", String(createdAt)];
  step.write("HSET", key, "user", user, "session", JSON.stringify(kept), ...used);
  step.write("SET", sessionIdKey(id), tokenHash);
  const life = lifeOf(kept, now);
  if (life !== null)
    for (const one of [key, sessionIdKey(id)]) step.write("PEXPIRE", one, String(life));
  step.set(keys.sessions, id, tokenHash);
  await touch(step, user);
  if (scope?.room) {
    const room = roomKeys(scope.room);
    const [held] = await step.watch(room.room, "held");
    if (held !== null && held !== undefined) {
      step.set(room.room, "held", Number(held) + 1);
      step.write("SADD", room.tokens, tokenHash);
    }
  }
  return true;
}

export async function endSession(
  step: Step,
  user: UserId,
  id: string,
  kind: NewSession["kind"],
): Promise<boolean> {
  const found = (await keptOf(step, user)).find((one) => one.id === id && one.kind === kind);
  if (found) await endAndTell(step, found);
  return found !== undefined;
}

/** All of this user's that are meant. */
export async function endSessions(
  step: Step,
  user: UserId,
  isMeant: (session: KeptSession) => boolean,
): Promise<void> {
  for (const session of await keptOf(step, user))
    if (isMeant(session)) await endAndTell(step, session);
}

export const isOtherDevice =
  (except: SessionId | null) =>
  ({ kind, id }: KeptSession) =>
    kind === "device" && id !== except;

/** One that was good for a room alone which is there no more. */
export async function endByToken(step: Step, tokenHash: string): Promise<void> {
  const [json] = await step.watch(sessionKey(tokenHash), "session");
  if (json) await endAndTell(step, JSON.parse(json) as KeptSession);
}

/** Without a word to those who are told that the whole user is gone. */
export async function dropSessions(step: Step, user: UserId): Promise<void> {
  for (const session of await keptOf(step, user)) await end(step, session);
}

/** The live session of this token; counts as its use. */
export async function signed(
  connection: Connection,
  tokenHash: string,
  now: number,
  use: boolean,
): Promise<Signed | null> {
  const row = await connection.run<[string, string, string[]] | null>(SIGNED, [
    sessionKey(tokenHash),
    USER,
  ]);
  const found = row && toFound(row.slice(0, 2) as string[]);
  if (found === null || isOver(found, now)) return null;
  const { id, user, scope, expiresAt, usedAt, kind } = found;
  const fields = toMap(row?.[2] ?? []);
  // Nobody waits for it, and where it cannot be written the next use is.
  if (use && now - usedAt > USE_STEP)
    writeUse(connection, tokenHash, now, kind, id).catch(() => {});
  const admin = fields.get("admin") === "1";
  return { id, user: toUser(user, fields), admin, scope, expiresAt };
}

export async function sessionsOf(
  connection: Connection,
  user: UserId,
  kind: NewSession["kind"],
  now: number,
): Promise<SessionRecord[]> {
  const tokens = await connection.call<string[]>("HVALS", userKeys(user).sessions);
  const rows = await connection.all(
    tokens.map((token) => ["HMGET", sessionKey(token), "session", "usedAt"]),
  );
  return rows
    .flatMap((row) => toFound(row as (string | null)[]) ?? [])
    .filter((session) => session.kind === kind && !isOver(session, now))
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    .map(({ id, device, createdAt, usedAt, scope, expiresAt }) => ({
      id,
      device,
      createdAt,
      usedAt,
      scope,
      expiresAt,
    }));
}

type Found = KeptSession & { readonly usedAt: number };

function toFound([json, usedAt]: readonly (string | null)[]): Found | null {
  return json ? { ...(JSON.parse(json) as KeptSession), usedAt: Number(usedAt) } : null;
}

/** Guarded by whatever adds or ends one. */
async function keptOf(step: Step, user: string): Promise<Found[]> {
  await step.watch(userKeys(user).user, "sessions");
  const tokens = await step.all(userKeys(user).sessions);
  const found = await Promise.all(
    [...tokens].map(async ([id, token]): Promise<Found | null> => {
      const kept = toFound(
        (await step.read("HMGET", sessionKey(token), "session", "usedAt")) as string[],
      );
      // What has expired in Redis is named here still.
      if (kept === null) step.set(userKeys(user).sessions, id, null);
      return kept;
    }),
  );
  return found.flatMap((one) => one ?? []);
}

async function endAndTell(step: Step, session: KeptSession): Promise<void> {
  await end(step, session);
  step.news.push({ kind: "session", session: session.id });
}

async function end(step: Step, { id, tokenHash, user, scope }: KeptSession): Promise<void> {
  step.set(userKeys(user).sessions, id, null);
  step.drop([sessionKey(tokenHash), sessionIdKey(id)]);
  if (scope?.room) step.write("SREM", roomKeys(scope.room).tokens, tokenHash);
  await touch(step, user);
}

async function touch(step: Step, user: string): Promise<void> {
  await step.watch(userKeys(user).user, "sessions");
  step.set(userKeys(user).user, "sessions", crypto.randomUUID());
}

/** Only of one that is there still: the use of a token must not bring it back. */
async function writeUse(
  connection: Connection,
  tokenHash: string,
  now: number,
  kind: NewSession["kind"],
  id: string,
): Promise<void> {
  const key = sessionKey(tokenHash);
  await connection.run(
    `if redis.call('EXISTS', ARGV[1]) == 0 then return 0 end
     redis.call('HSET', ARGV[1], 'usedAt', ARGV[2])
     if ARGV[3] ~= '' then
       redis.call('PEXPIRE', ARGV[1], ARGV[3])
       redis.call('PEXPIRE', ARGV[4], ARGV[3])
     end
     return 1`,
    [key, String(now), kind === "device" ? String(limits.sessionIdleMs) : "", sessionIdKey(id)],
  );
}

function isOver({ kind, usedAt, expiresAt }: Found, now: number): boolean {
  const isIdle = kind === "device" && now - usedAt > limits.sessionIdleMs;
  return isIdle || (expiresAt !== null && expiresAt <= now);
}

/** For how long Redis keeps it at least. */
function lifeOf({ kind, expiresAt }: KeptSession, now: number): number | null {
  const lives = [
    ...(kind === "device" ? [limits.sessionIdleMs] : []),
    ...(expiresAt === null ? [] : [Math.max(1, expiresAt - now)]),
  ];
  return lives.length === 0 ? null : Math.min(...lives);
}
