import { expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { check } from "./check.ts";
import { checkCommand, commands, MarkRead, PostMessage } from "./command.ts";
import { codes, fail, toProblemDetails, type Code } from "./error.ts";
import {
  AddMember,
  answers,
  BecomeGuest,
  ChangeMe,
  ChangeMember,
  ChangeRoom,
  CreateInvite,
  CreateRoom,
  CreateToken,
  EventsQuery,
  JoinRoom,
  MessagesQuery,
  SetLevel,
  SignIn,
  SignUp,
} from "./http.ts";

const post = (body: unknown) => {
  const outcome = check(PostMessage, body);
  return outcome.ok ? outcome.value : `${outcome.error.code} ${outcome.error.field}`;
};

test("[HTTP1] what is at fault is named, the first fault first", () => {
  expect(post({ clientId: "c", text: 5 })).toBe("invalid_request text");
  expect(post({ text: "t" })).toBe("invalid_request clientId");
  expect(post({ clientId: null, text: null })).toBe("invalid_request clientId");
  expect(post({ clientId: "c", text: "x".repeat(16_385) })).toBe("too_large text");
  expect(post(null)).toBe("invalid_request undefined");
});

test("[HTTP1] a fault's detail names the field and says what is wrong with it", () => {
  const missing = check(PostMessage, { clientId: "c" });
  expect(missing).toMatchObject({ ok: false, error: { detail: "text is missing." } });
});

test("[HTTP1] whatever is wrong with a field is said in words of ours", () => {
  // What goes together is right together.
  const right = {
    room: "general",
    clientId: "c",
    text: "t",
    seq: 1,
    emoji: "👍",
    away: true,
    name: "Ada",
    username: "ada",
    password: "correct horse",
    currentPassword: "correct horse",
    kind: "public",
    role: "member",
    level: "all",
  };
  const wrong = [null, 5, -1, 0.5, true, "", "x", "x".repeat(70_000), [], [5], ["x", "x"], {}];
  const bodies = [
    ...Object.values(commands),
    MarkRead,
    SignUp,
    SignIn,
    ChangeMe,
    CreateRoom,
    ChangeRoom,
    JoinRoom,
    AddMember,
    ChangeMember,
    SetLevel,
    CreateInvite,
    CreateToken,
  ];
  const said = new Map<string, Set<string>>();
  for (const body of bodies)
    for (const field of Object.keys(body.entries))
      for (const value of wrong) {
        const outcome = check<v.GenericSchema>(body, { ...right, [field]: value });
        if (outcome.ok) continue;
        expect(outcome.error.field?.split(".")[0]).toBe(field);
        said.set(field, (said.get(field) ?? new Set()).add(outcome.error.detail));
      }
  expect([...said.values()].flatMap((one) => [...one]).join("\n")).not.toMatch(/Invalid|Expected/);
  expect(said.get("can")).toEqual(new Set(['can must be "read" or "post".']));
  expect(said.get("with")).toContain("with must be a list of user ids.");
  expect([...said.keys()]).toEqual(
    expect.arrayContaining([
      "kind",
      "role",
      "level",
      "files",
      "uses",
      "receipts",
      "currentPassword",
    ]),
  );
});

test("[HTTP1] fields that are not known are left out, and give nothing to the prototype", () => {
  const body: unknown = JSON.parse(
    '{"clientId":"c","text":"t","by":"u","__proto__":{"seq":9},"constructor":{"prototype":{"seq":9}}}',
  );
  expect(post(body)).toEqual({ clientId: "c", text: "t" });
  expect(({} as { seq?: number }).seq).toBeUndefined();
  expect(post(JSON.parse('{"__proto__":{"clientId":"c","text":"t"}}'))).toBe(
    "invalid_request clientId",
  );
});

test("[AVL2] no input makes a check throw", () => {
  const input = fc.anything({
    withNullPrototype: true,
    withDate: true,
    withMap: true,
    withBigInt: true,
    key: fc.constantFrom("clientId", "text", "name", "type", "room", "limit", "__proto__", "ref"),
  });
  fc.assert(
    fc.property(input, (value) => {
      for (const schema of [PostMessage, BecomeGuest, EventsQuery, MessagesQuery]) {
        const outcome = check<v.GenericSchema>(schema, value);
        if (!outcome.ok) expect(["invalid_request", "too_large"]).toContain(outcome.error.code);
      }
      if (typeof value === "object" && value !== null) checkCommand(value);
    }),
  );
});

test("[ERR1] every code makes a problem of the stated form", () => {
  for (const [code, [status]] of Object.entries(codes)) {
    const details = toProblemDetails(fail(code as Code, "Do this.").error);
    expect(v.parse(answers.Problem, details)).toEqual(details);
    expect(details).toMatchObject({ type: `urn:snug:error:${code}`, status, code });
    expect(details.title).not.toBe("");
  }
});

test("[ERR1] field and retryAfter are there where they were given, and nowhere else", () => {
  const details = toProblemDetails(fail("too_large", "d", { field: "text", retryAfter: 2 }).error);
  expect(details).toMatchObject({ field: "text", retryAfter: 2 });
  expect(Object.keys(toProblemDetails(fail("too_large", "d").error)).toSorted()).toEqual([
    "code",
    "detail",
    "status",
    "title",
    "type",
  ]);
});

test("[LIM5] limit is 50 when left out, and 1 to 200", () => {
  for (const schema of [EventsQuery, MessagesQuery]) {
    const limit = (text?: string) => {
      const outcome = check(schema, text === undefined ? {} : { limit: text });
      return outcome.ok ? outcome.value.limit : `${outcome.error.code} ${outcome.error.field}`;
    };
    expect([limit(), limit("1"), limit("200")]).toEqual([50, 1, 200]);
    for (const text of ["0", "201", "abc", "-1", "1e3", "01", "", " 1", "1.0", "+1", "0x1", "∞"]) {
      expect(limit(text)).toBe("invalid_request limit");
    }
  }
});
