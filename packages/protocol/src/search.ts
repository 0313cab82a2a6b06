import { fail, succeed, type Failure, type Result } from "./error.ts";

/** What a search asks for. Words are as they were typed: how they are compared is the server's to say. */
export interface Search {
  /** Each is somewhere in the message. */
  readonly terms: readonly string[];
  readonly without: readonly string[];
  /** Whoever wrote it: any of these, or of none anybody. */
  readonly from: readonly string[];
  readonly notFrom: readonly string[];
  readonly in: readonly string[];
  readonly notIn: readonly string[];
  /** Unix milliseconds: from this moment on, and until before that one. */
  readonly since: number | null;
  readonly until: number | null;
}

const operators = ["from", "in", "before", "after"] as const;
type Operator = (typeof operators)[number];

interface Piece {
  readonly not: boolean;
  readonly operator: Operator | null;
  readonly value: string;
}

/**
 * Takes apart what was typed into a search field. Nothing in it is an error but
 * a day that is none, and that there is nothing to look for.
 */
export function parseSearch(q: string): Result<Search> {
  const pieces = piecesOf(q);
  const values = (operator: Operator | null, not: boolean) =>
    pieces.filter((piece) => piece.operator === operator && piece.not === not).map(valueOf);
  const [terms, from] = [values(null, false), values("from", false)];
  if (terms.length === 0 && from.length === 0) return nothing;
  let since: number | null = null;
  let until: number | null = null;
  for (const { operator, not, value } of pieces) {
    if (operator !== "before" && operator !== "after") continue;
    const span = spanOf(value);
    if (span === null || not) return noDay(`${not ? "-" : ""}${operator}:${value}`);
    if (operator === "after") since = Math.max(since ?? span.end, span.end);
    else until = Math.min(until ?? span.start, span.start);
  }
  return succeed({
    terms,
    without: values(null, true),
    from,
    notFrom: values("from", true),
    in: values("in", false),
    notIn: values("in", true),
    since,
    until,
  });
}

/** Why there is nothing to look for. */
export const nothing = fail(
  "invalid_request",
  "q names nothing to look for. Give a word, a phrase in quotes, or from: with a name.",
  { field: "q" },
);

function noDay(what: string): Failure {
  return fail(
    "invalid_request",
    `q holds ${what}, which is no day. Write before:2026-01-31, after:2026-01 or after:2026-01-31T10:00Z.`,
    { field: "q" },
  );
}

// -name:"value" | -name:value | -"phrase" | -word. A quote that nobody closes goes to the end.
const piece = /(-?)(?:(from|in|before|after):)?(?:"([^"]*)(?:"|$)|(\S+))/giu;

function piecesOf(q: string): Piece[] {
  return [...q.matchAll(piece)].flatMap(([, minus, name, phrase, word]) => {
    const operator = operators.find((one) => one === name?.toLowerCase()) ?? null;
    const value = (phrase ?? word ?? "").trim();
    return value === "" ? [] : [{ not: minus === "-", operator, value }];
  });
}

const valueOf = ({ value }: Piece) => value;

const DAY = 24 * 60 * 60 * 1_000;
const day = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/i;

/** A year, a month or a day of UTC, or a moment: when it begins, and when it is over. */
function spanOf(value: string): { start: number; end: number } | null {
  if (moment.test(value)) {
    const at = Date.parse(value.toUpperCase());
    return Number.isNaN(at) ? null : { start: at, end: at + 1 };
  }
  const [, year, month, date] = day.exec(value) ?? [];
  if (year === undefined) return null;
  if (month === undefined) return { start: Date.UTC(+year, 0, 1), end: Date.UTC(+year + 1, 0, 1) };
  if (+month < 1 || +month > 12) return null;
  const [first, next] = [Date.UTC(+year, +month - 1, 1), Date.UTC(+year, +month, 1)];
  if (date === undefined) return { start: first, end: next };
  const start = first + (+date - 1) * DAY;
  return start < first || start >= next ? null : { start, end: start + DAY };
}
