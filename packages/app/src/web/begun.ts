declare global {
  /** Until the room that came with the page is painted. */
  // oxlint-disable-next-line no-var
  var painted: Promise<void> | undefined;
  // oxlint-disable-next-line no-var
  var begun: Map<string, Promise<Response | null>> | undefined;
}

/**
 * Gives the answers that the script of index.html asked for, while this one was
 * on its way, to the first who asks for the same. Who is not signed in may be by
 * the time of the next call: what was answered to a stranger goes no further.
 */
export function takeBegun(): void {
  const answers = globalThis.begun;
  if (!answers) return;
  const ask = globalThis.fetch;
  const take = async (...[input, options]: Parameters<typeof fetch>) => {
    const answer = await answers.get(String(input));
    answers.delete(String(input));
    if (!answer?.ok) answers.clear();
    return answer ?? ask(input, options);
  };
  globalThis.fetch = Object.assign(
    (...given: Parameters<typeof fetch>) =>
      answers.has(String(given[0])) ? take(...given) : ask(...given),
    ask,
  );
}
