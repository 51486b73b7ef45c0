/** Has the browser save content as a file. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  saveFrom(address, name);
  // the browser has taken hold of the content by the next turn
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

/** Has the browser save what is at an address, without this page; the server names the file unless a name is given. */
export function saveFrom(address: string, name = ""): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
