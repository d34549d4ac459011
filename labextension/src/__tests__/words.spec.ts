import { nullTranslator } from '@jupyterlab/translation';

import { agoWord, spanWord } from '../words';

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
