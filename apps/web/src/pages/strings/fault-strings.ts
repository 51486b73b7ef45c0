/** The page for pages that failed. */
export const faultStrings = {
  title: "Page failed",
  lead: "This page could not be shown",
  text: "Something in it went wrong. The rest of the dashboard goes on working.",
  lost: "A part of the page could not be fetched. The server may have been updated since you opened it: load it again.",
  reload: "Load the page again",
} as const;
