import { nullTranslator } from '@jupyterlab/translation';

import { IContract, ILive, IRun, ITree, keyOf } from '../../store/types';
import { actionsOf } from '../actions';
import { targetOf } from '../model';
import { IFacts, IShown, Row, rowsOf } from '../rows';
import { detailOf } from '../rowTexts';

const trans = nullTranslator.load('');

function aRun(stage: string, more: Partial<IRun> = {}): IRun {
  return {
    folder: 'a',
    stage,
    run_id: '1',
    state: 'finished',
    contract: `a/${stage}.parallel_stage.toml`,
    submitted: 100,
    ended: 200,
    seconds: 100,
    partitions: 4,
    finished: 4,
    reused: 0,
    failed: 0,
    artifact: '',
    message: '',
    backend: 'pool',
    cluster: '',
    workflow: '',
    ...more
  };
}

function aContract(folder: string, stage: string, last: IRun | null = null): IContract {
  const path = `${folder}${folder && '/'}${stage}.parallel_stage.toml`;
  return { path, folder, stage, is_readable: true, run_count: last ? 1 : 0, last_run: last };
}

function facts(tree: Partial<ITree> | null, more: Partial<IFacts> = {}): IFacts {
  return {
    tree: tree && {
      revision: 1,
      contracts: [],
      workflows: [],
      clusters: [],
      active: [],
      run_count: 0,
      is_whole: true,
      ...tree
    },
    active: new Map(),
    workflows: new Map(),
    services: [],
    runs: [],
    runCount: 0,
    ...more
  };
}

const ALL: IShown = { filter: '', toggled: new Set() };

const ids = (rows: readonly Row[]): string[] => rows.map(row => row.id);
const kinds = (rows: readonly Row[]): string[] => rows.map(row => row.kind);

test('an empty folder says what to do', () => {
  const rows = rowsOf(facts({}), ALL, trans);
  expect(kinds(rows)).toEqual(['section', 'hint', 'section', 'hint', 'section', 'hint', 'section']);
  expect(rows[1].label).toContain('%%parallel_stage');
});

test('a tree that is not known yet is not called empty', () => {
  expect(rowsOf(facts(null), ALL, trans)[1].label).toContain('Looking');
  expect(rowsOf(facts({ is_whole: false }), ALL, trans)[1].label).toContain('Looking');
});

test('contracts stand below their folder; those of the server’s own folder come first', () => {
  const contracts = [aContract('b', 'x'), aContract('a', 'y'), aContract('', 'z')];
  const rows = rowsOf(facts({ contracts }), ALL, trans).filter(
    row => row.kind === 'folder' || row.kind === 'contract'
  );
  expect(rows.map(row => [row.label, row.level, row.place, row.siblings])).toEqual([
    ['z', 2, 1, 3],
    ['b', 2, 2, 3],
    ['x', 3, 1, 1],
    ['a', 2, 3, 3],
    ['y', 3, 1, 1]
  ]);
});

test('what was closed is closed, but a filter finds what is in it', () => {
  const contracts = [aContract('far/away', 'clean'), aContract('', 'plot')];
  const toggled = new Set(['folder:far/away']);
  const shown = rowsOf(facts({ contracts }), { filter: '', toggled }, trans);
  expect(ids(shown)).not.toContain('contract:far/away/clean.parallel_stage.toml');
  const filtered = rowsOf(facts({ contracts }), { filter: 'AWAY cle', toggled }, trans);
  expect(ids(filtered)).toContain('contract:far/away/clean.parallel_stage.toml');
  expect(ids(filtered)).not.toContain('contract:plot.parallel_stage.toml');
});

test('a filter that finds nothing says so', () => {
  const rows = rowsOf(
    facts({ contracts: [aContract('', 'plot')] }),
    { ...ALL, filter: 'q' },
    trans
  );
  expect(rows[1].label).toBe('No contract has this in its name.');
});

test('a run that goes on is at the top, and on its contract', () => {
  const run = aRun('s', { state: 'running' });
  const status = { partition_count: 8, finished: 1, reused: 1, failed: 0, remaining_s: 65 };
  const live = { run, status: { ...status, state: 'running' } } as unknown as ILive;
  const active = new Map([[keyOf(run), live]]);
  const rows = rowsOf(facts({ contracts: [aContract('a', 's')] }, { active }), ALL, trans);
  expect(rows[0].id).toBe('section:running');
  const contract = rows.find(row => row.kind === 'contract')!;
  const detail = detailOf(contract, trans);
  expect(detail.text).toBe('2 of 8 · 1 min left');
  expect(detail.progress).toBe(0.25);
  expect(actionsOf(contract).map(each => each.icon)).toEqual(['stop']);
  expect(targetOf(contract)).toEqual({
    path: 'a/s.parallel_stage.toml',
    folder: 'a',
    stage: 's',
    run: '1'
  });
});

test('runs are listed when they are opened, with what is still to be loaded', () => {
  const runs = [aRun('s'), aRun('t', { state: 'failed', failed: 2 })];
  const some = facts({ run_count: 5 }, { runs, runCount: 5 });
  expect(kinds(rowsOf(some, ALL, trans)).filter(kind => kind === 'run')).toEqual([]);
  const open = rowsOf(some, { filter: '', toggled: new Set(['section:runs']) }, trans);
  expect(kinds(open).slice(-3)).toEqual(['run', 'run', 'more']);
  expect(open[open.length - 1].label).toBe('Show 3 more');
  const failed = open[open.length - 2];
  expect(actionsOf(failed).map(each => each.icon)).toEqual(['retry', 'report']);
});

test('a contract that cannot be read is shown, and said to be so', () => {
  const contracts = [{ ...aContract('', 'x'), is_readable: false }];
  const row = rowsOf(facts({ contracts }), ALL, trans).find(each => each.kind === 'contract')!;
  expect(detailOf(row, trans)).toMatchObject({ state: 'failed', text: 'cannot be read' });
});

test('a cluster knows the service of its own folder only', () => {
  const file = (folder: string): ITree['clusters'][number] => ({
    path: `${folder}/clusters.toml`,
    folder,
    is_readable: true,
    clusters: [{ name: 'lab', kind: 'ssh' }]
  });
  const service = {
    name: 'lab',
    kind: 'ssh',
    folder: 'b',
    state: 'running',
    cause: null,
    address: 'tcp://h:1',
    dashboard: 'http://h:2/status',
    workers: 1,
    lease_left_s: null
  };
  const rows = rowsOf(
    facts({ clusters: [file('a'), file('b')] }, { services: [service] }),
    ALL,
    trans
  ).filter(row => row.kind === 'cluster');
  expect(rows.map(row => detailOf(row, trans).text)).toEqual(['ssh', 'ssh · running · 1 worker']);
  expect(rows.map(row => actionsOf(row).map(each => each.icon))).toEqual([
    ['run', 'check'],
    ['open', 'stop', 'check']
  ]);
});

test('2,000 contracts are laid out in a few milliseconds', () => {
  const contracts = Array.from({ length: 2000 }, (_, at) => aContract(`f${at % 200}`, `s${at}`));
  const start = performance.now();
  for (let round = 0; round < 10; round++) {
    expect(rowsOf(facts({ contracts }), ALL, trans).length).toBeGreaterThan(2200);
  }
  expect((performance.now() - start) / 10).toBeLessThan(500);
});
