/** Where whoever asked has gone, a platform says so by the signal, and may read on as if nothing were. */
export function untilGone(response: Response, gone: AbortSignal): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  const leave = () => void reader.cancel().catch(() => {});
  // Perhaps before there was an answer.
  if (gone.aborted) leave();
  else gone.addEventListener("abort", leave);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing waits here: how far a reader is behind is told by the queue before this one.
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
