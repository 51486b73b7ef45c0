/** Thrown for a command line that cannot be understood; the message says what to change. */
export class UsageError extends Error {}

/** @throws UsageError naming the option, for what is no whole number from `least` to `most` */
export function wholeNumber(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`${option}: "${text}" is not a whole number from ${least} to ${most}`);
  }
  return value;
}

/** `key=value`. @throws UsageError */
export function readPair(text: string, option: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`${option}: "${text}" is not of the form key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `4Gi`, `500M`, `1.5G`, or bytes. @throws UsageError */
export function readBytes(text: string, option: string): number {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]i?)?$/.exec(text) ?? [];
  const bytes = Math.floor(Number(amount) * (UNITS[unit] ?? Number.NaN));
  if (amount === "" || !(bytes >= 1)) {
    throw new UsageError(`${option}: "${text}" is no amount of memory; write for example 4Gi or 500M`);
  }
  return bytes;
}

/** `2`, `0.5`, or thousandths such as `500m`. @throws UsageError */
export function readCpuMillis(text: string, option: string): number {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(m)?$/.exec(text) ?? [];
  const millis = Math.floor(Number(amount) * (unit === "m" ? 1 : 1000));
  if (amount === "" || !(millis >= 1) || millis > 10_000_000) {
    throw new UsageError(`${option}: "${text}" is no number of processors; write for example 2, 0.5 or 500m`);
  }
  return millis;
}

/** @throws UsageError for a word that is not one of these */
export function oneOf<W extends string>(text: string, option: string, words: readonly W[]): W {
  const word = words.find((one) => one === text);
  if (word === undefined) throw new UsageError(`${option}: "${text}" is neither ${words.join(" nor ")}`);
  return word;
}
