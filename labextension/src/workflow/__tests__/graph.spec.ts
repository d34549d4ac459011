import { nullTranslator } from '@jupyterlab/translation';

import { progressWords } from '../graph';
import { IWorkflowStage } from '../types';

const trans = nullTranslator.load('jupyter_agilab');

const stage = (told: Partial<IWorkflowStage>): IWorkflowStage => ({
  name: 'clean',
  contract: 'clean.parallel_stage.toml',
  state: 'running',
  partitions: 7,
  finished: 0,
  failed: 0,
  skipped: 0,
  reused: 0,
  running: 0,
  seconds: null,
  artifact: null,
  group: null,
  when: null,
  ...told
});

describe('progressWords', () => {
  it('counts what was taken over from an earlier run', () => {
    expect(progressWords(stage({ finished: 4, reused: 3 }), trans)).toContain('7 of 7');
  });

  it('tells failures and what was skipped because of them', () => {
    const words = progressWords(stage({ finished: 4, failed: 1, skipped: 2 }), trans);
    expect(words).toContain('4 of 7');
    expect(words).toContain('1 failed');
    expect(words).toContain('2 skipped');
  });

  it('tells the number of partitions before a run', () => {
    expect(progressWords(stage({ state: 'planned' }), trans)).toBe('planned, 7 partitions');
    expect(progressWords(stage({ state: null }), trans)).toBe('planned, 7 partitions');
    expect(progressWords(stage({ state: 'off' }), trans)).toBe('switched off, 7 partitions');
  });
});
