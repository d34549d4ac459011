import { nullTranslator } from '@jupyterlab/translation';

import { ILive } from '../../store/types';
import { runningText } from '../item';

const trans = nullTranslator.load('');

const live = (stage: string, status: object | null): ILive =>
  ({ run: { stage }, status: status && { finished: 0, reused: 0, failed: 0, ...status } }) as ILive;

test('says nothing where nothing runs', () => {
  expect(runningText([], trans)).toBe('');
});

test('names a single stage, and counts several', () => {
  const one = live('clean', { partition_count: 10, finished: 4, remaining_s: 30 });
  expect(runningText([one], trans)).toBe('clean runs · 40 % · 30 s left');
  const two = live('plot', { partition_count: 30, finished: 1, reused: 5, remaining_s: 90 });
  expect(runningText([one, two], trans)).toBe('2 stages run · 25 % · 2 min left');
});

test('promises no time where one of them is not known', () => {
  const known = live('a', { partition_count: 10, finished: 5, remaining_s: 30 });
  const unknown = live('b', { partition_count: 10, finished: 5, remaining_s: null });
  for (const lives of [
    [known, unknown],
    [unknown, known]
  ]) {
    expect(runningText(lives, trans)).toBe('2 stages run · 50 %');
  }
});

test('a run that has only begun has no share', () => {
  expect(runningText([live('a', null)], trans)).toBe('a runs');
});
