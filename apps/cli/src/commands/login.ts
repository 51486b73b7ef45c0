import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import type { Command } from "#cli/command.ts";
import { connectTo } from "#cli/connection.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { Failure } from "#cli/failure.ts";
import { readSecret } from "#cli/read-secret.ts";
import { keepToken } from "#cli/settings.ts";

export const login: Command = {
  name: "login",
  operands: "",
  summary: "keep an API token for a server; it is asked for, or read from stdin",
  options: {},
  async run({ connection: { server }, environment, output, stdin }) {
    const token = await readSecret(stdin, `API token for ${server}: `, (text) => void process.stderr.write(text));
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new Failure("this is no API token: it has other characters than those have");
    const { principal } = await connectTo(server, token).client(SystemService).getSystem({});
    await keepToken(environment, server, token);
    output.result({ server, principal }, () => `logged in to ${server} as ${principal}`);
    return exitCodes.done;
  },
};

export const logout: Command = {
  name: "logout",
  operands: "",
  summary: "forget the API token of a server",
  options: {},
  async run({ connection: { server }, environment, output }) {
    await keepToken(environment, server, undefined);
    output.result({ server }, () => `logged out of ${server}`);
    return exitCodes.done;
  },
};
