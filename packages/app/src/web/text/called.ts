import type { Mention } from "@snug/protocol";

/** Ids of those whom a message calls, by the server's word; `null` until it was asked. */
export type Called = readonly string[] | null;

/** Whether what looks like a mention is one: some name nobody who is here. */
export function isCalled(
  mention: Mention,
  called: Called,
  usernameOf: (id: string) => string | undefined,
): boolean {
  switch (mention.kind) {
    case "here":
    case "room":
      return true;
    case "id":
      return called?.includes(mention.of) ?? true;
    case "username":
      return called?.some((id) => isSame(usernameOf(id), mention.of)) ?? true;
  }
}

const isSame = (one: string | undefined, other: string) =>
  one?.toLowerCase() === other.toLowerCase();
