import type { Code } from "@snug/protocol";
import type * as v from "valibot";
import type { Actor } from "../core/actor.ts";
import type { Chat } from "../core/chat.ts";
import type { ConnectionPlaces } from "../gateway/connection-places.ts";
import type { Places } from "../gateway/places.ts";
import type { InboxWorld } from "../gateway/inbox.ts";
import type { StreamWorld } from "../gateway/stream.ts";
import type { Metrics } from "../metrics.ts";
import type { Blobs, Clock } from "../core/ports.ts";
import type { AdminClaim } from "./admin-claim.ts";
import type { Caller } from "./caller.ts";
import type { FileLinks } from "./file-links.ts";
import type { Origins } from "./origins.ts";

/** What routes stand on. */
export interface HttpWorld {
  readonly chat: Chat;
  readonly origins: Origins;
  readonly blobs: Pick<Blobs, "read">;
  readonly links: FileLinks;
  readonly clock: Pick<Clock, "now" | "elapsed">;
  readonly guests: Openness;
  readonly demo: readonly DemoPerson[];
  readonly signUp: Openness;
  readonly adminClaim: AdminClaim;
  readonly streams: StreamWorld & Omit<InboxWorld, "chat" | "inboxes">;
  readonly places: ConnectionPlaces;
  /** Exports under way, by user. */
  readonly exports: Places;
  readonly metrics: Metrics;
  /** Rejects when the store cannot be reached. */
  readonly probe: () => Promise<void>;
  readonly durability: string;
  /** Closes soon the connection of a request whose stream was given up. */
  readonly letGo: (request: Request) => void;
  /** Something of its body came: it is waited for what comes next, which Bun does only where much comes. */
  readonly goOn: (request: Request) => void;
  /** From now on this request may take as long as whatever takes longest. */
  readonly giveTime: (request: Request) => void;
}

/** Whom one may sign in as to look around. */
export interface DemoPerson {
  readonly username: string;
  readonly name: string;
  readonly password: string;
}

/** Whether people may come by themselves, by invite, or not at all. */
export type Openness = "open" | "invite" | "off";

type Schema = v.GenericSchema | undefined;
type Output<S extends Schema> = S extends v.GenericSchema ? v.InferOutput<S> : undefined;

/** One call of the HTTP door: what it takes and answers, for the router, the checks and OpenAPI alike. */
export interface Route<
  Body extends Schema = Schema,
  Query extends Schema = Schema,
  In extends boolean = boolean,
> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly signedIn: In;
  /** Answers our own and allowed origins only: it hands out a session. */
  readonly signsIn?: true;
  readonly body?: Body;
  readonly query?: Query;
  /** The schema of each good answer by status; `null` for one without JSON. */
  readonly answers: Readonly<Record<number, v.GenericSchema | null>>;
  readonly streams?: true;
  /** Its body, or its good answer, is the bytes of a file. */
  readonly bytes?: "in" | "out";
  /** A signed address is enough to be let in. */
  readonly linked?: true;
  /** Beside those that follow from the rest, which openapi.ts adds. */
  readonly refusals: readonly Code[];
  run(call: Call<Body, Query, In>): Promise<Response> | Response;
}

export interface Call<Body extends Schema, Query extends Schema, In extends boolean> {
  readonly world: HttpWorld;
  readonly request: Request;
  readonly caller: Caller;
  readonly actor: In extends true ? Actor : null;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Output<Body>;
  readonly query: Output<Query>;
}

/** Gives `run` the types of the schemas beside it. */
export function route<
  const Body extends Schema,
  const Query extends Schema,
  const In extends boolean,
>(definition: Route<Body, Query, In>): Route {
  return definition as unknown as Route;
}
