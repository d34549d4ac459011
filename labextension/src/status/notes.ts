import { Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { IDisposable } from '@lumino/disposable';

import { CommandIDs } from '../commands';
import { IRun, IWorkflowRun } from '../store/types';
import { IStore } from '../tokens';
import { spanWord } from '../words';

/** Says when runs end, with buttons for what one wants next. */
export class Notes implements IDisposable {
  constructor(
    private readonly store: IStore,
    private readonly commands: CommandRegistry,
    private readonly trans: TranslationBundle
  ) {
    store.ended.connect(this._onEnded, this);
    store.workflowEnded.connect(this._onWorkflowEnded, this);
  }

  which: Notes.Which = 'all';

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.store.ended.disconnect(this._onEnded, this);
    this.store.workflowEnded.disconnect(this._onWorkflowEnded, this);
  }

  /** Whether an end is told; who stopped a run knows it. */
  private _isTold(state: string | null): boolean {
    return this.which === 'all'
      ? state !== 'stopped'
      : this.which === 'failures' && state !== 'finished' && state !== 'stopped';
  }

  private _onWorkflowEnded(_: IStore, { path, status }: IWorkflowRun): void {
    if (!this._isTold(status.state)) {
      return;
    }
    const { trans, commands } = this;
    const stages = status.stages.filter(stage => stage.state !== 'off');
    const done = stages.filter(stage => stage.state === 'finished').length;
    const open = {
      label: trans.__('Open'),
      callback: () => void commands.execute(CommandIDs.open, { path })
    };
    const report = {
      label: trans.__('Report'),
      callback: () =>
        void commands.execute(CommandIDs.openReport, { path, run: status.run_id ?? undefined })
    };
    const options = (
      autoClose: number | false
    ): { actions: Notification.IAction[]; autoClose: number | false } => ({
      actions: path ? [report, open] : [],
      autoClose
    });
    if (status.state === 'finished') {
      Notification.success(trans.__('The workflow %1 has finished', status.name), options(8000));
    } else if (status.state === 'partial') {
      const told = trans.__(
        '%1 of %2 stages of the workflow %3 finished',
        done,
        stages.length,
        status.name
      );
      Notification.warning(told, options(false));
    } else if (status.state === 'interrupted') {
      Notification.error(trans.__('The workflow %1 was interrupted', status.name), options(false));
    } else {
      const told = status.message
        ? trans.__('The workflow %1 has failed: %2', status.name, status.message)
        : trans.__('The workflow %1 has failed', status.name);
      Notification.error(told, options(false));
    }
  }

  private _onEnded(_: IStore, run: IRun): void {
    const isGood = run.state === 'finished';
    // a workflow's stages are told by the workflow
    if (!this._isTold(run.state) || run.workflow) {
      return;
    }
    const { trans, commands } = this;
    const args = { folder: run.folder, stage: run.stage, run: run.run_id, path: run.contract };
    const action = (label: string, command: string): Notification.IAction => ({
      label,
      callback: () => void commands.execute(command, args)
    });
    const report = action(trans.__('Report'), CommandIDs.openReport);
    if (isGood) {
      const seconds = run.seconds ?? 0;
      const span = seconds < 1 ? '' : ` (${spanWord(seconds, trans)})`;
      const open = run.artifact
        ? [
            {
              label: trans.__('Open result'),
              callback: () =>
                void commands.execute(CommandIDs.openArtifact, { artifact: run.artifact })
            }
          ]
        : [];
      Notification.success(trans.__('%1 has finished%2', run.stage, span), {
        actions: [report, ...open],
        autoClose: 8000
      });
      return;
    }
    const failed = run.failed ?? 0;
    const told =
      run.state === 'partial'
        ? partialText(run, trans)
        : run.message
          ? trans.__('%1 has failed: %2', run.stage, run.message)
          : failed > 0
            ? trans._n(
                '%2 has failed: %1 partition',
                '%2 has failed: %1 partitions',
                failed,
                run.stage
              )
            : trans.__('%1 was interrupted', run.stage);
    const options = {
      actions: [report, action(trans.__('Logs'), CommandIDs.openLogs)],
      autoClose: false as const
    };
    if (run.state === 'partial') {
      Notification.warning(told, options);
    } else {
      Notification.error(told, options);
    }
  }

  private _isDisposed = false;
}

export namespace Notes {
  /** About which runs to tell. */
  export type Which = 'all' | 'failures' | 'none';
}

/** What the artifact lacks: partitions that failed, or that a run of some partitions did not do. */
function partialText(run: IRun, trans: TranslationBundle): string {
  const failed = run.failed ?? 0;
  if (failed > 0) {
    return trans._n(
      '%2: %1 partition failed, the others are merged',
      '%2: %1 partitions failed, the others are merged',
      failed,
      run.stage
    );
  }
  const missing = (run.partitions ?? 0) - (run.finished ?? 0) - (run.reused ?? 0);
  return missing > 0
    ? trans._n(
        '%2 is merged without %1 partition',
        '%2 is merged without %1 partitions',
        missing,
        run.stage
      )
    : trans.__('%1 is merged without some of its partitions', run.stage);
}
