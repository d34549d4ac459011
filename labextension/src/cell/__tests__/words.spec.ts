import { nullTranslator } from '@jupyterlab/translation';

import { hasStages, mayHaveLoops, textOf } from '../content';
import type { ICellText, ILastRun } from '../types';
import { runText, sentence } from '../words';

const trans = nullTranslator.load('jupyter_agilab');
const run: ILastRun = {
  run: '20260101-000000-000000',
  state: 'finished',
  submitted: 1000,
  seconds: 3,
  partitions: 4,
  finished: 1,
  failed: 0,
  reused: 1,
  message: ''
};

test('a run that goes on tells how far it is, one that ended when it began', () => {
  expect(runText({ ...run, state: 'running' }, trans)).toBe('running, 2 of 4');
  expect(runText(run, trans, 1060)).toBe('finished 1 min ago');
  expect(runText({ ...run, submitted: 0 }, trans)).toBe('finished');
  expect(runText({ ...run, state: 'partial' }, trans, 1000)).toBe('finished in part just now');
});

test('sentences begin with a capital, but paths and names stay', () => {
  expect(sentence('it is empty')).toBe('It is empty.');
  expect(sentence('work/a.ipynb has changed')).toBe('work/a.ipynb has changed.');
  expect(sentence('`rows` is read')).toBe('`rows` is read.');
  expect(sentence('')).toBe('');
  expect(sentence('Really?')).toBe('Really?');
});

const code = (source: string, id = 'a'): ICellText => ({ id, type: 'code', source });

test('only cells that begin with the magic are stages', () => {
  expect(hasStages([code('\n%%parallel_stage x\n1')])).toBe(true);
  expect(hasStages([code('x = 1\n%%parallel_stage x')])).toBe(false);
  expect(hasStages([{ id: 'a', type: 'markdown', source: '%%parallel_stage x' }])).toBe(false);
});

test('notebooks without a loop are not asked about', () => {
  expect(mayHaveLoops([code('x = 1')])).toBe(false);
  expect(mayHaveLoops([code('for x in y:\n    f(x)')])).toBe(true);
});

test('texts of markdown cells make no difference', () => {
  const one: ICellText = { id: 'm', type: 'markdown', source: 'a' };
  expect(textOf([one])).toBe(textOf([{ ...one, source: 'b' }]));
  expect(textOf([code('a')])).not.toBe(textOf([code('b')]));
});
