import { exitCodes } from "#cli/exit-codes.ts";

/** What people are told, and with which code the program ends. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. */
export class UsageFailure extends Failure {
  constructor(message: string) {
    super(`${message}\nSee: tributary help`, exitCodes.usage);
  }
}
