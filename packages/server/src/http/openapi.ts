import { answers, codes, type Code } from "@snug/protocol";
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import type { Route } from "./route.ts";

/** The OpenAPI 3.1 document of these routes, from the very schemas that check them. */
export function openApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Snug", version: "0.1.0", license: { name: "MIT", identifier: "MIT" } },
    paths,
    components: {
      schemas: { Problem: schema(answers.Problem, "output") },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        cookie: { type: "apiKey", in: "cookie", name: "snug_session" },
      },
    },
  };
}

function operation(route: Route): object {
  return {
    summary: route.summary,
    ...(route.signedIn && { security: [{ bearer: [] }, { cookie: [] }] }),
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...(route.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: schema(route.body, "input") } },
      },
    }),
    ...(route.bytes === "in" && {
      requestBody: { required: true, content: { "application/octet-stream": {} } },
    }),
    responses: Object.fromEntries([...goodAnswers(route), ...refusals(route)]),
  };
}

function goodAnswers({ answers: good, streams, bytes }: Route): [string, object][] {
  return Object.entries(good).map(([status, answer]) => {
    const content = {
      ...(answer && { "application/json": { schema: schema(answer, "output") } }),
      ...(bytes === "out" && { "*/*": {} }),
      ...(streams && { "text/event-stream": { schema: { type: "string" } } }),
    };
    return [status, { description: "Good", ...(Object.keys(content).length > 0 && { content }) }];
  });
}

function refusals(route: Route): [string, object][] {
  const all: Code[] = [...route.refusals];
  if (route.path.includes("/:room")) all.push("room_not_found", "room_gone");
  if (route.signedIn) all.push("unauthorized", "rate_limited");
  if (route.signedIn || route.method !== "GET") all.push("store_unavailable");
  if (route.method !== "GET") all.push("forbidden", "store_full");
  if (route.body) all.push("invalid_request", "too_large", "unsupported_type");
  if (route.query) all.push("invalid_request");
  const byStatus = Map.groupBy(new Set(all), (code) => codes[code][0]);
  return [...byStatus].map(([status, some]) => [
    String(status),
    {
      description: some.join(", "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]);
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: v.GenericSchema | undefined): object[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schema(query, "input");
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: property,
  }));
}

// What JSON Schema cannot say (white space only, lone surrogates) is in docs/protocol.md.
function schema(of: v.GenericSchema, typeMode: "input" | "output") {
  const { $schema: _dialect, ...rest } = toJsonSchema(of, {
    target: "draft-2020-12",
    typeMode,
    errorMode: "ignore",
  });
  return rest;
}
