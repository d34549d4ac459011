import { nullTranslator } from '@jupyterlab/translation';

import { agoWord, sizeWord, spanWord } from '../words';

const trans = nullTranslator.load('');

test.each([
  [-3, '0 s'],
  [0.4, '0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [3599, '1 h'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [86400, '1 d'],
  [100000, '1 d 3 h'],
  [40.3 * 86400, '40 d'],
  [1100 * 86400, '3 years']
])('%d seconds', (seconds, told) => {
  expect(spanWord(seconds, trans)).toBe(told);
});

test('ages', () => {
  expect(agoWord(1000, trans, 1030)).toBe('just now');
  expect(agoWord(1000, trans, 990)).toBe('just now');
  expect(agoWord(1000, trans, 1000 + 300)).toBe('5 min ago');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [123456, '123 kB'],
  [2.5e9, '2.5 GB']
])('%d bytes', (bytes, told) => {
  expect(sizeWord(bytes, trans)).toBe(told);
});
