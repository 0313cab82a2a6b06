import { createClient, RESP_TYPES } from "@redis/client";
import type { Host, RedisAddress } from "./address.ts";

/** Commands that may wait for their answers. */
const WAITING_MAX = 100_000;
const PING_MS = 400;

export type Client = ReturnType<typeof clientOf>;

/**
 * One connection to one Redis. When it breaks it is over, and so is all that was asked
 * on it: nothing is asked again elsewhere that may have been done here.
 *
 * @param silence milliseconds without a sign of life after which it is taken to be broken
 */
export function clientOf(
  { tls, username, password, resp }: Omit<RedisAddress, "hosts" | "name">,
  { host, port }: Host,
  silence: number,
) {
  const times = {
    connectTimeout: silence,
    socketTimeout: silence,
    reconnectStrategy: false as const,
  };
  return createClient({
    ...(username && { username }),
    ...(password && { password }),
    RESP: resp,
    // What is a map in RESP 3 comes as it does in RESP 2.
    commandOptions: { typeMapping: { [RESP_TYPES.MAP]: Array } },
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: WAITING_MAX,
    pingInterval: PING_MS,
    socket: tls ? { ...times, host, port, tls: true } : { ...times, host, port },
  });
}
