/** Something in the environment cannot be used; the message is a table for whoever starts the server. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
