import { cheapPasswords } from "@snug/server/testing";
import { expect, test } from "bun:test";
import {
  button,
  choose,
  expectInside,
  field,
  findings,
  heading,
  listed,
  makeAccount,
  refusals,
} from "./inside.ts";
import {
  comeIn,
  composer,
  expectEventually,
  expectTexts,
  goOffline,
  nameField,
  networkIsDown,
  say,
  stage,
} from "./testing.ts";

const { serve, profile, tab } = stage();
const password = "correct horse";
const passwords = cheapPasswords;

test("an account is made, signed out of, and signed into again with all its rooms", async () => {
  const server = await serve({ passwords });
  const page = await tab(await profile(), server.url, refusals);
  await button(page, "Make an account").click();
  await makeAccount(page, "ada", "short");
  await page
    .getByRole("alert")
    .getByText(/at least 8/)
    .waitFor();
  expect(await field(page, "Password").getAttribute("autocomplete")).toBe("new-password");
  await makeAccount(page, "ada", password);
  await composer(page).waitFor();
  await say(page, "Hello");
  await expectTexts(page, ["Hello"]);
  await button(page, /^You: ada/).click();
  await expectEventually(() => page.title(), "general · Snug");
  await button(page, "Sign out").click();
  await button(page, "Sign in").click();
  expect(await page.title()).toBe("Snug");
  await field(page, "Username").fill("ADA");
  await field(page, "Password").fill("wrong one");
  await field(page, "Password").press("Enter");
  await page
    .getByRole("alert")
    .getByText(/username/i)
    .waitFor();
  await field(page, "Password").fill(password);
  await field(page, "Password").press("Enter");
  await expectTexts(page, ["Hello"]);
});

test("a guest becomes an account and keeps name, rooms and history", async () => {
  const server = await serve({ passwords });
  const page = await tab(await profile(), server.url);
  await comeIn(page, "Ada");
  await say(page, "As a guest");
  await expectTexts(page, ["As a guest"]);
  await button(page, /^You: Ada/).click();
  await button(page, "Keep this name: make an account").click();
  // Asked twice, it is made once, and the dialog stays meanwhile.
  const gate = Promise.withResolvers<void>();
  await page.route("**/v1/accounts", (route) => gate.promise.then(() => route.continue()));
  await makeAccount(page, "ada", password);
  await field(page, "Password").press("Enter");
  gate.resolve();
  await page.getByText("Signed in as ada").waitFor();
  await page.keyboard.press("Escape");
  await say(page, "With an account");
  await expectTexts(page, ["As a guest", "With an account"]);
  await page.reload();
  await expectTexts(page, ["As a guest", "With an account"]);
  const mine = page.locator("article[data-mine]");
  expect(await mine.count()).toBe(2);
});

test("the claim in the address makes the first administrator, who sees people and rooms", async () => {
  let word = "";
  const server = await serve({ passwords, adminClaim: (said) => (word = said), signUp: "off" });
  const bob = await server.guest("Bob");
  const attic = await bob.room("private", { name: "attic" });
  await bob.post("a secret", "c1", attic);
  const page = await tab(await profile(), `${server.url}/#claim=${word}`);
  await page.getByText(/its administrator/).waitFor();
  await makeAccount(page, "ada", password);
  await composer(page).waitFor();
  expect(new URL(page.url()).hash).toBe("");
  await button(page, /^You: ada/).click();
  await button(page, "All rooms").click();
  await page.getByText("private, 1 member").waitFor();
  await button(page, "Back").click();
  await button(page, "All people").click();
  await page.getByRole("listitem").filter({ hasText: "Bob" }).getByRole("button").click();
  await button(page, "Remove Bob").click();
  await page.getByRole("listitem").filter({ hasText: "Bob" }).waitFor({ state: "detached" });
  expect((await bob.call("GET", "/v1/me")).status).toBe(401);
});

test("people of a demonstration are one press away, their password in view", async () => {
  const demo = [{ username: "mira", name: "Mira", password }];
  const server = await serve({ passwords, demo });
  await server.account("mira", { name: "Mira" });
  const page = await tab(await profile(), server.url);
  await page.getByText(password).waitFor();
  await button(page, /^Mira/).click();
  await button(page, /^You: Mira/).waitFor();
});

test("where guests need an invite there is a way to sign in, and none for a name", async () => {
  const server = await serve({ passwords, guests: "invite", signUp: "invite" });
  const page = await tab(await profile(), server.url);
  await page.getByText(/by an invite here/).waitFor();
  expect(await nameField(page).count()).toBe(0);
  expect(await button(page, "Make an account").count()).toBe(0);
});

test("who may come in how is asked again after a failure, and after a break", async () => {
  const server = await serve({ passwords });
  const context = await profile();
  let fails = 1;
  await context.route("**/v1/doors", (route) => (fails-- > 0 ? route.abort() : route.continue()));
  const page = await tab(context, server.url, networkIsDown);
  await button(page, "Make an account").waitFor();
  await comeIn(page, "Ada");
  await goOffline(context, server);
  await page.getByText("Offline").first().waitFor();
  const again = page.waitForRequest("**/v1/doors");
  await context.setOffline(false);
  await again;
});

