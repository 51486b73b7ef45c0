/**
 * Sends a file for jobs of the Agent: browsers send no streams of messages, so it goes by plain HTTP, as it is.
 *
 * @throws Error with what the server says of it
 */
export async function putStagedFile(id: string, content: Blob): Promise<void> {
  const response = await fetch(`/agent/files/${encodeURIComponent(id)}`, { method: "PUT", body: content });
  if (response.ok) return;
  const text = (await response.text()).slice(0, 1000);
  throw new Error(messageOf(text) || `${response.status} ${response.statusText}`);
}

/** What is refused is said as JSON or as a line of text. */
function messageOf(text: string): string {
  try {
    const { message }: { message?: unknown } = JSON.parse(text);
    return typeof message === "string" ? message : "";
  } catch {
    return text.trim();
  }
}
