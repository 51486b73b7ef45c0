/** What a suite found of the system: variables that tell it more, or why it cannot run. */
export type Need = { readonly environment: Readonly<Record<string, string>> } | { readonly missing: string };
