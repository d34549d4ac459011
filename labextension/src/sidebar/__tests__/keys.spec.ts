import { Heights } from '../heights';
import { moveOf } from '../keys';
import { Row } from '../rows';

const rows = [
  { label: 'Contracts', level: 1, isExpanded: true },
  { label: 'alpha', level: 2, isExpanded: false },
  { label: 'beta', level: 2, isExpanded: true },
  { label: 'ant', level: 3 },
  { label: 'Runs', level: 1, isExpanded: false }
] as unknown as Row[];

test.each([
  ['ArrowDown', 0, { to: 1 }],
  ['ArrowDown', 4, { to: 4 }],
  ['ArrowUp', 0, { to: 0 }],
  ['ArrowUp', 3, { to: 2 }],
  ['Home', 3, { to: 0 }],
  ['End', 0, { to: 4 }],
  ['PageDown', 0, { to: 4 }],
  ['PageUp', 4, { to: 0 }],
  ['ArrowRight', 1, { toggle: 1 }],
  ['ArrowRight', 2, { to: 3 }],
  ['ArrowRight', 3, null],
  ['ArrowLeft', 2, { toggle: 2 }],
  ['ArrowLeft', 3, { to: 2 }],
  ['ArrowLeft', 1, { to: 0 }],
  ['ArrowLeft', 4, null],
  [' ', 1, { toggle: 1 }],
  [' ', 3, { activate: 3 }],
  ['Enter', 3, { activate: 3 }],
  ['a', 0, { to: 1 }],
  ['a', 1, { to: 3 }],
  ['a', 3, { to: 1 }],
  ['r', 0, { to: 4 }],
  ['z', 0, null],
  ['Tab', 0, null],
  ['F5', 0, null]
])('%s at %i', (key, at, move) => {
  expect(moveOf(key, at, rows)).toEqual(move);
});

test('no rows, no move', () => {
  expect(moveOf('ArrowDown', 0, [])).toBeNull();
});

test('a window shows exactly the rows that reach into it', () => {
  const sizes = [26, 26, 94, 26, 26, 26, 94, 26];
  const heights = new Heights(sizes);
  expect(heights.total).toBe(sizes.reduce((sum, each) => sum + each, 0));
  for (let top = -60; top < heights.total + 60; top += 7) {
    for (const height of [1, 30, 100, 1000]) {
      const [first, end] = heights.within(top, height);
      sizes.forEach((size, at) => {
        const from = sizes.slice(0, at).reduce((sum, each) => sum + each, 0);
        const isSeen = from < top + height && from + size > top;
        expect(isSeen && !(at >= first && at < end)).toBe(false);
      });
      expect(end - first).toBeLessThanOrEqual(sizes.length);
    }
  }
});

test('a row is revealed with the smallest step', () => {
  const heights = new Heights([20, 20, 20, 20, 20]);
  expect(heights.reveal(2, 0, 60)).toBe(0);
  expect(heights.reveal(4, 0, 60)).toBe(40);
  expect(heights.reveal(0, 30, 60)).toBe(0);
});

test('no rows have no height', () => {
  expect(new Heights([]).within(0, 100)).toEqual([0, 0]);
});
