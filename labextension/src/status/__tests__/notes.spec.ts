import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';

import { CommandIDs } from '../../commands';
import { IRun, IWorkflowRun } from '../../store/types';
import { IStore } from '../../tokens';
import { Notes } from '../notes';

interface INote {
  kind: string;
  text: string;
  options: { autoClose?: number | false; actions?: { label: string; callback: () => void }[] };
}

const mockNotes: INote[] = [];

// all of Lab's dialogs and themes would come with it
jest.mock('@jupyterlab/apputils', () => {
  const note =
    (kind: string) =>
    (text: string, options: INote['options']): number =>
      mockNotes.push({ kind, text, options });
  return {
    Notification: { success: note('success'), warning: note('warning'), error: note('error') }
  };
});

const trans = nullTranslator.load('');
const owner = {};
const ended = new Signal<IStore, IRun>(owner as IStore);
const workflowEnded = new Signal<IStore, IWorkflowRun>(owner as IStore);
const store = { ended, workflowEnded } as unknown as IStore;
let commands: CommandRegistry;
let asked: unknown[];
let notes: Notes;

const tell = (more: Partial<IRun>): void =>
  ended.emit({
    folder: 'a',
    stage: 'clean',
    run_id: '1',
    contract: 'a/clean.parallel_stage.toml',
    state: 'finished',
    seconds: 75,
    failed: 0,
    artifact: 'a/out.json',
    message: '',
    workflow: '',
    ...more
  } as IRun);

const told = (): [string, string][] => mockNotes.map(({ kind, text }) => [kind, text]);

beforeEach(() => {
  asked = [];
  commands = new CommandRegistry();
  for (const id of [
    CommandIDs.open,
    CommandIDs.openReport,
    CommandIDs.openLogs,
    CommandIDs.openArtifact
  ]) {
    commands.addCommand(id, { execute: args => void asked.push([id, args]) });
  }
  notes = new Notes(store, commands, trans);
});

afterEach(() => {
  notes.dispose();
  mockNotes.length = 0;
});

test('a run that finished, with what one wants next', () => {
  tell({});
  expect(told()).toEqual([['success', 'clean has finished (1 min)']]);
  mockNotes[0].options.actions?.forEach(each => each.callback());
  expect(asked).toEqual([
    [
      CommandIDs.openReport,
      { folder: 'a', stage: 'clean', run: '1', path: 'a/clean.parallel_stage.toml' }
    ],
    [CommandIDs.openArtifact, { artifact: 'a/out.json' }]
  ]);
});

test('a failure stays until it is closed, with its cause in the driver’s own words', () => {
  tell({ state: 'failed', message: 'no worker came' });
  expect(told()).toEqual([['error', 'clean has failed: no worker came']]);
  expect(mockNotes[0].options.autoClose).toBe(false);
});

test.each([
  [{ state: 'failed', failed: 1 }, 'error', 'clean has failed: 1 partition'],
  [{ state: 'failed', failed: 3 }, 'error', 'clean has failed: 3 partitions'],
  [{ state: 'partial', failed: 2 }, 'warning', 'clean: 2 partitions failed, the others are merged'],
  [
    { state: 'partial', partitions: 12, finished: 2, reused: 1 },
    'warning',
    'clean is merged without 9 partitions'
  ],
  [{ state: 'interrupted' }, 'error', 'clean was interrupted']
] as [Partial<IRun>, string, string][])('%j', (run, kind, text) => {
  tell(run);
  expect(told()).toEqual([[kind, text]]);
});

test('who stopped a run is not told; nor is who watches the workflow', () => {
  tell({ state: 'stopped' });
  tell({ workflow: 'all' });
  expect(told()).toEqual([]);
});

const tellWorkflow = (state: string, message = ''): void => {
  const stages = ['finished', 'partial', 'off'].map(each => ({ name: each, state: each }));
  workflowEnded.emit({
    path: 'a/all.workflow.toml',
    status: { name: 'all', run_id: '1', state, message, stages }
  } as unknown as IWorkflowRun);
};

test.each([
  ['finished', '', 'success', 'The workflow all has finished'],
  ['partial', '', 'warning', '1 of 2 stages of the workflow all finished'],
  ['failed', 'no worker came', 'error', 'The workflow all has failed: no worker came'],
  ['failed', '', 'error', 'The workflow all has failed'],
  ['interrupted', '', 'error', 'The workflow all was interrupted']
])('a workflow that ended as %s', (state, message, kind, text) => {
  tellWorkflow(state, message);
  expect(told()).toEqual([[kind, text]]);
  mockNotes[0].options.actions?.forEach(each => each.callback());
  expect(asked).toEqual([
    [CommandIDs.openReport, { path: 'a/all.workflow.toml', run: '1' }],
    [CommandIDs.open, { path: 'a/all.workflow.toml' }]
  ]);
});

test('a workflow that was stopped, or only its failures', () => {
  tellWorkflow('stopped');
  notes.which = 'failures';
  tellWorkflow('finished');
  expect(told()).toEqual([]);
  tellWorkflow('failed');
  expect(told()).toHaveLength(1);
});

test('only failures, or nothing, where that was asked for', () => {
  notes.which = 'failures';
  tell({});
  tell({ state: 'failed', message: 'x' });
  expect(told().length).toBe(1);
  notes.which = 'none';
  tell({ state: 'failed', message: 'y' });
  expect(told().length).toBe(1);
});

test('nothing is told after it was disposed of', () => {
  notes.dispose();
  tell({});
  expect(told()).toEqual([]);
});
