import type { Page } from "playwright-core";
import { log } from "./testing.ts";

/** What is in view of the log, by the numbers of the messages, and where. */
interface Sight {
  readonly seqs: readonly number[];
  /** How many rows there are for it. */
  readonly drawn: number;
  readonly top: number;
  readonly toEnd: number;
}

export async function look(page: Page): Promise<Sight> {
  const [sight] = await walk(page, 0);
  if (sight === undefined) throw new Error("nobody looked");
  return sight;
}

/** Scrolls by so much at a time, drawn each time, until there is no further; what was seen on the way. */
export const walk = (page: Page, by: number): Promise<Sight[]> =>
  log(page).evaluate(async (list, pixels) => {
    const sights: Sight[] = [];
    for (;;) {
      const view = list.getBoundingClientRect();
      const seqs = [...list.querySelectorAll("[data-seq]")]
        .filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return bottom > view.top && top < view.bottom;
        })
        .map((row) => Number(row.getAttribute("data-seq")))
        .sort((one, other) => one - other);
      const top = list.scrollTop;
      const toEnd = list.scrollHeight - list.clientHeight - top;
      sights.push({ seqs, drawn: list.querySelectorAll("[data-key]").length, top, toEnd });
      if (pixels === 0 || (pixels < 0 ? top <= 0 : toEnd <= 1)) return sights;
      list.scrollTop += pixels;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
  }, by);

/**
 * Watches, in every drawn frame while nobody scrolls, the row at the top of
 * the view; `drift` is by how many pixels it moved at most.
 */
export async function watchDrift(page: Page) {
  await log(page).evaluate((list) => {
    const watch: Watch = { drift: 0, key: null, top: 0 };
    Object.assign(window, { watch });
    const frame = () => {
      if (watch.key !== null) {
        const row = [...list.querySelectorAll("[data-key]")].find(
          (one) => one.getAttribute("data-key") === watch.key,
        );
        const moved = row ? Math.abs(row.getBoundingClientRect().top - watch.top) : Infinity;
        watch.drift = Math.max(watch.drift, moved);
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const frames = () =>
    page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  return {
    /** By how much the row being read moved at most while `act` ran and nobody scrolled. */
    async during(act: () => Promise<unknown>): Promise<number> {
      await frames();
      await log(page).evaluate((list) => {
        const view = list.getBoundingClientRect();
        const first = [...list.querySelectorAll("[data-key]")]
          .map((row) => ({
            key: row.getAttribute("data-key"),
            top: row.getBoundingClientRect().top,
          }))
          .filter(({ top }) => top >= view.top)
          .sort((one, other) => one.top - other.top)[0];
        const { watch } = window as unknown as { watch: Watch };
        Object.assign(watch, { drift: 0, ...first });
      });
      await act();
      await frames();
      return page.evaluate(() => {
        const { watch } = window as unknown as { watch: Watch };
        watch.key = null;
        return watch.drift;
      });
    },
  };
}

interface Watch {
  drift: number;
  /** The row that is watched, and where it was; `null`: nobody reads. */
  key: string | null;
  top: number;
}

/**
 * Scrolls, and waits until it is drawn. Relative, so that a page that comes in
 * meanwhile makes no leap of it.
 */
export const scrollBy = (page: Page, by: number) =>
  log(page).evaluate(async (list, pixels) => {
    list.scrollTop += pixels;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }, by);

/** Until so many are drawn. */
export const frames = (page: Page, count: number) =>
  page.evaluate(async (wanted) => {
    for (let drawn = 0; drawn < wanted; drawn++) await new Promise(requestAnimationFrame);
  }, count);

/** Short, long and many-lined ones, as people write. */
export function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const text = `message ${index + 1}`;
    if (index % 17 === 0) return `${text} ${"with many words ".repeat(30)}`;
    if (index % 11 === 0) return `${text}\nand\nthree\nlines`;
    return text;
  });
}
