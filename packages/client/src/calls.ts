import type {
  AddMember,
  Answers,
  ChangeMe,
  ChangeMember,
  ChangeRoom,
  CreateInvite,
  CreateRoom,
  CreateToken,
  JoinRoom,
  SetLevel,
} from "@snug/protocol";

/** What `chat.call` can ask: each call of the HTTP door with its parameters, its body and its answer. */
export interface Calls {
  /** Who may come in how; with a demonstration, whom one may sign in as. */
  "GET /v1/doors": Answer<"Doors">;
  "GET /v1/limits": Answer<"Limits">;
  "GET /v1/me": Answer<"Me">;
  "PATCH /v1/me": Body<ChangeMe, "User">;
  "DELETE /v1/me": Answer<null>;
  "GET /v1/sessions": Answer<"Sessions">;
  "DELETE /v1/sessions": Answer<null>;
  /** `current`, `others`, or an id. */
  "DELETE /v1/sessions/:session": Answer<null>;
  "GET /v1/users": Answer<"Users">;
  "GET /v1/users/:user": Answer<"User">;
  "GET /v1/rooms": Answer<"Rooms">;
  "POST /v1/rooms": Body<RoomWish, "Room">;
  "GET /v1/rooms/:room": Answer<"Room">;
  "PATCH /v1/rooms/:room": Body<ChangeRoom, "Room">;
  "DELETE /v1/rooms/:room": Answer<null>;
  "GET /v1/rooms/:room/members": Answer<"Members">;
  "PUT /v1/rooms/:room/members/me": Body<JoinRoom, "Room">;
  "DELETE /v1/rooms/:room/members/me": Answer<null>;
  "PUT /v1/rooms/:room/members/:user": Body<AddMember, null>;
  "PATCH /v1/rooms/:room/members/:user": Body<ChangeMember, null>;
  "DELETE /v1/rooms/:room/members/:user": Answer<null>;
  "GET /v1/rooms/:room/bans": Answer<"Users">;
  "PUT /v1/rooms/:room/bans/:user": Answer<null>;
  "DELETE /v1/rooms/:room/bans/:user": Answer<null>;
  "GET /v1/rooms/:room/invites": Answer<"Invites">;
  "POST /v1/rooms/:room/invites": Body<CreateInvite, "NewInvite">;
  "DELETE /v1/rooms/:room/invites/:invite": Answer<null>;
  /** Texts that the message had before. */
  "GET /v1/rooms/:room/messages/:seq/edits": Answer<"Edits">;
  "GET /v1/rooms/:room/pins": Answer<"Pins">;
  /** Those that one follows. */
  "GET /v1/rooms/:room/threads": Answer<"Threads">;
  "GET /v1/rooms/:room/reads": Answer<"Reads">;
  "GET /v1/rooms/:room/presence": Answer<"Presence">;
  "PUT /v1/rooms/:room/level": Body<SetLevel, null>;
  /** Clears the history. */
  "DELETE /v1/rooms/:room/messages": Answer<null>;
  /** With `query: {q}`; `chat.search` is the same, with the authors in their places. */
  "GET /v1/search": Answer<"Search">;
  "GET /v1/tokens": Answer<"Tokens">;
  "POST /v1/tokens": Body<CreateToken, "NewToken">;
  "DELETE /v1/tokens/:token": Answer<null>;
  "GET /v1/admin/people": Answer<"People">;
  "GET /v1/admin/rooms": Answer<"Rooms">;
  "DELETE /v1/admin/people/:user": Answer<null>;
}

export type RoomWish = Omit<CreateRoom, "with"> & { readonly with?: readonly string[] };
export type Doors = Answers["Doors"];

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

/** `null` for an answer without a body. */
interface Answer<Name extends keyof Answers | null> {
  readonly answer: Name extends keyof Answers ? Answers[Name] : null;
}

interface Body<Sent, Name extends keyof Answers | null> extends Answer<Name> {
  readonly body: Sent;
}

/** `GET /v1/rooms/:room` with its parameters in their places. */
export function fill(
  name: string,
  input: Readonly<Record<string, unknown>>,
): { method: string; path: string } {
  const [method = "", pattern = ""] = name.split(" ");
  const path = pattern.replaceAll(/:(\w+)/g, (_, param: string) =>
    encodeURIComponent(input[param] as string),
  );
  const query = new URLSearchParams(input["query"] as Record<string, string> | undefined);
  return { method, path: query.size > 0 ? `${path}?${query}` : path };
}
