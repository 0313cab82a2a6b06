import type { User, UserId } from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import type { HostUser, NewAccount, NewUser, Settings, UserChange } from "../../core/ports.ts";
import { house, userKeys } from "./keys.ts";
import type { Step } from "./step.ts";

export const ADMINS = "admins";
/** What of a user others are shown. */
const SHOWN = ["name", "guest", "username", "avatar"] as const;

export type Fields = ReadonlyMap<string, string>;

export function toUser(id: string, fields: Fields): User {
  const username = fields.get("username");
  const avatar = fields.get("avatar");
  return {
    id: id as UserId,
    name: fields.get("name") ?? "",
    guest: fields.get("guest") === "1",
    ...(username !== undefined && { username }),
    ...(avatar !== undefined && { avatar }),
  };
}

export function toSettings(presence: string | null, receipts: string | null): Settings {
  return { presence: (presence ?? "auto") as Settings["presence"], receipts: receipts !== "0" };
}

export async function isTaken(step: Step, username: string): Promise<boolean> {
  return (await step.watch(house.usernames, username.toLowerCase()))[0] !== null;
}

/** Whether they are administrator now. */
export async function addUser(
  step: Step,
  { id, name, createdAt, account }: NewUser,
): Promise<boolean> {
  const { user } = userKeys(id);
  await step.watch(user, "name");
  step.set(user, "name", name);
  step.set(user, "createdAt", createdAt);
  if (account === null) step.set(user, "guest", "1");
  step.write("ZADD", house.users, String(createdAt), id);
  step.write("ZADD", house.people, "0", nameEntry(name, id));
  return account !== null && addAccount(step, id, account);
}

/** Why nobody of this id becomes an account of this username. */
export async function checkAccount(
  step: Step,
  id: string,
  { username }: NewAccount,
): Promise<{ kind: "username_taken" } | { kind: "not_guest" } | null> {
  const [guest, erased] = await step.watch(userKeys(id).user, "guest", "erased");
  if (guest !== "1" || erased) return { kind: "not_guest" };
  return (await isTaken(step, username)) ? { kind: "username_taken" } : null;
}

/** What `checkAccount` had nothing against. */
export async function becomeAccount(
  step: Step,
  id: UserId,
  name: string | null,
  account: NewAccount,
): Promise<{ admin: boolean; user: User }> {
  if (name !== null) await rename(step, id, name);
  const admin = await addAccount(step, id, account);
  step.set(userKeys(id).user, "guest", null);
  return { admin, user: await userOf(step, id) };
}

export async function putHostUser(
  step: Step,
  { id, name, avatar, createdAt, expiresAt }: HostUser,
): Promise<{ user: User; renamed: boolean } | null> {
  const { user } = userKeys(id);
  const [before, until, erased] = await step.watch(user, "name", "namedUntil", "erased");
  if (erased) return null;
  const isNew = before === null;
  if (isNew) {
    step.set(user, "createdAt", createdAt);
    step.write("ZADD", house.users, String(createdAt), id);
  }
  const isNews = isNew || Number(until ?? 0) < expiresAt;
  if (isNews) {
    await rename(step, id, name);
    step.set(user, "avatar", avatar === "" ? null : avatar);
    step.set(user, "namedUntil", expiresAt);
  }
  return { user: await userOf(step, id), renamed: !isNew && isNews && before !== name };
}

/** `null`: their password is another by now. Whether their presence is another comes back too. */
export async function changeUser(
  step: Step,
  id: UserId,
  { name, avatar, presence, receipts, password }: UserChange,
): Promise<{ user: User; isOther: boolean } | null> {
  const { user } = userKeys(id);
  const [hash, erased, was] = await step.watch(user, "passwordHash", "erased", "presence");
  if (password !== undefined && hash !== password.was) return null;
  if (erased) return { user: await userOf(step, id), isOther: false };
  if (name !== undefined) await rename(step, id, name);
  if (avatar !== undefined) step.set(user, "avatar", avatar === "" ? null : avatar);
  if (presence !== undefined) step.set(user, "presence", presence);
  if (receipts !== undefined) step.set(user, "receipts", receipts ? "1" : "0");
  if (password !== undefined) step.set(user, "passwordHash", password.hash);
  const isOther = presence !== undefined && presence !== (was ?? "auto");
  return { user: await userOf(step, id), isOther };
}

/** The record stays without a name, for what they said. */
export async function eraseUser(step: Step, id: UserId): Promise<void> {
  const { user, told } = userKeys(id);
  const [name, username, admin] = await step.watch(user, "name", "username", "admin");
  step.set(user, "erased", "1");
  step.set(user, "name", "");
  for (const field of ["username", "passwordHash", "avatar", "presence", "receipts", "lastSeen"])
    step.set(user, field, null);
  if (admin === "1") await countAdmins(step, id, -1);
  if (username) {
    step.set(house.usernames, username.toLowerCase(), null);
    step.write("ZREM", house.people, usernameEntry(username, id));
  }
  if (name) step.write("ZREM", house.people, nameEntry(name, id));
  step.write("ZREM", house.users, id);
  step.drop([told]);
}

/** As this step leaves them. */
export async function userOf(step: Step, id: string): Promise<User> {
  const values = await step.watch(userKeys(id).user, ...SHOWN);
  if (values[0] === null) throw new Error(`user ${id} was not looked up before it was used`);
  const known = SHOWN.flatMap((field, index): [string, string][] => {
    const value = values[index];
    return value === null || value === undefined ? [] : [[field, value]];
  });
  return toUser(id, new Map(known));
}

async function addAccount(
  step: Step,
  id: string,
  { username, passwordHash, asAdmin }: NewAccount,
): Promise<boolean> {
  const { user } = userKeys(id);
  step.set(user, "username", username);
  step.set(user, "passwordHash", passwordHash);
  step.set(house.usernames, username.toLowerCase(), id);
  step.write("ZADD", house.people, "0", usernameEntry(username, id));
  if (asAdmin === null || Number((await step.watch(house.facts, ADMINS))[0] ?? 0) > 0) return false;
  await countAdmins(step, id, 1);
  return true;
}

async function countAdmins(step: Step, id: string, more: 1 | -1): Promise<void> {
  const [admins] = await step.watch(house.facts, ADMINS);
  step.set(house.facts, ADMINS, Number(admins ?? 0) + more);
  step.set(userKeys(id).user, "admin", more > 0 ? "1" : null);
}

async function rename(step: Step, id: string, name: string): Promise<void> {
  const { user } = userKeys(id);
  const [before] = await step.watch(user, "name");
  if (before === name) return;
  if (before) step.write("ZREM", house.people, nameEntry(before, id));
  step.write("ZADD", house.people, "0", nameEntry(name, id));
  step.set(user, "name", name);
}

// Names for finding stand in the order of their letters, those of accounts apart.
export const NAMES = "n/";
export const USERNAMES = "a/";
export const nameEntry = (name: string, id: string) => `${NAMES}${nameKey(name)}\0${id}`;
export const usernameEntry = (username: string, id: string) =>
  `${USERNAMES}${nameKey(username)}\0${id}`;
export const idIn = (entry: string) => entry.slice(entry.lastIndexOf("\0") + 1);
