/** Redis cannot be used as it is; the message says what to do. */
export class RedisError extends Error {}
