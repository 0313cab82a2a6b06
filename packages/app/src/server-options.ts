import { hostTokens, systemClock } from "@snug/server";
import type { Config } from "./config.ts";

/** The settings that say how to serve, whatever it runs on. */
export function serverOptions(config: Config, onFault: (fault: unknown) => void) {
  const { guests, signUp, proxies, rateLimits, allowOrigins, origin, hostKeys } = config;
  const { fileBytes, fileBytesPerUser, fileBytesInAll } = config;
  return {
    onFault,
    guests,
    signUp,
    proxies,
    rateLimits,
    allowOrigins,
    fileLimits: { fileBytes, fileBytesPerUser, fileBytesInAll },
    ...(hostKeys && { hostTokens: hostTokens(hostKeys, systemClock, onFault) }),
    ...(origin !== null && { origin }),
  };
}
