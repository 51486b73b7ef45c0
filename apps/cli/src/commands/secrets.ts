import { Code, ConnectError } from "@connectrpc/connect";
import { ListSecretsResponseSchema, SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import type { Command } from "#cli/command.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { toTable } from "#cli/output.ts";
import { readSecret } from "#cli/read-secret.ts";
import { timeWord } from "#cli/words.ts";

export const secretsList: Command = {
  name: "secrets list",
  operands: "",
  summary: "list the secrets by their keys; values are never shown",
  options: {},
  async run({ connection, output }) {
    const answer = await connection.client(SecretService).listSecrets({});
    output.message(ListSecretsResponseSchema, answer, () => {
      if (answer.secrets.length === 0) return "no secrets";
      const rows = answer.secrets.map(({ key, version, updateTime, updatedBy }) => [
        key,
        String(version),
        timeWord(updateTime),
        updatedBy,
      ]);
      return toTable(["KEY", "VERSION", "UPDATED", "BY"], rows);
    });
    return exitCodes.done;
  },
};

export const secretsSet: Command = {
  name: "secrets set",
  operands: "KEY",
  summary: "keep a secret, or replace it; the value is asked for, or read from stdin",
  options: {},
  async run({ connection, output, stdin }, [key = ""]) {
    const value = await readSecret(stdin, `Value of ${key}: `, (text) => void process.stderr.write(text));
    const secrets = connection.client(SecretService);
    const replaced = await secrets.createSecret({ key, value }).then(
      () => false,
      async (error: unknown) => {
        if (ConnectError.from(error).code !== Code.AlreadyExists) throw error;
        await secrets.replaceSecret({ key, value });
        return true;
      },
    );
    output.result({ key, replaced }, () => `secret ${key} is ${replaced ? "replaced" : "kept"}`);
    return exitCodes.done;
  },
};

export const secretsDelete: Command = {
  name: "secrets delete",
  operands: "KEY",
  summary: "delete a secret",
  options: {},
  async run({ connection, output }, [key = ""]) {
    await connection.client(SecretService).deleteSecret({ key });
    output.result({ key, deleted: true }, () => `secret ${key} is deleted`);
    return exitCodes.done;
  },
};
