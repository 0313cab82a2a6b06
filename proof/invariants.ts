/**
 * What has to hold in every run, and the rules of docs/protocol.md that promise it.
 * `apart`: why it is not by these histories that it is decided.
 */
export const invariants = {
  I1: {
    holds: "the final log has seq 1..n without hole or repeat, unique ids, and `at` never falls",
    rules: ["ORD1", "ORD5"],
  },
  I2: {
    holds:
      "any two who saw the same seq saw the same id and content, and so has the final log; of what was deleted the words alone are gone, and nobody who asks after that is shown them",
    rules: ["ORD2", "ORD5", "ORD9"],
  },
  I3: {
    holds:
      "every acknowledged send is in the final log at the seq and id of its answer, and every change that was answered is what the log came to",
    rules: ["DUR1", "MSG1", "ORD8"],
  },
  I4: {
    holds:
      "the log holds no message and no change that nobody asked for, none that was refused, none of what cannot be changed so, and each text as sent",
    rules: ["ACC1", "MSG2", "MSG8", "MSG11", "AVL1", "AVL3"],
  },
  I5: {
    holds:
      "each send is in the log at most once, and all answers to its repeats agree; no change is in it that changed nothing",
    rules: ["IDM1", "IDM3", "IDM4", "ORD6"],
  },
  I6: {
    holds: "while a reader stays connected its seqs are consecutive: no repeat, disorder or hole",
    rules: ["SLO2", "RES10", "WS7"],
  },
  I7: {
    holds:
      "over all its resumes a reader saw the log, no more and no less, in one epoch, but for what was cleared away before",
    rules: ["RES1", "RES7", "RES9", "DUR2", "MSG7", "ROOM11"],
  },
  I8: {
    holds: "what one sender sends in order has rising seqs, waiting for the answers or not",
    rules: ["ORD3"],
  },
  I9: {
    holds: "what was sent after another send's answer has a higher seq than that",
    rules: ["ORD4"],
  },
  I10: {
    holds: "a page asked for after an answer does not end before what was answered",
    rules: ["DUR1", "ORD4"],
  },
  I11: {
    holds: "I2 holds between WebSocket, SSE and HTTP paging (it is I2 told for two transports)",
    rules: ["ORD2", "RES2"],
  },
  I12: {
    holds:
      "a page of messages, with its cursor, is what the log had come to at its `head`: edits, deletions, reactions, pins and replies",
    rules: ["MSG3", "MSG4", "MSG5", "MSG8", "MSG9", "MSG11", "MSG13", "MSG16"],
  },
  I13: {
    holds: "nothing of a room reaches who was never let in, nor who was put out, after 1 s",
    rules: ["ACC2", "ACC5", "ROOM9"],
  },
  I14: {
    holds:
      "50 s after any fault, 20 s after the death of one node of several, or 6 s where every broken connection was seen to end, everybody sees who is there, and nobody else come or go",
    rules: ["PRS1", "PRS3", "PRS4", "PRS8"],
  },
  I15: {
    holds:
      "nothing but events of a log is in a log, a page or a resume: no typing, no presence; of who wrote before nobody is told who comes later, nor oneself",
    rules: ["WS7", "SSE1", "PRS5"],
  },
  I16: {
    holds:
      "no connection has over 1 MiB waiting, memory stays near its base, p99 of the loop's lag is below 200 ms",
    rules: ["SLO1", "SLO3", "AVL2"],
    apart: "no run tells the checker of it; slow and flooding clients measure it themselves",
  },
  I17: {
    holds:
      "no send stays without an answer; once faults are over all are answered in 15 s and connected in 30 s, and nobody meets more than 3 gaps in 30 s",
    rules: ["AVL3", "WS5", "RES7"],
  },
  I18: {
    holds: "the durability that the server names is one, and survived every fault it is said to",
    rules: ["DUR3", "OPS6"],
  },
  I19: {
    holds: "no token, password or text of a message is in what the server prints",
    rules: ["OPS1", "OPS13"],
  },
  I20: {
    holds: "no process ended unasked, and none met a fault that it had no answer to",
    rules: ["AVL2", "OPS5"],
  },
} as const satisfies Record<string, { holds: string; rules: readonly string[]; apart?: string }>;

export type Rule = keyof typeof invariants;

export interface Violation {
  rule: Rule;
  what: string;
}
