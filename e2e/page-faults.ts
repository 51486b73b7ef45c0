import type { BrowserContext, Page } from "@playwright/test";

/** Collects what goes wrong in pages unseen: console errors and warnings, uncaught errors, breaches of the policy. */
export class PageFaults {
  readonly #found: string[] = [];
  readonly #allowed: RegExp[] = [];

  /** Looks at every page of the context from now on. */
  async listen(context: BrowserContext): Promise<void> {
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
        console.error(`policy: ${effectiveDirective} refused ${blockedURI}`),
      );
    });
    context.on("page", (page) => this.#watch(page));
  }

  /** A test that makes things go wrong says what the browser may complain of. */
  allow(...patterns: readonly RegExp[]): void {
    this.#allowed.push(...patterns);
  }

  /** @throws Error with every complaint that was not allowed */
  check(): void {
    const left = this.#found.filter((text) => !this.#allowed.some((pattern) => pattern.test(text)));
    if (left.length > 0) throw new Error(`The browser complained:\n${left.join("\n")}`);
  }

  #watch(page: Page): void {
    page.on("console", (message) => {
      const type = message.type();
      if (type === "error" || type === "warning") {
        this.#found.push(`${type}: ${message.text()} (${message.location().url})`);
      }
    });
    page.on("pageerror", (error) => this.#found.push(`uncaught: ${error.stack ?? error.message}`));
  }
}
