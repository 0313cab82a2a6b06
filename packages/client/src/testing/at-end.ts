import { afterAll } from "bun:test";

const acts: (() => Promise<void>)[] = [];

/** Loaded before all tests of a process: this is done after the last of them, in whichever file it is. */
export const atEnd = (act: () => Promise<void>): void => void acts.push(act);

afterAll(async () => {
  for (const act of acts) await act();
});
