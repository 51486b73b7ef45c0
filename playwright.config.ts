export { default } from "./e2e/playwright-settings.ts";
