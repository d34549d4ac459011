import { RequestError } from '../../requests';
import { ITrialServer, TrialModel } from '../trialModel';
import { ITrial } from '../types';

const trial = (state: ITrial['state']): ITrial => ({ id: 'a', path: 'p', state, seconds: 0 });

function server(states: ITrial['state'][]): ITrialServer & { asked: string[] } {
  const asked: string[] = [];
  const next = (what: string): Promise<ITrial> => {
    asked.push(what);
    return Promise.resolve(trial(states.shift() ?? 'ended'));
  };
  return {
    asked,
    start: (partition, sizes) => next(`start ${partition} ${sizes}`),
    state: id => next(`state ${id}`),
    stop: id => next(`stop ${id}`)
  };
}

describe('TrialModel', () => {
  it('waits for the end', async () => {
    const asked = server(['running', 'running', 'ended']);
    const model = new TrialModel(asked, () => Promise.resolve(true));
    const ended: ITrial[] = [];
    model.ended.connect((_, each) => ended.push(each));
    await model.run(3, false);
    expect(asked.asked).toEqual(['start 3 false', 'state a', 'state a']);
    expect(ended).toHaveLength(1);
    expect(model.isRunning).toBe(false);
  });

  it('runs nothing where the file was not saved', async () => {
    const asked = server([]);
    const model = new TrialModel(asked, () => Promise.resolve(false));
    await model.run(0, true);
    expect(asked.asked).toEqual([]);
    expect(model.isRunning).toBe(false);
  });

  it('is one at a time', async () => {
    const asked = server(['ended']);
    const model = new TrialModel(asked, () => Promise.resolve(true));
    await Promise.all([model.run(0, false), model.run(1, false)]);
    expect(asked.asked).toEqual(['start 0 false']);
  });

  it('says what went wrong', async () => {
    const model = new TrialModel(
      { ...server([]), start: () => Promise.reject(new RequestError(429, 'busy')) },
      () => Promise.resolve(true)
    );
    await model.run(0, false);
    expect(model.trouble).toBe('busy');
    expect(model.isRunning).toBe(false);
  });
});
