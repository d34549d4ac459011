import { ISignal, Signal } from '@lumino/signaling';

import { IEventStream, IServerMessage } from '../../tokens';
import { IStoreSource, Store } from '../store';
import { IRun, ITree, keyOf } from '../types';

class Events implements IEventStream {
  isConnected = false;
  readonly told = new Signal<this, IServerMessage>(this);
  readonly connection = new Signal<this, boolean>(this);

  get received(): ISignal<this, IServerMessage> {
    return this.told;
  }

  get connectionChanged(): ISignal<this, boolean> {
    return this.connection;
  }

  connect(): void {
    this.isConnected = true;
    this.connection.emit(true);
  }
}

function run(id: string, more: Partial<IRun> = {}): IRun {
  return {
    folder: 'a',
    stage: 's',
    run_id: id,
    state: 'running',
    contract: 'a/s.parallel_stage.toml',
    submitted: 1,
    ended: null,
    seconds: null,
    partitions: 4,
    finished: 0,
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

function tree(revision: number, more: Partial<ITree> = {}): ITree {
  return {
    revision,
    contracts: [],
    workflows: [],
    clusters: [],
    active: [],
    run_count: 0,
    is_whole: true,
    ...more
  };
}

/** A server that counts what it is asked. */
class Source implements IStoreSource {
  asked: (number | undefined)[] = [];
  pages: { limit: number; offset: number }[] = [];
  now = tree(1);
  all: IRun[] = [];
  fails: Error | null = null;

  getTree(since?: number): ReturnType<IStoreSource['getTree']> {
    this.asked.push(since);
    if (this.fails) {
      return Promise.reject(this.fails);
    }
    const { revision } = this.now;
    return Promise.resolve(since === revision ? { revision, unchanged: true } : this.now);
  }

  listRuns(query: { limit: number; offset: number }): ReturnType<IStoreSource['listRuns']> {
    this.pages.push(query);
    const runs = this.all.slice(query.offset, query.offset + query.limit);
    return Promise.resolve({ revision: 1, count: this.all.length, runs });
  }

  startedClusters(): ReturnType<IStoreSource['startedClusters']> {
    return Promise.resolve({ clusters: [] });
  }
}

let events: Events;
let source: Source;
let store: Store;

beforeEach(() => {
  jest.useFakeTimers();
  events = new Events();
  source = new Source();
  store = new Store(source, events);
});

afterEach(() => {
  store.dispose();
  jest.useRealTimers();
});

const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(5000);

test('asks for nothing while nobody looks', async () => {
  events.connect();
  events.told.emit({ type: 'tree', revision: 7 });
  await settle();
  expect(source.asked).toEqual([]);
});

test('asks when somebody looks, then when something changed, many changes at once', async () => {
  const watch = store.watch();
  await settle();
  expect(source.asked).toEqual([undefined]);
  events.told.emit({ type: 'tree', revision: 1 });
  await settle();
  expect(source.asked).toEqual([undefined]);
  source.now = tree(9);
  for (const revision of [5, 6, 7, 8, 9]) {
    events.told.emit({ type: 'tree', revision });
  }
  await settle();
  expect(source.asked).toEqual([undefined, 1]);
  expect(store.tree?.revision).toBe(9);
  watch.dispose();
  events.told.emit({ type: 'tree', revision: 10 });
  await settle();
  expect(source.asked.length).toBe(2);
  // what was missed is asked for when somebody looks again
  store.watch();
  await settle();
  expect(source.asked).toEqual([undefined, 1, 9]);
});

test('knows runs that go on without asking', () => {
  const seen: number[] = [];
  store.changed.connect((_, change) => {
    if (change === 'active') {
      seen.push(store.active.size);
    }
  });
  const [first, second] = [run('1'), run('2')];
  events.told.emit({
    type: 'hello',
    version: 1,
    revision: 1,
    runs: [{ run: first, status: null }]
  });
  events.told.emit({ type: 'run', run: second, status: { finished: 2 } });
  expect(store.active.get(keyOf(second))?.status?.finished).toBe(2);
  events.told.emit({ type: 'run', run: run('1', { state: 'finished' }), status: null });
  expect([...store.active.keys()]).toEqual([keyOf(second)]);
  expect(seen).toEqual([1, 2, 1]);
});

test('tells once of a run that ended', () => {
  const ended: string[] = [];
  store.ended.connect((_, each) => ended.push(each.run_id));
  events.told.emit({ type: 'run', run: run('1'), status: null });
  events.told.emit({ type: 'ended', run: run('1', { state: 'failed' }) });
  expect(ended).toEqual(['1']);
  expect(store.active.size).toBe(0);
});

test('tells of a run that ended while the connection was lost', async () => {
  const ended: string[] = [];
  store.ended.connect((_, each) => ended.push(each.run_id));
  events.told.emit({ type: 'run', run: run('1'), status: null });
  events.told.emit({ type: 'run', run: run('2'), status: null });
  source.all = [run('1', { state: 'finished' }), run('2'), run('3', { state: 'failed' })];
  events.told.emit({
    type: 'hello',
    version: 1,
    revision: 2,
    runs: [{ run: run('2'), status: null }]
  });
  await settle();
  expect(ended).toEqual(['1']);
  expect(store.active.size).toBe(1);
});

test('knows workflows from the beginning, and tells when one has ended', () => {
  const ended: string[] = [];
  store.workflowEnded.connect((_, each) => ended.push(each.path));
  const status = (state: string): object => ({ name: 'all', run_id: '1', state, stages: [] });
  const path = 'all.workflow.toml';
  const workflows = [{ path, status: status('running') }];
  events.told.emit({ type: 'hello', version: 1, revision: 1, runs: [], workflows });
  expect(store.workflows.get(path)?.state).toBe('running');
  events.told.emit({ type: 'workflow', path, status: status('finished') });
  expect(ended).toEqual([]);
  events.told.emit({ type: 'workflow_ended', path, status: status('finished') });
  expect(ended).toEqual([path]);
  expect(store.workflows.get(path)?.state).toBe('finished');
});

test('a run that was just started is shown before the server tells of it; one that ended is not', () => {
  store.note(run('1', { state: 'submitted' }));
  store.note(run('2', { state: 'finished' }));
  expect([...store.active.values()].map(live => live.run.run_id)).toEqual(['1']);
});

test('a run whose end was told before the answer to its start does not come back', () => {
  events.told.emit({ type: 'ended', run: run('1', { state: 'finished' }) });
  store.note(run('1', { state: 'submitted' }));
  expect(store.active.size).toBe(0);
});

test('a run that the tree does not know any more is forgotten, one that came meanwhile is not', async () => {
  events.connect();
  store.note(run('1'));
  store.note(run('2'));
  source.now = tree(2, { active: [run('2')] });
  const asked = store.refresh();
  store.note(run('3'));
  await asked;
  expect([...store.active.values()].map(live => live.run.run_id)).toEqual(['2', '3']);
});

test('a request that fails is told, and asked again when the connection is back', async () => {
  source.fails = new Error('no answer');
  store.watch();
  await settle();
  expect(store.problem?.message).toBe('no answer');
  source.fails = null;
  events.connect();
  await settle();
  expect(store.problem).toBeNull();
  expect(store.tree?.revision).toBe(1);
});

test('loads runs page by page, each once, also when a new one came in between', async () => {
  source.all = Array.from({ length: 700 }, (_, at) => run(`r${at}`, { state: 'finished' }));
  await store.loadRuns(false);
  expect(store.runs.length).toBe(500);
  expect(store.runCount).toBe(700);
  source.all = [run('new', { state: 'finished' }), ...source.all];
  await store.loadRuns(true);
  expect(store.runs.length).toBe(700);
  expect(new Set(store.runs.map(keyOf)).size).toBe(700);
  await store.loadRuns(false);
  expect(store.runs[0].run_id).toBe('new');
});

test('runs that change while more of them are loaded are not missed', async () => {
  source.all = Array.from({ length: 700 }, (_, at) => run(`r${at}`, { state: 'finished' }));
  await store.loadRuns(false);
  const more = store.loadRuns(true);
  source.all = [run('new', { state: 'finished' }), ...source.all];
  await Promise.all([more, store.loadRuns(false)]);
  expect(store.runs[0].run_id).toBe('new');
  expect([store.runs.length, store.runCount]).toEqual([700, 701]);
});

test('runs are loaded again with the tree, but only where they were asked for', async () => {
  store.watch();
  await settle();
  expect(source.pages).toEqual([]);
  await store.loadRuns(false);
  source.now = tree(2);
  events.told.emit({ type: 'tree', revision: 2 });
  await settle();
  expect(source.pages.length).toBe(2);
});

test('hears nothing after it was disposed of', async () => {
  store.watch();
  await settle();
  store.dispose();
  events.told.emit({ type: 'run', run: run('1'), status: null });
  events.connect();
  await settle();
  expect(store.active.size).toBe(0);
  expect(source.asked.length).toBe(1);
});
