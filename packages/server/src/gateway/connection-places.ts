import { fail, limits } from "@snug/protocol";
import { Places } from "./places.ts";

/** Seconds until a connection too many may be tried again. */
const RETRY = 30;

/** Places for sockets and streams alike. */
export interface ConnectionPlaces {
  readonly ofUser: Places;
  readonly ofAddress: Places;
}

// A person has some ten devices and tabs, and what is lost is noticed within 45 s.
// A whole university may sit behind one address; one machine has 28,000 ports.
/** @param elsewhere connections that a user has on other nodes; addresses are counted on each */
export function connectionPlaces(
  areLimited: boolean,
  elsewhere: (user: string) => number,
): ConnectionPlaces {
  const most = (limit: number) => (areLimited ? limit : Number.POSITIVE_INFINITY);
  return {
    ofUser: new Places(most(limits.connectionsPerUser), elsewhere),
    ofAddress: new Places(most(limits.connectionsPerAddress)),
  };
}

export const tooManyConnections = fail(
  "rate_limited",
  `Too many sockets and streams are open. Close some, or try again in ${RETRY} s.`,
  { retryAfter: RETRY },
);
