import pino from "pino";

/** JSON lines on stderr. Never a token, a cookie or a message's text. */
export const log = pino(
  { base: null, serializers: { fault: pino.stdSerializers.errWithCause } },
  pino.destination({ dest: 2, sync: true }),
);
