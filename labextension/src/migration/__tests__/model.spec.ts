import type { ILoop } from '../../cell/types';
import { RequestError } from '../../requests';
import { MigrationModel } from '../model';
import type { IMigrationSource, IOpenNotebook, IPlace, IPreview, IVerification } from '../types';

function loop(cell: number, line: number, more: Partial<ILoop> = {}): ILoop {
  return {
    cell,
    cell_id: `c${cell}`,
    line,
    end_line: line + 1,
    form: 'for',
    verdict: 'convert',
    rule: 'migrate.convert',
    reason: null,
    message: 'no iteration needs another one',
    reason_line: null,
    reason_cell: null,
    helps: '',
    gain: '',
    rank: 1,
    iterable: 'files',
    items: null,
    outputs: [],
    assumptions: [],
    change: '',
    in_function: '',
    ...more
  };
}

const REFUSED = loop(2, 1, { verdict: 'refuse', reason: 'carried-dependency', rank: 3 });
const SMALL = loop(3, 1, { verdict: 'refuse', reason: 'too-small-to-matter', rank: 4 });
const INSIDE = loop(4, 2, { in_function: 'f', rank: 2 });

class Source implements IMigrationSource {
  loops: readonly ILoop[] = [REFUSED, loop(0, 3), SMALL, INSIDE];
  previews: (readonly IPlace[])[] = [];
  applied: string[] = [];
  notebook: IOpenNotebook | null = null;
  states: IVerification['state'][] = ['running', 'equal'];
  before = 'loop';
  fails: RequestError | null = null;

  find(path: string, after?: string) {
    if (this.fails !== null) {
      return Promise.reject(this.fails);
    }
    const name = after === undefined ? `${path}/a.ipynb` : `${path}/b.ipynb`;
    const notebooks = [{ path: name, loops: this.loops, problems: [] }];
    return Promise.resolve({ notebooks, next: after === undefined ? name : null, looked_at: 1 });
  }

  preview(path: string, _form: string, only: readonly IPlace[]): Promise<IPreview> {
    this.previews.push(only);
    return Promise.resolve({
      path,
      digest: `d${this.previews.length}`,
      cells: [{ cell: 0, id: 'c0', before: this.before, after: [] }],
      files: [],
      converted: only.map(each => ({ ...each, stage: 'each_path' })),
      left: [],
      problems: []
    });
  }

  async apply(path: string, form: string, only: readonly IPlace[], digest: string) {
    this.applied.push(digest);
    return { ...(await this.preview(path, form, only)), written: {}, notebook: path };
  }

  undo = (path: string) => Promise.resolve({ path, removed: [], kept: [] });
  verify = () => this.verification();
  stopped: string[] = [];
  stop = (job: string) => {
    this.stopped.push(job);
    return this.verification();
  };
  verification(): Promise<IVerification> {
    const state = this.states.length > 1 ? this.states.shift()! : this.states[0];
    const told = { job: 'j', path: 'p', state, seconds: 0, message: '', results: [] };
    return Promise.resolve(told);
  }

  opened = () => this.notebook;
}

async function looked(source: Source): Promise<MigrationModel> {
  const model = new MigrationModel(source);
  await model.look('work');
  return model;
}

test('what can be converted is chosen, but for loops of functions, and its changes are shown', async () => {
  const source = new Source();
  const model = await looked(source);
  expect(model.current).toBe('work/a.ipynb');
  expect(source.previews).toEqual([[{ cell: 0, line: 3 }]]);
  expect(model.counts).toEqual({ all: 4, able: 2 });
});

test('loops are grouped by cell, best first, and filtered', async () => {
  const model = await looked(new Source());
  expect(model.groups().map(group => group.cell)).toEqual([0, 4, 2]);
  model.setFilter({ small: true });
  expect(model.groups().map(group => group.cell)).toEqual([0, 4, 2, 3]);
  model.setFilter({ verdict: 'refuse' });
  expect(model.groups().map(group => group.cell)).toEqual([2, 3]);
  model.setFilter({ verdict: 'all', text: 'nothing like that' });
  expect(model.groups()).toEqual([]);
});

