import { RequestError } from '../../requests';
import { AnalysisModel, type ISubject, type Said } from '../analysis';
import type { IAnalysis } from '../types';

function analysis(more: Partial<IAnalysis> = {}): IAnalysis {
  return {
    name: 'clean',
    header: '%%parallel_stage clean',
    fields: { input: 'data/*.csv', split: '', reducer: '', item: '', returns: '' },
    is_stage: false,
    needs_load: true,
    ok: true,
    function: 'def clean(path): ...',
    module: 'stages/clean.py',
    captures: [],
    contract: null,
    contract_path: '',
    changes: {},
    plan: null,
    findings: [],
    loops: [],
    inputs: [],
    reducers: [],
    ...more
  };
}

class Subject implements ISubject {
  title = 'Cell 1 of a.ipynb';
  asked: Said[] = [];
  written: [string, boolean][] = [];
  isThere = true;
  answer: () => Promise<IAnalysis> = () => Promise.resolve(analysis());

  analyse(said: Said): Promise<IAnalysis> {
    this.asked.push(said);
    return this.answer();
  }

  write(header: string, needsLoad: boolean): boolean {
    this.written.push([header, needsLoad]);
    return this.isThere;
  }
}

const settled = () => new Promise(resolve => setTimeout(resolve, 0));

async function shown(subject: Subject): Promise<AnalysisModel> {
  const model = new AnalysisModel();
  model.show(subject);
  await settled();
  return model;
}

test('the server is asked at once, and its guess is shown', async () => {
  const subject = new Subject();
  const model = await shown(subject);
  expect(subject.asked).toEqual([{}]);
  expect(model.value('name')).toBe('clean');
  expect(model.value('input')).toBe('data/*.csv');
  expect(model.canWrite).toBe(true);
});

test('what is typed is sent together, and stays in the form', async () => {
  jest.useFakeTimers();
  try {
    const subject = new Subject();
    const model = new AnalysisModel();
    model.show(subject);
    await jest.advanceTimersByTimeAsync(0);
    model.say('name', 'cl');
    model.say('name', 'clean2');
    model.say('input', '');
    expect(model.canWrite).toBe(false);
    await jest.advanceTimersByTimeAsync(1000);
    expect(subject.asked).toEqual([{}, { name: 'clean2', input: '' }]);
    expect(model.value('name')).toBe('clean2');
    expect(model.value('input')).toBe('');
  } finally {
    jest.useRealTimers();
  }
});

test('without a name or an input nothing can be written; errors of the code do not keep from it', async () => {
  const subject = new Subject();
  const finding = { severity: 'error' as const, message: 'no', code: 'cell.input', key: 'input' };
  subject.answer = () => Promise.resolve(analysis({ findings: [finding] }));
  expect((await shown(subject)).canWrite).toBe(false);
  const other = { ...finding, code: 'extract.asks-user', key: null };
  subject.answer = () => Promise.resolve(analysis({ findings: [other] }));
  expect((await shown(subject)).canWrite).toBe(true);
});

test('the line is written to the cell', async () => {
  const subject = new Subject();
  const model = await shown(subject);
  expect(model.write()).toBe(true);
  expect(subject.written).toEqual([['%%parallel_stage clean', true]]);
  expect(model.isWritten).toBe(true);
  subject.isThere = false;
  expect(model.write()).toBe(false);
  expect(model.subject).toBeNull();
});

test('a refusal is told, and an answer that comes too late is dropped', async () => {
  const subject = new Subject();
  subject.answer = () => Promise.reject(new RequestError(400, 'the cell is empty'));
  const model = await shown(subject);
  expect(model.problem?.message).toBe('the cell is empty');
  expect(model.canWrite).toBe(false);
  let late: (value: IAnalysis) => void = () => undefined;
  subject.answer = () => new Promise(resolve => (late = resolve));
  model.show(subject);
  const other = new Subject();
  other.answer = () => Promise.resolve(analysis({ name: 'other' }));
  model.show(other);
  await settled();
  late(analysis({ name: 'late' }));
  await settled();
  expect(model.value('name')).toBe('other');
});
