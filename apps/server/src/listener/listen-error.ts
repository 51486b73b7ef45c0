/** The server cannot listen where it was told to; the message says what to do about it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}
