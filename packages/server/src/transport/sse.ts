import type { EventStream, StreamWire } from "../gateway/event-stream.ts";

/** Bytes that may wait in the stream before it is no longer asked for more. */
const HIGH_WATER = 64 * 1024;

/**
 * A response that stays open and carries what `open`'s stream sends.
 *
 * @param letGo called when nothing more may be sent while something still waits:
 * whoever holds the network's end should close it soon
 * @param over called when it has ended, whoever ended it, perhaps more than once
 */
export function sseResponse(
  open: (wire: StreamWire) => EventStream,
  letGo: () => void,
  over: () => void,
): Response {
  let stream: EventStream;
  let buffered = () => 0;
  // Asked for more only while something waits: to be asked after each piece costs a tenth of what it takes.
  let ask: (() => void) | null = null;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let ended = false;
        const end = () => {
          ended = true;
          over();
          controller.close();
        };
        buffered = () => HIGH_WATER - (controller.desiredSize ?? HIGH_WATER);
        stream = open({
          send(bytes) {
            if (!ended) controller.enqueue(bytes);
            if (buffered() === 0) return true;
            ask?.();
            return false;
          },
          buffered,
          together: (write) => write(),
          size: (bytes) => bytes.length,
          shares: true,
          end,
          giveUp() {
            end();
            letGo();
          },
          abort() {
            if (buffered() === 0) return end();
            ended = true;
            over();
            controller.error(new Error("the session ended"));
            letGo();
          },
        });
      },
      pull() {
        stream.drained();
        if (buffered() === 0) return new Promise<void>((resolve) => (ask = resolve));
      },
      cancel() {
        over();
        stream.closed();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER }),
  );
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
  });
}
