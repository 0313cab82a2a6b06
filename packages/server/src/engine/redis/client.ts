import { CHANNELS, createClient, RESP_TYPES } from "@redis/client";
import { getTracingChannel } from "@redis/client/dist/lib/client/tracing.js";
import type { Host, RedisAddress } from "./address.ts";

// Bun does not say that nobody listens here, and the client would copy each command for nobody.
Object.defineProperty(getTracingChannel(CHANNELS.TRACE_COMMAND), "hasSubscribers", {
  value: false,
});

/** Commands that may wait for their answers. */
const WAITING_MAX = 100_000;
const PING_MS = 400;

export type Client = ReturnType<typeof clientOf>;

/**
 * One connection to one Redis. When it breaks it is over, and so is all that was asked
 * on it: nothing is asked again elsewhere that may have been done here.
 *
 * @param silence milliseconds in which nothing was written or came back, after which it is broken
 * @param ping whether something is asked now and then, to see that
 */
export function clientOf(
  { tls, username, password, resp }: Omit<RedisAddress, "hosts" | "name">,
  { host, port }: Host,
  silence: number,
  ping: boolean,
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
    // None has a time of its own: the connection as a whole has to answer.
    commandOptions: { typeMapping: { [RESP_TYPES.MAP]: Array }, timeout: 0 },
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: WAITING_MAX,
    ...(ping && { pingInterval: PING_MS }),
    socket: tls ? { ...times, host, port, tls: true } : { ...times, host, port },
  });
}
