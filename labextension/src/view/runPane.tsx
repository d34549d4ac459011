import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import { wordsOf } from '../document/model';
import type { IRun } from '../store/types';
import { stateWord } from '../words';
import { IOpened, SocketModel } from './socketModel';
import { PanelViewWidget } from './viewWidget';

export interface IStartOptions {
  cluster?: string;
  force?: boolean;
}

/** What the runs of a stage need of the world. */
export interface IRunDoer {
  /** Save what is shown and start a driver; `null` where that was not wished after all. */
  start(options: IStartOptions): Promise<IRun | null>;
  /** The runs of the stage, newest first. */
  list(): Promise<readonly IRun[]>;
  /** The clusters that a run can name. */
  clusters(): Promise<readonly string[]>;
  openReport(run: IRun): void;
  openLogs(run: IRun): void;
  openArtifact(path: string): void;
  /** Emits when a run may have begun or ended. */
  readonly changed: ISignal<unknown, unknown>;
  /** The contract; empty where it is gone. */
  readonly path: string;
  readonly folder: string;
  /** Empty: what the contract says. */
  readonly stage: string;
}

/** The runs of a stage: one is shown live, others can be chosen, a new one started. */
export class RunPane extends Panel {
  constructor(
    private readonly doer: IRunDoer,
    private readonly model: SocketModel,
    trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-agilab-Pane');
    this.addClass('jp-agilab-Run');
    this.addWidget(
      ReactWidget.create(
        <UseSignal signal={this.stateChanged}>
          {() => <RunHead pane={this} trans={trans} />}
        </UseSignal>
      )
    );
    this.addWidget(new PanelViewWidget(model));
    model.opened.connect(this.onOpened, this);
    model.summaryChanged.connect(this.onSummary, this);
    doer.changed.connect(this.onRuns, this);
  }

  runs: readonly IRun[] = [];
  clusters: readonly string[] = [];
  /** The id of the run that is shown; empty where none is. */
  shown = '';
  trouble = '';
  isStarting = false;

  get isRunning(): boolean {
    return this.model.summary.mode === 'run';
  }

  /** How a run is: of the one that is shown, as of the last message. */
  stateOf(run: IRun): string {
    const { run_id: id, state } = this.model.summary;
    return id === run.run_id && typeof state === 'string' ? state : run.state;
  }

  /** The run that is shown, where it is listed. */
  get run(): IRun | undefined {
    return this.runs.find(each => each.run_id === this.shown);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.model.opened.disconnect(this.onOpened, this);
    this.model.summaryChanged.disconnect(this.onSummary, this);
    this.doer.changed.disconnect(this.onRuns, this);
    this.model.dispose();
    super.dispose();
    Signal.clearData(this);
  }

  /** Start a run and show it. */
  async start(options: IStartOptions): Promise<void> {
    if (this.isStarting) {
      return;
    }
    this.isStarting = true;
    this.trouble = '';
    this.tell();
    try {
      const run = await this.doer.start(options);
      if (run !== null) {
        this.runs = [run, ...this.runs.filter(each => each.run_id !== run.run_id)];
        this.showRun(run.run_id);
      }
    } catch (error) {
      this.trouble = wordsOf(error);
    }
    this.isStarting = false;
    this.tell();
  }

  /** Show a run by its id. */
  showRun(id: string): void {
    this.shown = id;
    const { path, folder, stage } = this.doer;
    this.model.show({
      what: 'run',
      run: id,
      folder,
      ...(path === '' ? {} : { path }),
      ...(stage === '' ? {} : { stage })
    });
    this.tell();
  }

  /** Show the run that was started last. */
  showNewest(): Promise<void> {
    this.shown = '';
    return this.refresh();
  }

  openReport(): void {
    if (this.run !== undefined) {
      this.doer.openReport(this.run);
    }
  }

  openLogs(): void {
    if (this.run !== undefined) {
      this.doer.openLogs(this.run);
    }
  }

  openArtifact(): void {
    if (this.run?.artifact) {
      this.doer.openArtifact(this.run.artifact);
    }
  }

