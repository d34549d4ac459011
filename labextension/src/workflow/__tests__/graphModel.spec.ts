import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { DocumentModel } from '../../document/model';
import { GraphModel, type IWorkflowServer } from '../graphModel';
import type { IWorkflowGraph } from '../types';

const PATH = 'hats.workflow.toml';

const graph = (state: string): IWorkflowGraph => ({
  name: 'hats',
  run_id: 'r',
  state,
  started: 1,
  ended: null,
  message: null,
  stages: [],
  edges: []
});

/** Answers when it is told to. */
class Server implements IWorkflowServer {
  readonly told = new Signal<this, { path: string; status: IWorkflowGraph }>(this);
  readonly answers: ((answer: IWorkflowGraph) => void)[] = [];

  status(): Promise<IWorkflowGraph> {
    return new Promise(resolve => this.answers.push(resolve));
  }

  run = () => this.status();
  stop = () => this.status();
  clusters = () => Promise.resolve([]);
}

function made(): { server: Server; model: GraphModel } {
  const server = new Server();
  const holder = {
    path: PATH,
    text: '',
    changed: new Signal<object, void>({}),
    replace: jest.fn()
  };
  const never = (): Promise<never> => new Promise(() => undefined);
  const checks = { check: never, edit: never };
  const document = new DocumentModel(holder, checks, nullTranslator.load(''));
  return { server, model: new GraphModel(document, server, () => Promise.resolve(true)) };
}

test('what was told while an answer was on its way is newer than the answer', async () => {
  const { server, model } = made();
  const asked = model.refresh();
  server.told.emit({ path: PATH, status: graph('finished') });
  server.answers[0](graph('running'));
  await asked;
  expect(model.graph?.state).toBe('finished');
  expect(model.isRunning).toBe(false);
});

test('of two answers the one that was asked for last counts', async () => {
  const { server, model } = made();
  const planned = model.showPlanned(true);
  const newest = model.showPlanned(false);
  server.answers[1](graph('finished'));
  server.answers[0](graph('planned'));
  await Promise.all([planned, newest]);
  expect(model.graph?.state).toBe('finished');
});

test('a run is shown as the server answers, and others are not', async () => {
  const { server, model } = made();
  const started = model.run({});
  await Promise.resolve();
  server.told.emit({ path: 'other.workflow.toml', status: graph('failed') });
  await Promise.resolve();
  server.answers[0](graph('submitted'));
  await started;
  expect(model.graph?.state).toBe('submitted');
  expect(model.isRunning).toBe(true);
});
