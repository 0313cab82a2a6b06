import pino from "pino";

const stderr = pino.destination({ dest: 2, sync: true });
// Where the log is on a full disk, lines are lost, and nothing else may be.
stderr.on("error", () => {});

/** JSON lines on stderr. Never a token, a cookie or a message's text. */
export const log = pino(
  { base: null, serializers: { fault: pino.stdSerializers.errWithCause } },
  stderr,
);
