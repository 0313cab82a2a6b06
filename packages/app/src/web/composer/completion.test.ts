import type { User } from "@snug/protocol";
import { expect, test } from "bun:test";
import { begunAt, peopleFor } from "./completion.ts";

const user = (id: string, name: string, username?: string) =>
  ({ id, name, guest: username === undefined, ...(username && { username }) }) as User;
const people = [
  user("u_1", "Ada Lovelace", "ada"),
  user("u_2", "Bea", "bea."),
  user("u_3", "Ada"),
  user("u_4", "Ada Byron"),
];

test("what is begun at the caret is completed, and only as a word of its own", () => {
  const begun = (text: string) => {
    const found = begunAt(text, text.length);
    return found && found.mark + found.query;
  };
  expect(["@", "hi @ad", "(@ad", "**@ad", ":th", "a :thumbs"].map(begun)).toEqual([
    "@",
    "@ad",
    "@ad",
    "@ad",
    ":th",
    ":thumbs",
  ]);
  expect(["a@ad", "x@", ":", ":)", ":a", "10:30", "a:tada", "@ad ", "::ab"].map(begun)).toEqual(
    Array.from({ length: 9 }, () => null),
  );
  expect(begunAt("say @ad now", 7)).toEqual({ mark: "@", query: "ad", start: 4, end: 7 });
});

test("people are found by name, a word of it, and username, and sent by id where no username calls them; @here and @room come last", () => {
  const found = (query: string) => peopleFor(query, people).map(({ written }) => written);
  expect(found("lov")).toEqual(["@ada"]);
  expect(found("ADA")).toEqual(["@ada", "@Ada", "@Ada Byron"]);
  expect(found("")).toEqual(["@ada", "@Bea", "@Ada", "@Ada Byron", "@here", "@room"]);
  expect(found("ro")).toEqual(["@room"]);
  const sent = peopleFor("", people).map((choice) => choice.sent);
  expect(sent).toEqual(["@ada", "<@u_2>", "<@u_3>", "<@u_4>", "@here", "@room"]);
});
