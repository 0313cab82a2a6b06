import { limits, type RoomId, type SessionId, type User, type UserId } from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import type {
  HostUser,
  NewAccount,
  NewSession,
  NewUser,
  SessionRecord,
  Settings,
  Signed,
  UserChange,
} from "../../core/ports.ts";

interface Person {
  readonly id: UserId;
  /** Empty once they were erased. */
  name: string;
  avatar: string;
  readonly createdAt: number;
  account: { username: string; passwordHash: string; admin: boolean } | null;
  guest: boolean;
  /** The end of the token by which a host's user is called as they are. */
  namedUntil: number;
  settings: Settings;
  lastSeen: number | null;
}

const usual: Settings = { presence: "auto", receipts: true };

/** Users, their accounts, and what signs them in. */
export class MemoryPeople {
  readonly #people = new Map<string, Person>();
  #sessions: (NewSession & { user: UserId; usedAt: number })[] = [];

  isTaken(username: string): boolean {
    return this.#byUsername(username) !== undefined;
  }

  isErased(user: string): boolean {
    return this.#people.get(user)?.name === "";
  }

  addUser({ id, name, createdAt, account }: NewUser): boolean {
    const guest = account === null;
    const person = { id, name, createdAt, guest, avatar: "", account: null, namedUntil: 0 };
    this.#people.set(id, { ...person, settings: usual, lastSeen: null });
    return account !== null && this.#addAccount(this.#known(id), account);
  }

  hostUser(id: UserId): { user: User; namedUntil: number } | null {
    const person = this.#people.get(id);
    return person ? { user: toUser(person), namedUntil: person.namedUntil } : null;
  }

