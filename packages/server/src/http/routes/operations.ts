import { answers, fail } from "@snug/protocol";
import { answer, problem } from "../answer.ts";
import { route } from "../route.ts";

export const health = route({
  method: "GET",
  path: "/healthz",
  summary: "The process is alive",
  signedIn: false,
  answers: { 200: answers.Alive },
  refusals: [],
  run: () => answer(200, { alive: true }),
});

export const ready = route({
  method: "GET",
  path: "/readyz",
  summary: "The store can be reached, and how durable an answered send is",
  signedIn: false,
  answers: { 200: answers.Ready },
  refusals: ["store_unavailable"],
  async run({ world }) {
    try {
      await world.probe();
    } catch (fault) {
      const { error } = world.chat.refusal(fault);
      // Full: it said so itself, and all can be read.
      if (error.code !== "store_full") return problem({ ...error, code: "store_unavailable" });
    }
    return answer(200, { ready: true, durability: world.durability });
  },
});

export const showLimits = route({
  method: "GET",
  path: "/v1/limits",
  summary: "Every limit by name: bytes, characters, milliseconds",
  signedIn: false,
  answers: { 200: answers.Limits },
  refusals: [],
  run: ({ world }) => answer(200, world.chat.limits),
});

export const metrics = route({
  method: "GET",
  path: "/metrics",
  summary: "Figures for Prometheus; keep it private",
  signedIn: false,
  answers: { 200: null },
  refusals: [],
  async run({ world }) {
    return new Response(await world.metrics.text(), {
      headers: { "content-type": world.metrics.contentType },
    });
  },
});

/** Reached by whoever does not ask for the upgrade; see transport/websocket.ts for the rest. */
export const openSocket = route({
  method: "GET",
  path: "/v1/socket",
  summary: "The WebSocket door; its frames are in docs/protocol.md",
  signedIn: false,
  answers: { 101: null },
  refusals: ["invalid_request", "rate_limited"],
  run: () => problem(fail("invalid_request", "Open this address as a WebSocket.").error),
});

export const showDoors = route({
  method: "GET",
  path: "/v1/doors",
  summary: "Who may come in how; with a demonstration, whom one may sign in as",
  signedIn: false,
  answers: { 200: answers.Doors },
  refusals: [],
  run: ({ world: { guests, signUp, demo } }) => answer(200, { guests, signUp, demo }),
});
