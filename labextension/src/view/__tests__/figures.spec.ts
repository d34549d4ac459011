import { duration, size } from '../figures';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_900, '100 kB'],
  [123_456, '123 kB'],
  [999_600, '1.0 MB'],
  [2.5e9, '2.5 GB']
])('%d bytes', (bytes, told) => {
  expect(size(bytes)).toBe(told);
});

test.each([
  [0, '0 s'],
  [0.000_25, '250 µs'],
  [0.0125, '12.5 ms'],
  [0.9999, '1 s'],
  [9.876, '9.88 s'],
  [59.96, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3599.6, '1 h 00 min'],
  [7500, '2 h 05 min']
])('%d seconds', (seconds, told) => {
  expect(duration(seconds)).toBe(told);
});
