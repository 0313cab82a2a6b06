import type { ReaderTally, Tally } from "./tally.ts";

/** The run in words and columns. */
export function report(of: Tally, differences: readonly string[]): string {
  const watchers = of.readers.filter((reader) => !reader.player);
  const players = of.readers.filter((reader) => reader.player);
  return [
    `said          ${number(of.said)} messages by ${number(players.length)} guests`,
    `sent          ${number(of.sends)} times: ${number(of.sentAgain)} again after a lost connection, ${number(of.sentAgainInLog)} of them when the message was in the log already`,
    `acknowledged  ${number(of.acknowledged)}`,
    `refused       ${counts(of.refused)}`,
    `unanswered    ${number(of.unanswered)}`,
    `in the log    ${number(of.lost)} lost, ${number(of.repeated)} repeated, ${number(of.reordered)} reordered`,
    "",
    ...table([
      ["seen by", "events", "lost", "repeated", "reordered", "resumes", "caught up"],
      ...watchers.map((reader) => readerRow(reader.client, [reader])),
      readerRow(`${players.length} guests, ws`, players),
    ]),
    "",
    `log           ${number(of.events)} events`,
    `gaps          ${counts(of.gaps)}`,
    `connections   ${counts(of.closes)}`,
    `kills         ${of.kills}${of.away.map((ms) => `, ready again after ${Math.round(ms)} ms`).join("")}`,
    "",
    ...table([
      ["milliseconds", "p50", "p99", "count"],
      ...Object.entries(of.latency).map(([name, { count, p50, p99 }]) => [
        name,
        ...(count === 0 ? ["–", "–"] : [p50.toFixed(1), p99.toFixed(1)]),
        number(count),
      ]),
    ]),
    "",
    ...(differences.length === 0
      ? ["Everything is as it should be."]
      : ["This differs from what it should be:", ...differences.map((what) => `- ${what}`)]),
  ].join("\n");
}

function readerRow(name: string, readers: readonly ReaderTally[]): string[] {
  const sum = (of: (reader: ReaderTally) => number) =>
    number(readers.reduce((total, reader) => total + of(reader), 0));
  return [
    name,
    sum((reader) => reader.seen),
    sum((reader) => reader.lost),
    sum((reader) => reader.repeated),
    sum((reader) => reader.reordered),
    sum((reader) => reader.resumes),
    sum((reader) => reader.caughtUp),
  ];
}

function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

const number = (value: number) => value.toLocaleString("en-US");

function counts(of: Record<string, number>): string {
  const parts = Object.entries(of).map(([name, count]) => `${number(count)} ${name}`);
  return parts.length === 0 ? "0" : parts.join(", ");
}
