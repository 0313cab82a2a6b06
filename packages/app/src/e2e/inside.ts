import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type axe from "axe-core";
import { expect } from "bun:test";
import type { Page } from "playwright-core";

const axeSource = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

export const button = (tab: Page, name: string | RegExp) =>
  tab.getByRole("button", { name, ...(typeof name === "string" && { exact: true }) });
export const field = (tab: Page, name: string | RegExp) => tab.getByLabel(name);
/** Of the page that works: the one that the server sent ahead of its script heeds nothing. */
export const heading = (tab: Page, name: string) =>
  tab.getByRole("heading", { level: 1, name, exact: true }).and(tab.locator(":not([inert] *)"));
/** Presses one of a few. */
export const choose = (tab: Page, name: RegExp) => tab.getByRole("radio", { name }).check();
/** A room in one's list. */
export const listed = (tab: Page, name: string | RegExp) =>
  tab.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name });

/** What the browser says of answers that refuse. */
export const refusals = [/status of 4\d\d/];

/** Fills in and sends the form of a new account. */
export async function makeAccount(tab: Page, username: string, password: string): Promise<void> {
  await field(tab, "Username").fill(username);
  await field(tab, "Password").fill(password);
  await button(tab, "Make the account").click();
}

/** Puts axe into a page, which must be of a profile with `bypassCSP`. */
export async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(
      (options) => (window as unknown as { axe: typeof axe }).axe.run(options),
      {
        resultTypes: ["violations"],
        // Only what is about colours can differ between the two.
        ...(colorScheme === "dark" && { runOnly: ["color-contrast", "link-in-text-block"] }),
      } satisfies axe.RunOptions,
    );
    for (const { id, nodes } of violations)
      found.push(`${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }
  return found;
}

/** At no width does anything reach beyond the window's sides, and targets are large enough. */
export async function expectInside(page: Page, state: string): Promise<void> {
  for (const width of [320, 390, 768, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    const faults = await page.evaluate(() => {
      const root = document.scrollingElement ?? document.documentElement;
      const wide = root.scrollWidth > innerWidth ? [`the page is ${root.scrollWidth} wide`] : [];
      const parts = [...document.querySelectorAll("body *")].filter((part) => {
        const { left, right, height } = part.getBoundingClientRect();
        if (!part.checkVisibility() || part.closest(".hidden, svg")) return false;
        // Long lines of code scroll in their own place.
        if (part.matches("pre *")) return false;
        // What is too long for its line is cut there, and said whole elsewhere.
        if (
          part.matches("bdi") &&
          part.closest(".room-title, .listed-text, .room-link, .quoted, .about-message")
        )
          return false;
        const pressed = part.matches("button, input, textarea, select, a.room-link");
        return left < 0 || right > innerWidth + 0.5 || (pressed && height < 43.9);
      });
      return [...wide, ...parts.map((part) => part.outerHTML.slice(0, 160))];
    });
    expect(faults, `${state} at ${width} px`).toEqual([]);
  }
}
