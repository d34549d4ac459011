import { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';

import { choose } from '../choose';
import { CommandIDs } from '../commands';
import { attempt } from '../problems';
import * as requests from '../requests';
import { IRun, keyOf } from '../store/types';
import { ITarget, Targets } from '../targets';
import { IStore } from '../tokens';
import { size } from '../view/figures';
import { askWhere } from './places';

/** What the arguments of a command about a run are; for the forms that Lab makes of it. */
export function runArgs(trans: TranslationBundle): CommandRegistry.ICommandOptions['describedBy'] {
  return {
    args: {
      type: 'object',
      properties: {
        path: { type: 'string', description: trans.__('The contract') },
        folder: { type: 'string', description: trans.__('The folder of the contract') },
        stage: { type: 'string', description: trans.__('The stage') },
        run: { type: 'string', description: trans.__('The id of the run') }
      }
    }
  };
}

type Fits = (target: ITarget) => boolean;

export interface IParts {
  readonly app: JupyterFrontEnd;
  readonly store: IStore;
  readonly targets: Targets;
  readonly trans: TranslationBundle;
}

/** Add the commands that start, stop, repeat and clean runs. */
export function addRunCommands({ app, store, targets, trans }: IParts): void {
  const settings = app.serviceManager.serverSettings;
  const { commands } = app;
  const describedBy = runArgs(trans);

  const noted = async (
    title: string,
    start: () => Promise<{ run: IRun } | null>
  ): Promise<void> => {
    const started = await attempt(title, start, trans);
    if (started) {
      store.note(started.run);
    }
  };

  const add = (
    id: string,
    label: string,
    caption: string,
    execute: (args: ReadonlyPartialJSONObject) => Promise<unknown>,
    fits: Fits = () => true
  ): void => {
    // a row's menu has what fits the row; other menus and the palette always have all
    const isVisible = (args: ReadonlyPartialJSONObject): boolean =>
      args.context !== true || fits(targets.of(args));
    commands.addCommand(id, { label, caption, describedBy, isVisible, execute });
  };
  const isRunning: Fits = ({ folder, stage, run }) =>
    folder !== undefined &&
    stage !== undefined &&
    run !== undefined &&
    store.active.has(keyOf({ folder, stage, run_id: run }));
  const isAtRest: Fits = target => !isRunning(target);

  add(
    CommandIDs.startRun,
    trans.__('Run'),
    trans.__('Run the stage; results that are still right are taken over'),
    args =>
      noted(trans.__('The run was not started'), async () => {
        const path = await targets.path(args, 'contract');
        return path === null ? null : requests.startRun(settings, { path });
      }),
    isAtRest
  );
  add(
    CommandIDs.startRunOn,
    trans.__('Run on a Cluster…'),
    trans.__('Choose a cluster of clusters.toml, and run the stage there'),
    args =>
      noted(trans.__('The run was not started'), async () => {
        const path = await targets.path(args, 'contract');
        const cluster = path === null ? null : await askWhere(path, store, trans);
        return path === null || cluster === null
          ? null
          : requests.startRun(settings, { path, cluster });
      }),
    isAtRest
  );
  add(
    CommandIDs.stopRun,
    trans.__('Stop Run'),
    trans.__('Stop the run; what is finished is kept'),
    args =>
      attempt(
        trans.__('The run was not stopped'),
        async () => {
          const run = await targets.run(args);
          return run && requests.stopRun(settings, run);
        },
        trans
      ),
    isRunning
  );
  add(
    CommandIDs.retryFailed,
    trans.__('Run Failed Partitions Again'),
    trans.__('Run again what failed; what is finished is taken over'),
    args =>
      noted(trans.__('The failed partitions were not started'), async () => {
        const run = await targets.run(args);
        return run && requests.retryRun(settings, run);
      }),
    isAtRest
  );
  add(
    CommandIDs.openArtifact,
    trans.__('Open Result'),
    trans.__('Open the file that the run made'),
    args =>
      attempt(
        trans.__('The result was not opened'),
        async () => {
          const { artifact } = targets.of(args);
          if (!artifact) {
            throw new Error(trans.__('This run has no result yet.'));
          }
          return commands.execute('docmanager:open', { path: artifact }).then(() => null);
        },
        trans
      ),
    ({ artifact }) => artifact !== undefined
  );
  add(
    CommandIDs.cleanRuns,
    trans.__('Clean Up Runs…'),
    trans.__('Remove earlier runs of the stage; you see what goes first'),
    args => attempt(trans.__('Nothing was removed'), () => clean(args), trans)
  );

  async function clean(args: ReadonlyPartialJSONObject): Promise<void> {
    const target = targets.of(args);
    const path = target.stage === undefined ? await targets.path(args, 'contract') : null;
    const { folder, stage } = path === null ? target : targets.ofContract(path);
    if (folder === undefined || stage === undefined) {
      return;
    }
    const choices = [
      trans.__('All but the newest run'),
      trans.__('Failed, stopped and interrupted runs'),
      trans.__('Runs older than 7 days'),
      trans.__('All runs')
    ];
    const chosen = await choose(trans.__('Which runs of %1 should go?', stage), choices);
    if (chosen === null) {
      return;
    }
    const selections: Partial<requests.ICleanRuns>[] = [
      { keep: 1 },
      { states: ['failed', 'stopped', 'interrupted'] },
      { older_than: '7d' },
      { all_runs: true }
    ];
    const selection = { folder, stage, ...selections[choices.indexOf(chosen)] };
    const seen = await requests.cleanRuns(settings, { ...selection, dry_run: true });
    const kept = seen.kept.map(each => `${each.run_id}: ${each.message}`);
    if (seen.runs.length === 0 && seen.leftovers.length === 0) {
      Notification.info([trans.__('There is nothing to remove.'), ...kept.slice(0, 3)].join('\n'));
      return;
    }
    const lines = [
      trans._n('%1 run goes', '%1 runs go', seen.runs.length),
      trans.__('%1 are free afterwards.', size(seen.freed_bytes)),
      ...(kept.length > 0 ? [trans._n('%1 run stays:', '%1 runs stay:', kept.length)] : []),
      ...kept.slice(0, 5)
    ];
    const { button } = await showDialog({
      title: trans.__('Remove runs of %1?', stage),
      body: React.createElement(
        'div',
        null,
        ...lines.map(line => React.createElement('p', null, line))
      ),
      // not by an Enter too many
      defaultButton: 0,
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Remove') })]
    });
    if (!button.accept) {
      return;
    }
    const done = await requests.cleanRuns(settings, { ...selection, dry_run: false });
    if (done.problems.length > 0) {
      throw new Error(done.problems.join('\n'));
    }
    await store.refresh();
  }
}
