/** Has the browser save content as a file. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // the browser has taken hold of the content by the next turn
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}
