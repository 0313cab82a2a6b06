import { check, fail } from "@snug/protocol";
import { Hono } from "hono";
import { answer, problem } from "./answer.ts";
import { readJson } from "./body.ts";
import type { Caller } from "./caller.ts";
import { authenticate } from "./credentials.ts";
import { openApi } from "./openapi.ts";
import type { HttpWorld, Route } from "./route.ts";
import { signIn, signUp } from "./routes/accounts.ts";
import { erasePerson, listAllRooms, listPeople } from "./routes/admin.ts";
import { readEvents } from "./routes/events.ts";
import { exportMe, exportRoom } from "./routes/exports.ts";
import * as files from "./routes/files.ts";
import { becomeGuest } from "./routes/guests.ts";
import { createInvite, endInvite, listInvites } from "./routes/invites.ts";
import * as members from "./routes/members.ts";
import * as messages from "./routes/messages.ts";
import { health, metrics, openSocket, ready, showDoors, showLimits } from "./routes/operations.ts";
import { changeMe, eraseMe, findUsers, me, meEvents, showUser } from "./routes/people.ts";
import { setTyping, showPresence } from "./routes/presence.ts";
import { listReads, markRead, setLevel } from "./routes/reading.ts";
import { changeRoom, createRoom, destroyRoom, listRooms, showRoom } from "./routes/rooms.ts";
import { search } from "./routes/search.ts";
import { endSession, endSessions, listSessions } from "./routes/sessions.ts";
import { createToken, endToken, listTokens } from "./routes/tokens.ts";

/** Made for whoever asks first. */
let documentText: string | undefined;

const document: Route = {
  method: "GET",
  path: "/openapi.json",
  summary: "This document: OpenAPI 3.1 of what is served",
  signedIn: false,
  answers: { 200: null },
  refusals: [],
  run: () => answer(200, (documentText ??= JSON.stringify(openApi(routes)))),
};

/** All calls that are served. */
export const routes: readonly Route[] = [
  becomeGuest,
  signUp,
  signIn,
  listSessions,
  endSessions,
  endSession,
  me,
  changeMe,
  eraseMe,
  meEvents,
  findUsers,
  showUser,
  createRoom,
  listRooms,
  showRoom,
  changeRoom,
  destroyRoom,
  // The router takes the first that fits: "me" before any user.
  members.listMembers,
  members.joinRoom,
  members.leaveRoom,
  members.addMember,
  members.changeMember,
  members.removeMember,
  members.listBans,
  members.ban,
  members.liftBan,
  createInvite,
  listInvites,
  endInvite,
  createToken,
  listTokens,
  endToken,
  messages.postMessage,
  messages.readMessages,
  messages.clearRoom,
  messages.readMessage,
  messages.editMessage,
  messages.deleteMessage,
  messages.readEdits,
  messages.addReaction,
  messages.removeReaction,
  messages.pinMessage,
  messages.unpinMessage,
  messages.listPins,
  messages.listThreads,
  search,
  files.uploadFile,
  files.showFile,
  files.linkFile,
  files.dropFile,
  exportRoom,
  exportMe,
  readEvents,
  markRead,
  listReads,
  setLevel,
  setTyping,
  showPresence,
  showDoors,
  listPeople,
  erasePerson,
  listAllRooms,
  showLimits,
  health,
  ready,
  metrics,
  document,
  openSocket,
];

/** The HTTP door: a function from request to answer that stands on no runtime of its own. */
export function createHttp(
  world: HttpWorld,
): (request: Request, caller: Caller) => Promise<Response> {
  const app = new Hono<{ Bindings: Caller }>();
  for (const route of routes) {
    app.on(route.method, route.path, (context) =>
      serve(world, route, context.req.raw, context.env, context.req.param()),
    );
  }
  for (const [path, some] of Map.groupBy(routes, (route) => route.path)) {
    const allow = some.map((route) => route.method).join(", ");
    app.all(path, () => problem(fail("method_not_allowed", `Use ${allow} here.`).error, { allow }));
  }
  app.notFound(() => problem(fail("not_found", "See /openapi.json for what is served.").error));
  app.onError((fault) => problem(world.chat.refusal(fault).error));

  const signIn = new Set(
    routes.filter((route) => route.signsIn).map(({ method, path }) => `${method} ${path}`),
  );
  return async (request, caller) => {
    const { pathname } = new URL(request.url);
    const response =
      request.method === "OPTIONS"
        ? new Response(null, { status: 204 })
        : await app.fetch(request, caller);
    // The figures ask for no token, so no foreign page may read them.
    if (pathname !== "/metrics") {
      const signsIn = signIn.has(`${methodOf(request)} ${pathname}`);
      allowOrigins(world, request, response, signsIn);
    }
    return response;
  };
}

async function serve(
  world: HttpWorld,
  route: Route,
  request: Request,
  caller: Caller,
  params: Record<string, string>,
): Promise<Response> {
  if (route.signsIn && !world.origins.maySignIn(request, caller)) {
    return problem(
      fail("forbidden", "This origin may not sign people in; see --allow-origins.").error,
    );
  }
  const linked = route.linked ? await world.links.actor(request, params["file"] ?? "") : null;
  const who = route.signedIn
    ? (linked ?? (await authenticate(world.chat, world.origins, request, caller, route.streams)))
    : null;
  if (who?.ok === false) return problem(who.error);

  const query =
    route.query &&
    check(route.query, Object.fromEntries(new URL(request.url).searchParams), "The query");
  if (query?.ok === false) return problem(query.error);
  const json = route.body && (await readJson(world, request));
  if (json?.ok === false) return problem(json.error);
  const body = route.body && json && check(route.body, json.value);
  if (body?.ok === false) return problem(body.error);

  // A body may take its time, and the session may have ended meanwhile.
  const still =
    route.body && who ? await authenticate(world.chat, world.origins, request, caller) : null;
  if (still?.ok === false) return problem(still.error);

  return route.run({
    world,
    request,
    caller,
    actor: who ? who.value : null,
    params,
    body: body?.value as never,
    query: query?.value as never,
  } as Parameters<Route["run"]>[0]);
}

/** What is asked for, or what a preflight asks about. */
function methodOf({ method, headers }: Request): string {
  return (method === "OPTIONS" && headers.get("access-control-request-method")) || method;
}

/**
 * CORS without credentials: any page may call with a bearer token, which no
 * browser sends by itself. What hands out sessions answers known origins only.
 */
function allowOrigins(
  { origins }: HttpWorld,
  request: Request,
  response: Response,
  signsIn: boolean,
): void {
  const { headers } = response;
  const origin = request.headers.get("origin");
  if (!signsIn) headers.set("access-control-allow-origin", "*");
  else headers.append("vary", "origin");
  if (signsIn && origins.isAllowed(origin)) headers.set("access-control-allow-origin", origin);
  if (request.method !== "OPTIONS" || !headers.has("access-control-allow-origin")) return;
  headers.set("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
  headers.set("access-control-allow-headers", "authorization, content-type, last-event-id");
  headers.set("access-control-max-age", "600");
}