test('a folder is gone on with, and what is chosen stays', async () => {
  const source = new Source();
  const model = await looked(source);
  await model.choose('work/a.ipynb', INSIDE, true);
  await model.look('work', true);
  expect(model.notebooks.map(each => each.path)).toEqual(['work/a.ipynb', 'work/b.ipynb']);
  expect(model.next).toBeNull();
  expect(model.chosen('work/a.ipynb')).toHaveLength(2);
});

test('without a choice nothing is asked for', async () => {
  const source = new Source();
  const model = await looked(source);
  await model.choose('work/a.ipynb', loop(0, 3), false);
  expect(model.preview).toBeNull();
  expect(source.previews).toHaveLength(1);
  expect(await model.apply()).toBe(false);
});

test('an unsaved notebook is saved first; if that changes what was shown, nothing is written', async () => {
  const source = new Source();
  const model = await looked(source);
  const save = jest.fn(() => Promise.resolve());
  source.notebook = { isDirty: true, save, reload: () => Promise.resolve() };
  expect(await model.saved()).toBe(true);
  expect(save).toHaveBeenCalled();
  expect(model.preview?.digest).toBe('d2');
  source.before = 'loop, edited';
  expect(await model.saved()).toBe(false);
  expect(source.applied).toEqual([]);
});

test('converting tells what was made, and undo takes it back', async () => {
  const source = new Source();
  const model = await looked(source);
  expect(await model.apply()).toBe(true);
  expect(source.applied).toEqual(['d1']);
  expect(model.done).toEqual({ path: 'work/a.ipynb', stages: ['each_path'] });
  expect(await model.undo('work/a.ipynb')).toBe(true);
  expect(model.done).toBeNull();
  expect(model.undone?.path).toBe('work/a.ipynb');
});

test('a verification is followed to its end', async () => {
  const model = await looked(new Source());
  await model.verify(3);
  expect(model.verifying?.state).toBe('equal');
});

test('what is shown is what is chosen, also where a preview comes late', async () => {
  const source = new Source();
  const model = await looked(source);
  const late = model.choose('work/a.ipynb', INSIDE, true);
  await model.choose('work/a.ipynb', INSIDE, false);
  await model.choose('work/a.ipynb', loop(0, 3), false);
  await late;
  expect(model.chosen('work/a.ipynb')).toEqual([]);
  expect(model.preview).toBeNull();
});

test('a preview of the place before does not come up at the next one', async () => {
  const source = new Source();
  const model = await looked(source);
  const late = model.show('work/a.ipynb');
  source.loops = [REFUSED];
  await Promise.all([late, model.look('other')]);
  expect(model.current).toBeNull();
  expect(model.preview).toBeNull();
  expect(model.busy).toBeNull();
});

test('a failure of something else is not taken for one of converting', async () => {
  const source = new Source();
  const model = await looked(source);
  const converting = model.apply();
  model.problem = new RequestError(0, 'told by something else');
  expect(await converting).toBe(true);
});

test('a verification ends with the look at its notebook', async () => {
  const source = new Source();
  source.states = ['running'];
  const model = await looked(source);
  jest.useFakeTimers();
  const verified = model.verify(3);
  await jest.advanceTimersByTimeAsync(0);
  expect(model.verifying?.state).toBe('running');
  await model.look('other');
  await jest.advanceTimersByTimeAsync(5000);
  await verified;
  jest.useRealTimers();
  expect(source.stopped).toEqual(['j']);
  expect(model.verifying).toBeNull();
  expect(model.problem).toBeNull();
});

test('a verification that begins when the view is closed already is stopped', async () => {
  const source = new Source();
  source.states = ['running'];
  const model = await looked(source);
  const verified = model.verify(3);
  model.dispose();
  await verified;
  expect(source.stopped).toEqual(['j']);
});

test('a refusal is told, and the next request clears it', async () => {
  const source = new Source();
  source.fails = new RequestError(404, 'it is not there');
  const model = await looked(source);
  expect(model.problem?.message).toBe('it is not there');
  expect(model.busy).toBeNull();
  source.fails = null;
  await model.look('work');
  expect(model.problem).toBeNull();
});