  putHostUser({ id, name, avatar, createdAt, expiresAt: namedUntil }: HostUser): {
    user: User;
    renamed: boolean;
  } | null {
    const before = this.#people.get(id);
    if (before?.name === "") return null;
    const isNews = before === undefined || before.namedUntil < namedUntil;
    const renamed = before !== undefined && isNews && before.name !== name;
    const quiet = { settings: usual, lastSeen: null };
    const person = before ?? { id, createdAt, guest: false, account: null, ...quiet };
    if (isNews) this.#people.set(id, { ...person, name, avatar, namedUntil });
    return { user: toUser(this.#known(id)), renamed };
  }

  /** Why nobody of this id becomes an account of this username. */
  checkAccount(
    user: UserId,
    { username }: NewAccount,
  ): { kind: "username_taken" } | { kind: "not_guest" } | null {
    const person = this.#people.get(user);
    if (!person?.guest || person.name === "") return { kind: "not_guest" };
    return this.isTaken(username) ? { kind: "username_taken" } : null;
  }

  /** What `checkAccount` had nothing against. The ids of all their sessions, which end, come back. */
  addAccount(
    user: UserId,
    name: string | null,
    account: NewAccount,
  ): { admin: boolean; user: User; ended: SessionId[] } {
    const person = this.#known(user);
    if (name !== null) person.name = name;
    const admin = this.#addAccount(person, account);
    return { admin, user: toUser(person), ended: this.#end((session) => session.user === user) };
  }

  account(username: string): { user: User; passwordHash: string } | null {
    const person = this.#byUsername(username);
    return person?.account
      ? { user: toUser(person), passwordHash: person.account.passwordHash }
      : null;
  }

  passwordHash(user: UserId): string | null {
    return this.#people.get(user)?.account?.passwordHash ?? null;
  }

  settings(user: UserId): Settings {
    return this.#people.get(user)?.settings ?? usual;
  }

  saw(user: UserId, at: number): void {
    const person = this.#people.get(user);
    if (person && person.name !== "") person.lastSeen = at;
  }

  lastSeen(users: readonly UserId[]): Map<UserId, number> {
    const seen = users.flatMap((user): [UserId, number][] => {
      const at = this.#people.get(user)?.lastSeen ?? null;
      return at === null ? [] : [[user, at]];
    });
    return new Map(seen);
  }

  changeUser(
    user: UserId,
    { name, avatar, presence, receipts, password }: UserChange,
  ): { user: User; ended: SessionId[] } | null {
    const person = this.#known(user);
    const { account } = person;
    if (password !== undefined && account?.passwordHash !== password.was) return null;
    if (person.name === "") return { user: toUser(person), ended: [] };
    if (name !== undefined) person.name = name;
    if (avatar !== undefined) person.avatar = avatar;
    if (presence !== undefined) person.settings = { ...person.settings, presence };
    if (receipts !== undefined) person.settings = { ...person.settings, receipts };
    if (password === undefined || account === null) return { user: toUser(person), ended: [] };
    account.passwordHash = password.hash;
    return { user: toUser(person), ended: this.endSessions(user, password.keeps) };
  }

  eraseUser(user: UserId): void {
    const person = this.#known(user);
    const left = { settings: usual, lastSeen: null };
    Object.assign(person, { name: "", avatar: "", account: null, ...left });
    this.#end((session) => session.user === user);
  }

  users(ids: readonly string[]): User[] {
    return ids.flatMap((id) => {
      const person = this.#people.get(id);
      return person ? [toUser(person)] : [];
    });
  }

  find(beginning: string, isKnown: (user: UserId) => boolean): User[] {
    const begins = (name: string | undefined) =>
      name && nameKey(name).startsWith(nameKey(beginning));
    return [...this.#people.values()]
      .filter(({ name, account }) => begins(name) || begins(account?.username))
      .filter(({ id, account }) => account !== null || isKnown(id))
      .sort((a, b) => compare(nameKey(a.name), nameKey(b.name)) || compare(a.id, b.id))
      .map(toUser);
  }

  called(name: string): UserId[] {
    return [...this.#people.values()]
      .filter((person) => person.name !== "" && nameKey(person.name) === nameKey(name))
      .map(({ id }) => id);
  }

  all(): (User & { admin: boolean; createdAt: number })[] {
    return [...this.#people.values()]
      .filter(({ name }) => name !== "")
      .sort((a, b) => a.createdAt - b.createdAt || compare(a.id, b.id))
      .map((person) => ({
        ...toUser(person),
        admin: person.account?.admin ?? false,
        createdAt: person.createdAt,
      }));
  }

  /** Those of this user that are over go. Whether it was added. */
  addSession(user: UserId, session: NewSession, now: number, passwordHash?: string): boolean {
    this.#sessions = this.#sessions.filter((one) => one.user !== user || !isOver(one, now));
    if (this.isErased(user)) return false;
    if (passwordHash !== undefined && this.passwordHash(user) !== passwordHash) return false;
    this.#sessions.push({ ...session, user, usedAt: session.createdAt });
    return true;
  }

  session(tokenHash: string, now: number): Signed | null {
    const session = this.#sessions.find((one) => one.tokenHash === tokenHash);
    const signed = session ? this.#signed(session, now) : null;
    if (session && signed) session.usedAt = now;
    return signed;
  }

  #signed(session: NewSession & { user: UserId; usedAt: number }, now: number): Signed | null {
    if (isOver(session, now)) return null;
    const person = this.#known(session.user);
    const { id, scope, expiresAt } = session;
    return { id, user: toUser(person), admin: person.account?.admin ?? false, scope, expiresAt };
  }

  sessionById(id: string, now: number): Signed | null {
    const session = this.#sessions.find((one) => one.id === id);
    return session ? this.#signed(session, now) : null;
  }

  sessions(user: UserId, kind: NewSession["kind"], now: number): SessionRecord[] {
    return this.#sessions
      .filter((session) => session.user === user && session.kind === kind && !isOver(session, now))
      .sort((a, b) => a.createdAt - b.createdAt || compare(a.id, b.id))
      .map(({ id, device, createdAt, usedAt, scope, expiresAt }) => ({
        id,
        device,
        createdAt,
        usedAt,
        scope,
        expiresAt,
      }));
  }

  endSession(user: UserId, id: string, kind: NewSession["kind"]): SessionId[] {
    return this.#end((one) => one.user === user && one.id === id && one.kind === kind);
  }

  endSessions(user: UserId, except: SessionId | null): SessionId[] {
    return this.#end(
      ({ user: whose, kind, id }) => whose === user && kind === "device" && id !== except,
    );
  }

  endTokensOf(room: RoomId): SessionId[] {
    return this.#end(({ scope }) => scope?.room === room);
  }

  #addAccount(person: Person, { username, passwordHash, asAdmin }: NewAccount): boolean {
    const admin =
      asAdmin !== null && ![...this.#people.values()].some(({ account }) => account?.admin);
    person.account = { username, passwordHash, admin };
    person.guest = false;
    return admin;
  }

  #byUsername(username: string): Person | undefined {
    const same = username.toLowerCase();
    return [...this.#people.values()].find(
      ({ account }) => account?.username.toLowerCase() === same,
    );
  }

  #known(id: string): Person {
    const person = this.#people.get(id);
    if (!person) throw new Error(`user ${id} was not looked up before it was used`);
    return person;
  }

  #end(isMeant: (session: NewSession & { user: UserId }) => boolean): SessionId[] {
    const ended = this.#sessions.filter(isMeant).map(({ id }) => id);
    this.#sessions = this.#sessions.filter((session) => !isMeant(session));
    return ended;
  }
}

function isOver(
  { kind, usedAt, expiresAt }: NewSession & { usedAt: number },
  now: number,
): boolean {
  const isIdle = kind === "device" && now - usedAt > limits.sessionIdleMs;
  return isIdle || (expiresAt !== null && expiresAt <= now);
}

function toUser({ id, name, guest, avatar, account }: Person): User {
  return {
    id,
    name,
    guest,
    ...(account && { username: account.username }),
    ...(avatar !== "" && { avatar }),
  };
}

/** As the bytes of their UTF-8 compare. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
