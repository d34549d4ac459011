import { layoutOf } from '../layout';
import { runOf } from '../stageRun';
import { IWorkflowEdge, IWorkflowStage } from '../types';

const edges = (...pairs: string[]): IWorkflowEdge[] =>
  pairs.map(pair => ({ from: pair[0], to: pair[1], kind: 'elements' }));

describe('layoutOf', () => {
  it('puts each stage right of all that it needs', () => {
    const links = edges('ab', 'ac', 'bd', 'cd', 'ad', 'de');
    const { placed, columns, rows } = layoutOf(['e', 'd', 'c', 'b', 'a'], links);
    for (const { from, to } of links) {
      expect(placed.get(to)?.column).toBeGreaterThan(placed.get(from)?.column ?? 99);
    }
    expect([columns, rows]).toEqual([4, 2]);
  });

  it('gives each stage a place of its own', () => {
    const names = [...'abcdefgh'];
    const { placed } = layoutOf(names, edges('ae', 'be', 'cf', 'dg', 'ah'));
    const places = new Set([...placed.values()].map(each => `${each.column} ${each.row}`));
    expect(places.size).toBe(names.length);
  });

  it('crosses no lines where none need to cross', () => {
    const { placed } = layoutOf([...'abcd'], edges('ad', 'bc'));
    const row = (name: string): number => placed.get(name)?.row ?? -1;
    expect(Math.sign(row('a') - row('b'))).toBe(Math.sign(row('d') - row('c')));
  });

  it('draws what is wrong too', () => {
    expect(layoutOf([...'ab'], edges('ab', 'ba', 'aa', 'xa')).placed.size).toBe(2);
    expect(layoutOf([], [])).toMatchObject({ columns: 0, rows: 0 });
  });
});

describe('runOf', () => {
  const stage = (run_dir: string | null): IWorkflowStage => ({ run_dir }) as IWorkflowStage;

  it('reads folder, stage and id from the directory', () => {
    expect(runOf(stage('a/b/.agilab/runs/clean/20260101-1'))).toEqual({
      folder: 'a/b',
      stage: 'clean',
      run: '20260101-1'
    });
    expect(runOf(stage('.agilab/runs/clean/1'))?.folder).toBe('');
  });

  it('is nothing where there was no run', () => {
    expect(runOf(stage(null))).toBeNull();
    expect(runOf(stage('elsewhere/clean/1'))).toBeNull();
  });
});
