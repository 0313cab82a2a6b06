import { expect, test } from "bun:test";
import { Credentials } from "./credentials.ts";
import { ManualClock } from "./testing/clocks.ts";

const never = new AbortController().signal;
const clock = new ManualClock();

test("a token that was given is the token, and none is the cookie's", async () => {
  expect(await new Credentials("t", clock).token(never)).toEqual({ ok: true, value: "t" });
  expect(await new Credentials(undefined, clock).token(never)).toEqual({ ok: true, value: null });
});

test("[SDK7] a provider is asked once, and again when its token is given back", async () => {
  let asked = 0;
  const credentials = new Credentials(() => Promise.resolve(`t${++asked}`), clock);
  expect(asked).toBe(0);
  await credentials.token(never);
  expect([(await credentials.token(never)).ok, credentials.current, asked]).toEqual([
    true,
    "t1",
    1,
  ]);
  credentials.use(null);
  expect(await credentials.token(never)).toEqual({ ok: true, value: "t2" });
  expect(clock.pending).toBe(0);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no vault");
    },
    "no vault",
  ],
  ["rejects", () => Promise.reject(new Error("no vault")), "no vault"],
  ["rejects with text", () => Promise.reject("no vault"), "no vault"],
  ["gives nothing", () => "", "it gave no token"],
  ["gives something else", () => 7 as never, "it gave no token"],
])(
  "[SDK7] a provider that %s is a value that says so, and may be asked again",
  async (_, provider, why) => {
    const credentials = new Credentials(provider, clock);
    for (let attempt = 0; attempt < 2; attempt++) {
      const outcome = await credentials.token(never);
      expect(outcome).toMatchObject({ ok: false, error: { code: "no_token" } });
      expect(!outcome.ok && outcome.error.detail).toContain(why);
    }
    expect(clock.pending).toBe(0);
  },
);

test("[SDK7] a provider that hangs is given up after 10 s", async () => {
  const hanging = new Credentials(() => new Promise<string>(() => {}), clock);
  const outcome = hanging.token(never);
  clock.advance(10_000);
  expect(await outcome).toMatchObject({ ok: false, error: { code: "no_token" } });
  expect(clock.pending).toBe(0);
});

test("[SDK5] a provider that hangs is not waited for by one who gave up, and its late token is nobody's", async () => {
  let give: (token: string) => void = () => {};
  const credentials = new Credentials(
    () => new Promise<string>((resolve) => (give = resolve)),
    clock,
  );
  const attempt = new AbortController();
  const outcome = credentials.token(attempt.signal);
  attempt.abort();
  expect((await outcome).ok).toBe(false);
  credentials.use("another");
  give("late");
  await outcome;
  expect([credentials.current, clock.pending]).toEqual(["another", 0]);
});
