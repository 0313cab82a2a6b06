import type { Readable } from "../store.ts";

/** Milliseconds after which what did not happen is taken not to happen. */
const LATEST = 15_000;

/** The first value of a store that fits. Subscribes meanwhile, as an app does. */
export function until<Value>(
  { get, subscribe }: Readable<Value>,
  fits: (value: Value) => boolean,
  what = String(fits),
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      undo();
      settle();
    };
    const look = () => {
      const value = get();
      if (fits(value)) end(() => resolve(value));
    };
    const tooLate = () => reject(new Error(`never so: ${what}\nbut: ${show(get())}`));
    const timer = setTimeout(() => end(tooLate), LATEST);
    const undo = subscribe(look);
    look();
  });
}

/** The same for what nobody tells of: it is looked at again and again. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what = String(holds),
): Promise<void> {
  const latest = performance.now() + LATEST;
  while (!(await holds())) {
    if (performance.now() > latest) throw new Error(`never so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 2_000) ?? String(value);
}
