import type { ClientEntry, LogEvent, Transport } from "../history.ts";
import type { Violation } from "../invariants.ts";
import { type Known, wordless } from "./known.ts";

/** How an event was seen first: with its words, and, of a deleted message, without. */
interface Version {
  readonly by: string;
  readonly id: string;
  readonly body: string;
}

/** I2 and I11. The one change that an event may see is that the words of a deleted message go. */
export function* checkAgreement(
  history: readonly ClientEntry[],
  log: readonly LogEvent[],
  known: Known,
): Iterable<Violation> {
  const firsts = new Map<number, Version>();
  for (const event of log) {
    firsts.set(event.seq, { by: "the final log", id: event.id, body: event.body });
    const deletion = known.emptied.get(event.seq);
    if (deletion && wordless(event.body, deletion.at) !== event.body) {
      const what = `the final log holds the words of seq ${event.seq}, which were deleted at seq ${deletion.seq}`;
      yield { rule: "I2", what };
    }
  }
  const wholes = new Map<number, Version>();
  const seenIn = new Map<number, Map<Transport, string>>();
  const since = whenDeleted(history, known);
  const asked = new Map<string, number>();
  for (const [index, entry] of history.entries()) {
    if (entry.kind === "ask") asked.set(entry.client, index);
    if (entry.kind !== "observe") continue;
    const { seq, id, body, client, transport } = entry;
    const first = firsts.get(seq);
    if (!first) firsts.set(seq, { by: client, id, body });
    const deletion = known.emptied.get(seq);
    if (deletion && wordless(body, deletion.at) !== body) {
      const whole = wholes.get(seq);
      if (!whole) wholes.set(seq, { by: client, id, body });
      else if (whole.body !== body) yield disagree(entry, whole);
      if ((since.get(deletion.target) ?? Infinity) < (asked.get(client) ?? -1)) {
        const what = `${client} was shown the words of seq ${seq} when they asked after these were deleted`;
        yield { rule: "I2", what };
      }
    }
    if (!first || (first.id === id && first.body === body)) continue;
    const isSame = (of: Version) =>
      of.id === id && deletion !== undefined && left(of.body) === left(body);
    const left = (of: string) => wordless(of, deletion?.at ?? 0);
    if (isSame(first)) continue;
    yield disagree(entry, first);
    const others = seenIn.get(seq) ?? new Map<Transport, string>();
    seenIn.set(seq, others.set(transport, body));
  }
  yield* checkTransports(history, seenIn, known);
}

/** I11: where somebody disagrees, whether it is by the door. */
function* checkTransports(
  history: readonly ClientEntry[],
  seenIn: ReadonlyMap<number, ReadonlyMap<Transport, string>>,
  { emptied }: Known,
): Iterable<Violation> {
  if (seenIn.size === 0) return;
  for (const entry of history) {
    if (entry.kind !== "observe") continue;
    for (const [transport, body] of seenIn.get(entry.seq) ?? []) {
      if (transport === entry.transport || body === entry.body) continue;
      const { seq } = entry;
      const deletion = emptied.get(seq);
      if (deletion && wordless(body, deletion.at) === wordless(entry.body, deletion.at)) continue;
      yield { rule: "I11", what: `seq ${seq} differs between ${transport} and ${entry.transport}` };
    }
  }
}

/** From which entry on a message is known to be deleted: its deletion was answered, or somebody saw it. */
function whenDeleted(history: readonly ClientEntry[], { deletions }: Known): Map<number, number> {
  const targets = new Map([...deletions].map(([target, { seq }]) => [seq, target]));
  const asked = new Map<string, number>();
  const since = new Map<number, number>();
  const know = (target: number | undefined, index: number) => {
    if (target !== undefined && !since.has(target)) since.set(target, index);
  };
  for (const [index, entry] of history.entries()) {
    if (entry.kind === "change" && entry.want.type === "message.deleted")
      asked.set(`${entry.by} ${entry.ref}`, entry.want.target);
    else if (entry.kind === "changed") know(asked.get(`${entry.by} ${entry.ref}`), index);
    else if (entry.kind === "observe") know(targets.get(entry.seq), index);
  }
  return since;
}

function disagree({ client, seq, body }: ClientEntry & { kind: "observe" }, first: Version) {
  const what = `${client} and ${first.by} disagree about seq ${seq}: ${body} / ${first.body}`;
  return { rule: "I2", what } as const;
}
