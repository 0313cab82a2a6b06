import type { Stream, StreamWire } from "../gateway/stream.ts";

/** Bytes that may wait in the stream before its reader counts as behind. */
const HIGH_WATER = 64 * 1024;

/** A response that stays open and carries what `open`'s stream sends. */
export function sseResponse(open: (wire: StreamWire) => Stream): Response {
  let stream: Stream;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let ended = false;
        stream = open({
          send(bytes) {
            if (!ended) controller.enqueue(bytes);
            return (controller.desiredSize ?? 0) > 0;
          },
          buffered: () => HIGH_WATER - (controller.desiredSize ?? HIGH_WATER),
          together: (write) => write(),
          size: (bytes) => bytes.length,
          end() {
            ended = true;
            controller.close();
          },
        });
      },
      pull: () => stream.drained(),
      cancel: () => stream.closed(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER }),
  );
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
  });
}
