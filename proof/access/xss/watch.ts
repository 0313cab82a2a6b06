import type { BrowserContext, Page, Request } from "playwright-core";

/** What the page's own scripts write down, from before the first of them runs. */
interface Witness {
  ran: number;
  violations: string[];
}

/** Milliseconds in which the answers have come; who still has none is not waited for. */
const ANSWERED_WITHIN = 2_000;

/** What a page must have none of, however often it is asked. */
export class Watch {
  readonly #page: Page;
  readonly #own: string;
  /** Requests without an answer yet. */
  readonly #asking = new Set<Request>();
  /** Tags that the page itself is made of, as they were with harmless texts. */
  readonly #tags = new Set<string>();
  readonly troubles: string[] = [];
  /** When something of what would be a script was shown. */
  readonly shown = new Set<string>();

  private constructor(page: Page, own: string) {
    this.#page = page;
    this.#own = own;
    const trouble = (text: string) => void this.troubles.push(text);
    page.on("dialog", (dialog) => {
      trouble(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => trouble(`an error: ${error.message}`));
    page.on("popup", (popup) => trouble(`a window: ${popup.url()}`));
    const answered = (request: Request) => void this.#asking.delete(request);
    // Not when they are finished: of some answers the page reads no more than the status.
    page.on("response", (response) => answered(response.request()));
    page.on("requestfailed", answered);
    // What the page before asked is nobody's concern any more.
    page.on("framenavigated", () => this.#asking.clear());
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol === "data:") return;
      this.#asking.add(request);
      if (origin !== own) trouble(`a request to ${request.url()}`);
    });
  }

  static async on(page: Page, own: string): Promise<Watch> {
    await page.addInitScript(() => {
      const witness: Witness = { ran: 0, violations: [] };
      Object.assign(window, { witness, pwned: () => witness.ran++ });
      document.addEventListener("securitypolicyviolation", (event) =>
        witness.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
      );
    });
    return new Watch(page, own);
  }

  /** Takes what there is now as the page's own. */
  async learn(): Promise<void> {
    await this.#settled();
    for (const tag of (await this.#read()).tags) this.#tags.add(tag);
  }

  /** Notes all that is there now and should not be. `when`: for the notes. */
  async look(when: string): Promise<void> {
    await this.#settled();
    const { tags, odd, ran, violations, origin, shows } = await this.#read();
    if (shows) this.shown.add(when);
    const strange = tags.filter((tag) => !this.#tags.has(tag));
    const notes = [
      ...(ran > 0 ? [`${ran} scripts ran`] : []),
      ...violations.map((one) => `the policy was violated: ${one}`),
      ...odd.map((one) => `an element that is not the page's: ${one}`),
      ...strange.map((tag) => `a tag that is not the page's: ${tag}`),
      ...(origin === this.#own ? [] : [`it went to ${origin}`]),
    ];
    for (const note of notes) this.troubles.push(`${when}: ${note}`);
  }

  /** What was just pressed has asked its questions, and drawn the answers. */
  async #settled(): Promise<void> {
    // Not by frames: a window that nobody sees draws none.
    const drawn = () =>
      this.#page.evaluate(() => new Promise<void>((done) => setTimeout(done, 30)));
    await drawn();
    const deadline = performance.now() + ANSWERED_WITHIN;
    while (this.#asking.size > 0 && performance.now() < deadline) await drawn();
  }

  #read() {
    return this.#page.evaluate(() => {
      const { witness } = window as unknown as { witness: Witness };
      const odd: string[] = [];
      const tags = new Set<string>();
      for (const element of document.querySelectorAll("*")) {
        tags.add(
          element.namespaceURI?.includes("svg") ? `svg ${element.localName}` : element.localName,
        );
        for (const { name, value } of element.attributes) {
          const isScript = name.startsWith("on") || name === "srcdoc" || name === "formaction";
          const isAddress = ["href", "src", "xlink:href", "action", "data"].includes(name);
          const isOwn = element.matches("head > link[rel=icon]");
          const isSafe = /^(https?:\/\/|\/|\.\/|#|$)/.test(value);
          if (isScript || (isAddress && !isSafe && !isOwn))
            odd.push(element.outerHTML.slice(0, 200));
        }
      }
      const { ran, violations } = witness;
      const typed = [...document.querySelectorAll("input, textarea")].map(
        (field) => (field as HTMLInputElement).value,
      );
      const shows = [document.body.innerText, ...typed].some((text) => text.includes("pwned"));
      return { tags: [...tags], odd, ran, violations, origin: location.origin, shows };
    });
  }
}

/** How many of these run in a page that puts them into itself as they are, and has no policy. */
export async function bite(context: BrowserContext, texts: readonly string[]): Promise<number> {
  let bitten = 0;
  for (const text of texts) {
    const page = await context.newPage();
    bitten += await page
      .evaluate(async (markup) => {
        let ran = 0;
        Object.assign(window, { pwned: () => ran++ });
        const body = document.createElement("div");
        body.innerHTML = markup;
        document.body.append(body);
        // What `innerHTML` leaves asleep, a template engine or `document.write` would not.
        for (const script of body.querySelectorAll("script")) {
          const copy = document.createElement("script");
          for (const { name, value } of script.attributes) copy.setAttribute(name, value);
          copy.textContent = script.textContent;
          script.replaceWith(copy);
        }
        for (const link of body.querySelectorAll<HTMLElement>("a, button, area, x, xss, bdi")) {
          link.dispatchEvent(new Event("pointerenter"));
          link.dispatchEvent(new Event("mouseover", { bubbles: true }));
          link.click();
        }
        await new Promise((resolve) => setTimeout(resolve, 30));
        return ran > 0 ? 1 : 0;
      }, text)
      .catch(() => 0);
    await page.close();
  }
  return bitten;
}
