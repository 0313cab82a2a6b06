import { afterEach, expect } from "bun:test";
import { answers } from "@snug/protocol";
import { rmSync } from "node:fs";
import * as v from "valibot";
import { startTestServer, type TestServer } from "../testing.ts";

/** Servers for the tests of one file: each is stopped after its test, and its folder removed. */
export function testServers() {
  const running = new Set<TestServer>();
  const folders = new Set<string>();

  const start = async (options: Parameters<typeof startTestServer>[0] = {}) => {
    const server = await startTestServer(options);
    running.add(server);
    folders.add(server.folder);
    return server;
  };
  /** Stops the server and leaves its folder for another. */
  const stop = async (server: TestServer) => {
    running.delete(server);
    await server.close({ keep: true });
    expect(server.faults).toEqual([]);
  };
  afterEach(async () => {
    for (const server of running) await stop(server);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    folders.clear();
  });
  return {
    start,
    stop,
    /** Another folder to be removed after the test. */
    remove: (folder: string) => void folders.add(folder),
  };
}

/** `201` for a good answer; status, code and field for a problem, whose form is checked. */
export async function outcome(response: Response): Promise<string> {
  if (response.ok) return String(response.status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = strictly(answers.Problem, await response.json());
  expect(problem.status).toBe(response.status);
  return [problem.status, problem.code, problem.field].filter(Boolean).join(" ");
}

/** The answer, which has exactly what the schema says. */
export function strictly<Schema extends v.GenericSchema>(schema: Schema, json: unknown) {
  const parsed = v.parse(schema, json);
  expect(parsed as unknown).toEqual(json);
  return parsed;
}
