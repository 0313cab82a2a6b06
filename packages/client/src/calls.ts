import type {
  Can,
  InboxEntry,
  Invite,
  Member,
  Role,
  Room,
  RoomKind,
  Session,
  Token,
  User,
} from "@snug/protocol";

/** What `chat.call` can ask: each call of the HTTP door with its parameters, its body and its answer. */
export interface Calls {
  /** Who may come in how; `demo`: whom one may sign in as to look around. */
  "GET /v1/doors": Answer<Doors>;
  "GET /v1/me": Answer<{ user: User; admin: boolean; rooms: InboxEntry[] }>;
  "PATCH /v1/me": Body<
    { name?: string; avatar?: string; password?: string; currentPassword?: string },
    { user: User }
  >;
  "DELETE /v1/me": Answer<null>;
  "GET /v1/sessions": Answer<{ sessions: Session[] }>;
  "DELETE /v1/sessions": Answer<null>;
  /** `current`, `others`, or an id. */
  "DELETE /v1/sessions/:session": Answer<null>;
  "GET /v1/users": Answer<{ users: User[] }>;
  "GET /v1/users/:user": Answer<{ user: User }>;
  "GET /v1/rooms": Answer<{ rooms: Room[] }>;
  "POST /v1/rooms": Body<RoomWish, { room: Room }>;
  "GET /v1/rooms/:room": Answer<{ room: Room }>;
  "PATCH /v1/rooms/:room": Body<
    { name?: string; topic?: string; capacity?: number | null; archived?: boolean },
    { room: Room }
  >;
  "DELETE /v1/rooms/:room": Answer<null>;
  "GET /v1/rooms/:room/members": Answer<{ members: Member[] }>;
  "PUT /v1/rooms/:room/members/me": Body<{ invite?: string }, { room: Room }>;
  "DELETE /v1/rooms/:room/members/me": Answer<null>;
  "PUT /v1/rooms/:room/members/:user": Body<{ role?: Role }, null>;
  "PATCH /v1/rooms/:room/members/:user": Body<{ role: Role }, null>;
  "DELETE /v1/rooms/:room/members/:user": Answer<null>;
  "GET /v1/rooms/:room/bans": Answer<{ users: User[] }>;
  "PUT /v1/rooms/:room/bans/:user": Answer<null>;
  "DELETE /v1/rooms/:room/bans/:user": Answer<null>;
  "GET /v1/rooms/:room/invites": Answer<{ invites: Invite[] }>;
  "POST /v1/rooms/:room/invites": Body<
    { can?: Can; uses?: number; ttl?: number },
    { id: string; invite: string; url: string }
  >;
  "DELETE /v1/rooms/:room/invites/:invite": Answer<null>;
  "GET /v1/tokens": Answer<{ tokens: Token[] }>;
  "POST /v1/tokens": Body<
    { room?: string; can?: Can; ttl?: number },
    { id: string; token: string }
  >;
  "DELETE /v1/tokens/:token": Answer<null>;
  "GET /v1/admin/people": Answer<{ people: { user: User; admin: boolean; createdAt: number }[] }>;
  "GET /v1/admin/rooms": Answer<{ rooms: Room[] }>;
  "DELETE /v1/admin/people/:user": Answer<null>;
}

export interface RoomWish {
  readonly kind: RoomKind;
  readonly name?: string;
  readonly topic?: string;
  /** User ids, for a direct room. */
  readonly with?: readonly string[];
  /** Seconds, for an ephemeral one. */
  readonly ttl?: number;
  readonly capacity?: number;
}

export interface Doors {
  readonly guests: "open" | "invite" | "off";
  readonly signUp: "open" | "invite" | "off";
  readonly demo: readonly { username: string; name: string; password: string }[];
}

/** The parameters named in a call, such as `{room}` for `GET /v1/rooms/:room`. */
export type Params<Name extends string> = Name extends `${string}:${infer Param}/${infer Rest}`
  ? { readonly [Key in Param]: string } & Params<Rest>
  : Name extends `${string}:${infer Param}`
    ? { readonly [Key in Param]: string }
    : unknown;

/** What a call takes: its parameters, its `body` where it has one, and what goes behind the `?`. */
export type CallInput<Name extends keyof Calls> = Params<Name> &
  (Calls[Name] extends { body: infer Sent } ? { readonly body: Sent } : unknown) & {
    readonly query?: Readonly<Record<string, string>>;
  };

interface Answer<Given> {
  readonly answer: Given;
}

interface Body<Sent, Given> extends Answer<Given> {
  readonly body: Sent;
}

/** `GET /v1/rooms/:room` with its parameters in their places. */
export function fill(
  name: string,
  input: Readonly<Record<string, unknown>>,
): { method: string; path: string } {
  const [method = "", pattern = ""] = name.split(" ");
  const path = pattern.replaceAll(/:(\w+)/g, (_, param: string) =>
    encodeURIComponent(String(input[param])),
  );
  const query = new URLSearchParams(input["query"] as Record<string, string> | undefined);
  return { method, path: query.size > 0 ? `${path}?${query}` : path };
}
