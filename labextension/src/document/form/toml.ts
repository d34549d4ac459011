/**
 * Values as the text of TOML, for fields that take any value.
 */
import { IToml, TomlValue } from '../types';

const BARE = /^[A-Za-z0-9_-]+$/;

export function isToml(value: TomlValue | undefined): value is IToml {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length === 1 &&
    typeof (value as { $toml?: unknown }).$toml === 'string'
  );
}

export function isTable(
  value: TomlValue | undefined
): value is { readonly [name: string]: TomlValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isToml(value);
}

/** The text of a value, as it could stand behind `=`. */
export function tomlText(value: TomlValue | undefined): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (isToml(value)) {
    return value.$toml;
  }
  if (typeof value === 'string') {
    return quoted(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(each => tomlText(each as TomlValue)).join(', ')}]`;
  }
  if (typeof value === 'object') {
    const pairs = Object.entries(value as { [name: string]: TomlValue });
    return pairs.length === 0
      ? '{}'
      : `{ ${pairs.map(([name, each]) => `${keyText([name])} = ${tomlText(each)}`).join(', ')} }`;
  }
  return String(value);
}

/** A dotted key, quoted where it must be. */
export function keyText(key: readonly string[]): string {
  return key.map(name => (BARE.test(name) ? name : quoted(name))).join('.');
}

/** The names of a dotted key as findings have it: quoted names are one name, `[2]` is a place in a list. */
export function keyNames(key: string): string[] {
  const found: string[] = [];
  for (const match of key.matchAll(/"((?:[^"\\]|\\.)*)"|\[(\d+)\]|([^.[\]"]+)/g)) {
    if (match[1] !== undefined) {
      try {
        found.push(JSON.parse(`"${match[1]}"`) as string);
      } catch {
        found.push(match[1]);
      }
    } else {
      found.push(match[2] ?? match[3]);
    }
  }
  return found;
}

// JSON's escapes are TOML's, but JSON leaves DEL as it is
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\x7f/g, '\\u007f');
}