  /** Ask for the runs; where none is shown yet, or a newer one has begun, show the newest. */
  async refresh(): Promise<void> {
    try {
      const [runs, clusters] = await Promise.all([this.doer.list(), this.doer.clusters()]);
      // what is shown now counts, not what was when the question was asked
      const follows = this.shown === '' || this.shown === this.runs[0]?.run_id;
      this.runs = runs;
      this.clusters = clusters;
      const first = runs[0]?.run_id ?? '';
      if (follows && first !== '' && first !== this.shown) {
        this.showRun(first);
      }
    } catch (error) {
      this.trouble = wordsOf(error);
    }
    if (!this.isDisposed) {
      this.tell();
    }
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    void this.refresh();
  }

  protected override onAfterShow(): void {
    void this.refresh();
  }

  private tell(): void {
    this.stateChanged.emit();
  }

  private onOpened(_: SocketModel, opened: IOpened): void {
    this.trouble = opened.error?.message ?? '';
    this.tell();
  }

  private onSummary(): void {
    const { run_id: id, mode, state } = this.model.summary;
    const told = `${String(id)} ${String(mode)} ${String(state)}`;
    if (told === this.told) {
      return;
    }
    this.told = told;
    // a run that the view itself started takes the place of the one before
    if (typeof id === 'string' && id !== this.shown) {
      this.shown = id;
    }
    void this.refresh();
  }

  private onRuns(): void {
    if (this.isVisible) {
      void this.refresh();
    }
  }

  private readonly stateChanged = new Signal<this, void>(this);
  private told = '';
}

function RunHead({ pane, trans }: { pane: RunPane; trans: TranslationBundle }): JSX.Element {
  const [cluster, setCluster] = React.useState('');
  const [isForced, setForced] = React.useState(false);
  const { run } = pane;
  return (
    <div className="jp-agilab-PaneHead">
      <div className="jp-agilab-Buttons">
        <button
          className="jp-agilab-Button jp-mod-primary"
          disabled={pane.isStarting || pane.isRunning}
          title={trans.__(
            'Saves the contract and starts a run; it goes on when the page is closed'
          )}
          onClick={() =>
            void pane.start({ cluster: cluster || undefined, force: isForced || undefined })
          }
        >
          {pane.isStarting ? trans.__('Starting…') : trans.__('Run')}
        </button>
        <label>
          {trans.__('Where')}{' '}
          <select value={cluster} onChange={event => setCluster(event.target.value)}>
            <option value="">{trans.__('as the contract says')}</option>
            {pane.clusters.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label title={trans.__('Otherwise results that are still right are taken over')}>
          <input
            type="checkbox"
            checked={isForced}
            onChange={event => setForced(event.target.checked)}
          />{' '}
          {trans.__('Do everything again')}
        </label>
        {pane.runs.length > 0 ? (
          <label>
            {trans.__('Shown')}{' '}
            <select value={pane.shown} onChange={event => pane.showRun(event.target.value)}>
              {pane.runs.map(each => (
                <option key={each.run_id} value={each.run_id}>
                  {`${each.run_id} · ${stateWord(pane.stateOf(each), trans)}`}
                </option>
              ))}
              {run === undefined && pane.shown !== '' ? (
                <option value={pane.shown}>{pane.shown}</option>
              ) : null}
            </select>
          </label>
        ) : null}
        {run !== undefined ? (
          <>
            <button className="jp-agilab-Button" onClick={() => pane.openReport()}>
              {trans.__('Report')}
            </button>
            <button className="jp-agilab-Button" onClick={() => pane.openLogs()}>
              {trans.__('Logs')}
            </button>
            {run.artifact ? (
              <button className="jp-agilab-Button" onClick={() => pane.openArtifact()}>
                {trans.__('Open result')}
              </button>
            ) : null}
          </>
        ) : null}
      </div>
      <div role="status">
        {pane.trouble !== '' ? <p className="jp-agilab-Wrong">{pane.trouble}</p> : null}
        {pane.shown === '' && !pane.isStarting && pane.trouble === '' ? (
          <p className="jp-agilab-Soft">{trans.__('There is no run yet.')}</p>
        ) : null}
      </div>
    </div>
  );
}
