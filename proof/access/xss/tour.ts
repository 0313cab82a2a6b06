import type { Page } from "playwright-core";

/** Opens every view that shows what others wrote, and calls `look` in each. */
export async function tour(page: Page, look: (view: string) => Promise<void>): Promise<void> {
  const button = (name: string | RegExp) =>
    page.getByRole("button", { name, ...(typeof name === "string" && { exact: true }) });
  const dialog = page.getByRole("dialog");
  await button(/^You: /).waitFor();
  await look("the room");

  await button("About this room").click();
  // Before it is there, there is nothing to look at, and what comes late moves what is pressed.
  await button("Pinned messages").waitFor();
  await look("members");
  for (const view of [
    "Pinned messages",
    "Threads you follow",
    "Banned people",
    "Invites",
    "Add people",
    "Name and topic",
  ]) {
    await button(view).click();
    await look(view);
    await button("Back").click();
  }
  await page.keyboard.press("Escape");

  for (const view of ["Public rooms", "New room", "Write to somebody"]) {
    await button(view).first().click();
    await dialog.waitFor();
    await look(view);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
  await page.keyboard.press("/");
  await page.getByRole("textbox", { name: "Search messages" }).fill("e");
  await page.locator(".hit").first().waitFor();
  await look("search");
  await page.keyboard.press("Escape");

  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Room" }).waitFor();
  await look("going to a room");
  await page.keyboard.press("Escape");

  await button(/^You: /).click();
  await dialog.getByRole("button", { name: "Devices" }).waitFor();
  await look("you");
  const own = ["Name and picture", "Devices", "Tokens for programs", "All people", "All rooms"];
  for (const view of own) {
    await dialog.getByRole("button", { name: view }).click();
    await look(view);
    await button("Back").click();
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}