test("[ACC3] another device is signed out from here; name, picture, how one is seen, and tokens are one's own to change", async () => {
  const server = await serve({ passwords });
  const ada = await server.account("ada", { name: "Ada" });
  await ada.post("from the phone");
  const page = await tab(await profile(), server.url);
  await button(page, "Sign in").click();
  await field(page, "Username").fill("ada");
  await field(page, "Password").fill(password);
  await button(page, "Sign in").click();
  await expectTexts(page, ["from the phone"]);
  await button(page, /^You: Ada/).click();
  await button(page, "Devices").click();
  const phone = page.getByRole("listitem").filter({ hasText: "Last used" });
  await phone.getByRole("button", { name: "Sign out" }).click();
  await phone.waitFor({ state: "detached" });
  expect((await ada.call("GET", "/v1/me")).status).toBe(401);
  await button(page, "Back").click();
  await button(page, "Name and picture").click();
  await field(page, "Your name").fill("Ada L.");
  await field(page, /^Picture/).fill("AL");
  await button(page, "Save").click();
  await button(page, "Tokens for programs").click();
  await button(page, "Make a token").click();
  const token = await field(page, /shown this once/).inputValue();
  const program = server.with(ada.user, token);
  expect((await program.post("from a program")).status).toBe(201);
  await button(page, "Back").click();
  await button(page, "How others see you").click();
  const seen = async () => {
    const { presence, receipts } = await program.get("/v1/me");
    return [presence, receipts];
  };
  expect(await seen()).toEqual(["auto", true]);
  await choose(page, /^Busy/);
  await choose(page, /^Hidden/);
  await expectEventually(seen, ["busy", false]);
  await button(page, "Back").click();
  await button(page, "Tokens for programs").click();
  await button(page, "Revoke").click();
  await page.getByText("None yet.").waitFor();
  expect((await program.post("too late")).status).toBe(401);
  await page.keyboard.press("Escape");
  await button(page, /^You: Ada L\./).waitFor();
  const names = page.locator("article [id$=author]");
  expect(await names.first().textContent()).toBe("Ada L.");
});

test("what is told while a dialog is open is seen and heard in it", async () => {
  const server = await serve({ passwords });
  await server.account("ada", { name: "Ada" });
  const page = await tab(await profile({ viewport: { width: 390, height: 700 } }), server.url);
  await button(page, "Sign in").click();
  await field(page, "Username").fill("ada");
  await field(page, "Password").fill(password);
  await button(page, "Sign in").click();
  await button(page, "Your rooms").click();
  await button(page, /^You: Ada/).click();
  await button(page, "Password").click();
  const dialog = page.locator("dialog:modal");
  // It stands there before, or nobody hears it.
  const place = await dialog.locator(".said-place[role=status]").elementHandle({ timeout: 5_000 });
  await field(page, "Present password").fill(password);
  await field(page, "New password").fill("another password");
  await button(page, "Change the password").click();
  await dialog.getByText("The password is changed").waitFor();
  expect(await place?.textContent()).toMatch(/^The password is changed/);
});

test("who erases themselves types a word first, and is out, and what they began to write with them", async () => {
  const server = await serve({ passwords });
  const page = await tab(await profile(), server.url);
  await comeIn(page, "Ada");
  await composer(page).fill("half a thought");
  await button(page, /^You: Ada/).click();
  await button(page, "Erase yourself here").click();
  await button(page, "Delete for good").click();
  await page
    .getByRole("alert")
    .getByText(/Type delete/)
    .waitFor();
  await field(page, /Type delete/).fill("delete");
  await field(page, /Type delete/).press("Enter");
  await comeIn(page, "Tom");
  expect(await composer(page).inputValue()).toBe("");
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("half a thought");
});

test("who is out before the answer to their erasure comes writes their next name undisturbed", async () => {
  const server = await serve({ passwords });
  const page = await tab(await profile(), server.url);
  await comeIn(page, "Ada");
  const late = Promise.withResolvers<void>();
  await page.route("**/v1/me", async (route) => {
    if (route.request().method() !== "DELETE") return route.continue();
    const response = await route.fetch();
    await late.promise;
    return route.fulfill({ response });
  });
  await button(page, /^You: Ada/).click();
  await button(page, "Erase yourself here").click();
  await field(page, /Type delete/).fill("delete");
  const answered = page.waitForResponse((one) => one.request().method() === "DELETE");
  await field(page, /Type delete/).press("Enter");
  await nameField(page).fill("Tom");
  late.resolve();
  await answered;
  await page.waitForFunction(() => localStorage.getItem("snug.name") === null);
  expect(await nameField(page).inputValue()).toBe("Tom");
  await nameField(page).press("Enter");
  await composer(page).waitFor();
});

test("what one is asked about oneself fits every width, and axe-core finds nothing", async () => {
  let word = "";
  const server = await serve({ passwords, adminClaim: (said) => (word = said) });
  const context = await profile({ bypassCSP: true, reducedMotion: "reduce" });
  const page = await tab(context, `${server.url}/#claim=${word}`);
  await field(page, "Username").waitFor();
  await expectInside(page, "making an account");
  expect(await findings(page)).toEqual([]);
  await makeAccount(page, "a".repeat(32), password);
  await heading(page, "general").waitFor();
  await listed(page, "general").waitFor();
  await button(page, /^You:/).click();
  const dialog = page.getByRole("dialog");
  for (const view of [
    "Name and picture",
    "Password",
    "Devices",
    "Tokens for programs",
    "All people",
    "All rooms",
    "Delete the account",
  ]) {
    await dialog.getByRole("button", { name: view }).click();
    await dialog.locator(".pulse").waitFor({ state: "detached" });
    await expectInside(page, view);
    expect(await findings(page)).toEqual([]);
    await button(page, "Back").click();
  }
});
