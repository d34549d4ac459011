/**
 * Texts: the least that must be replaced, and places in code points, as the server counts, and in UTF-16.
 */

export interface IReplacement {
  start: number;
  stop: number;
  text: string;
}

/** The one replacement that makes `before` to `after`; null where they are the same. */
export function replacement(before: string, after: string): IReplacement | null {
  if (before === after) {
    return null;
  }
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) {
    start++;
  }
  let tail = 0;
  while (
    tail < most - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail++;
  }
  // half of a surrogate pair must not be cut off
  if (start > 0 && isLowSurrogate(before, start)) {
    start--;
  }
  if (tail > 0 && isLowSurrogate(before, before.length - tail)) {
    tail--;
  }
  return { start, stop: before.length - tail, text: after.slice(start, after.length - tail) };
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

/** The offset of a 1-based line and column, counted in code points; within the text in any case. */
export function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = text.indexOf('\n', at);
    if (end < 0) {
      return text.length;
    }
    at = end + 1;
  }
  for (let passed = 1; passed < column && at < text.length && text[at] !== '\n'; passed++) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return at;
}

/** How many code points a text has. */
export function codePoints(text: string): number {
  return [...text].length;
}

/** The UTF-16 offset behind so many code points. */
export function unitsOf(text: string, points: number): number {
  return [...text].slice(0, points).join('').length;
}
