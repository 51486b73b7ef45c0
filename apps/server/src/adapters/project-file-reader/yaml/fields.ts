import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { nearest } from "./nearest.ts";
import { isEmpty, isUnset, type Place, type Reading } from "./reading.ts";

export interface Field {
  readonly key: Place;
  readonly value: Node | undefined;
  readonly path: string;
}

export interface Shape<Key extends string = string> {
  readonly keys: readonly Key[];
  /** What people write instead of a key, and the key that is meant. */
  readonly alsoWritten?: Readonly<Record<string, string>>;
  /** What people write that means nothing here, and what to say then. */
  readonly meansNothing?: Readonly<Record<string, string>>;
}

/** The known fields of a mapping, by key. */
export class Fields {
  readonly place: Place;
  readonly path: string;
  readonly #reading: Reading;
  readonly #fields: ReadonlyMap<string, Field>;

  constructor(reading: Reading, place: Place, path: string, fields: ReadonlyMap<string, Field>) {
    this.#reading = reading;
    this.place = place;
    this.path = path;
    this.#fields = fields;
  }

  /** A field that is there, also with nothing after its key. */
  get(key: string): Field | undefined {
    return this.#fields.get(key);
  }

  /** A field that has a value. */
  set(key: string): Field | undefined {
    const field = this.#fields.get(key);
    return field && !isUnset(field.value) ? field : undefined;
  }

  /** Text, as it was written; without it the file cannot be used. */
  required(key: string, example: string): string | undefined {
    const field = this.#fields.get(key);
    const path = join(this.path, key);
    if (!field) return this.#reading.problem(this.place, `${path}: is missing; add it, for example ${key}: ${example}`);
    if (isUnset(field.value)) {
      return this.#reading.problem(field.key, `${path}: has no value; write for example ${key}: ${example}`);
    }
    return readText(this.#reading, field);
  }

  optional(key: string): string | undefined {
    const field = this.set(key);
    return field && readText(this.#reading, field);
  }

  flag(key: string): boolean | undefined {
    const field = this.set(key);
    const text = field && readText(this.#reading, field);
    if (!field || text === undefined) return undefined;
    if (/^(true|True|TRUE)$/.test(text)) return true;
    if (/^(false|False|FALSE)$/.test(text)) return false;
    return this.#reading.problem(
      field.value,
      `${field.path}: ${shown(text)} is neither true nor false; write one`,
      meantFlag(text),
    );
  }

  count(key: string): number | undefined {
    const field = this.set(key);
    const text = field && readText(this.#reading, field);
    if (!field || text === undefined) return undefined;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number < 2 ** 31) return number;
    return this.#reading.problem(field.value, `${field.path}: ${shown(text)} is not a whole number from 0`);
  }

  list<T>(key: string, read: (item: Field) => T | undefined): readonly T[] {
    const field = this.#fields.get(key);
    if (!field || isEmpty(field.value)) return [];
    if (!isSeq(field.value)) {
      this.#reading.problem(field.value, `${field.path}: must be a list; begin each entry with "- "`);
      return [];
    }
    return field.value.items.flatMap((item, at) => {
      const value = this.#reading.resolve(item as Place);
      const entry = { key: (item as Place) ?? field.key, value, path: `${field.path}[${at}]` };
      const got = read(entry);
      return got === undefined ? [] : [got];
    });
  }

  texts(key: string): readonly string[] {
    return this.list(key, (item) => readText(this.#reading, item));
  }

  /** Any keys, with text each. */
  map(key: string): Readonly<Record<string, string>> {
    const field = this.#fields.get(key);
    if (!field || isEmpty(field.value)) return {};
    if (!isMap(field.value)) {
      this.#reading.problem(field.value, `${field.path}: must be a mapping, "key: value" each`);
      return {};
    }
    const entries = pairs(this.#reading, field.value, field.path).flatMap(({ name, ...entry }) => {
      const text = readText(this.#reading, entry);
      return text === undefined ? [] : [[name, text] as const];
    });
    return Object.fromEntries(entries);
  }
}

/** The fields of a mapping; what it has besides is warned of. Undefined when it is no mapping. */
export function readFields(reading: Reading, field: Field, shape: Shape): Fields | undefined {
  const { value, path } = field;
  if (!isMap(value)) {
    const [key = "key"] = shape.keys;
    const where = path === "" ? "the file" : path;
    return reading.problem(value ?? field.key, `${where}: must be a mapping, with a line like "${key}: …"`);
  }
  const fields = new Map<string, Field>();
  for (const { name, ...entry } of pairs(reading, value, path)) {
    const known = knownKey(reading, entry, name, shape);
    if (known === undefined) continue;
    if (fields.has(known))
      reading.problem(entry.key, `${entry.path}: says again what ${join(path, known)} says; keep one`);
    else fields.set(known, entry);
  }
  return new Fields(reading, value, path, fields);
}

function knownKey(reading: Reading, { key, path }: Field, name: string, shape: Shape): string | undefined {
  if (shape.keys.includes(name)) return name;
  const meant = own(shape.alsoWritten, name);
  if (meant !== undefined) {
    reading.warn(key, `${path}: is read as ${meant}; write ${meant}`, meant);
    return meant;
  }
  const nothing = own(shape.meansNothing, name);
  if (nothing !== undefined) return reading.warn(key, `${path}: ${nothing}`);
  if (!reading.wantsWarnings) return undefined;
  const near = nearest(name, shape.keys);
  const known = shape.keys.length > 0 ? `; known are ${shape.keys.join(", ")}` : "";
  const hint = near === undefined ? known : `; did you mean ${near}?`;
  return reading.warn(key, `${path}: is not known here and is ignored${hint}`, near);
}

function own(record: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Entries of a mapping; keys that are no text, or are there twice, are problems. */
function pairs(reading: Reading, map: YAMLMap, path: string): readonly (Field & { readonly name: string })[] {
  const seen = new Set<string>();
  return map.items.flatMap((pair) => {
    const keyNode = pair.key as Place;
    const key = reading.resolve(keyNode);
    if (!isScalar(key) || isEmpty(key)) {
      reading.problem(keyNode ?? map, `${path === "" ? "the file" : path}: has a key that is not text`);
      return [];
    }
    const name = String(key.value);
    if (seen.has(name)) {
      reading.problem(keyNode, `${join(path, name)}: is there twice; keep one`);
      return [];
    }
    seen.add(name);
    return [{ name, key: keyNode, value: reading.resolve(pair.value as Place), path: join(path, name) }];
  });
}

/** YAML 1.1 had more words for them. */
function meantFlag(text: string): string | undefined {
  if (/^(yes|on|y|1)$/i.test(text)) return "true";
  return /^(no|off|n|0)$/i.test(text) ? "false" : undefined;
}

export function readText(reading: Reading, { key, value, path }: Field): string | undefined {
  if (isScalar(value) && !isEmpty(value)) return String(value.value);
  const found = isMap(value) ? "a mapping" : isSeq(value) ? "a list" : "nothing";
  return reading.problem(value ?? key, `${path}: must be text, and there is ${found}`);
}

/** How a part of the file is called in a message. */
export function join(path: string, key: string): string {
  const short = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  return path === "" ? short : `${path}.${short}`;
}

export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** A shape of which the compiler knows the keys. */
export function shape<const Key extends string>(given: Shape<Key>): Shape<Key> {
  return given;
}
