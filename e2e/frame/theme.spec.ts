import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";

/** Notes the ground's colour at every picture that is drawn from the first on. */
async function notePictures(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    const look = () => {
      // before the style sheet nothing is drawn
      if (document.body && document.styleSheets.length > 0) seen.add(getComputedStyle(document.body).backgroundColor);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return () => page.evaluate(() => [...(window as unknown as { readonly seen: ReadonlySet<string> }).seen]);
}

const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** Each click takes the next of three. */
async function choose(page: Page, theme: "Dark" | "As the system"): Promise<void> {
  const chosen = page.getByRole("button", { name: `Theme: ${theme}` });
  for (let click = 0; click < 3 && (await chosen.count()) === 0; click++) {
    const before = await page.getByRole("button", { name: /^Theme: / }).getAttribute("aria-label");
    await page.getByRole("button", { name: /^Theme: / }).click();
    await expect(page.getByRole("button", { name: before ?? "", exact: true })).toHaveCount(0);
  }
  await expect(chosen).toBeVisible();
}

test("the chosen theme is there at the first picture of the next visit", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Theme: As the system" })).toBeVisible();
  const light = await ground(page);
  await choose(page, "Dark");
  await expect.poll(() => ground(page)).not.toBe(light);
  const dark = await ground(page);

  const pictures = await notePictures(page);
  await page.reload();
  await expect(page.getByRole("button", { name: "Theme: Dark" })).toBeVisible();
  expect(await pictures()).toEqual([dark]);

  await choose(page, "As the system");
  await expect.poll(() => ground(page)).toBe(light);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => ground(page)).toBe(dark);
});
