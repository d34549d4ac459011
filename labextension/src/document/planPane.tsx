import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import { duration, size } from '../view/figures';
import { IOpened, SocketModel } from '../view/socketModel';
import { PanelViewWidget } from '../view/viewWidget';
import { Findings, IFormDoer } from './form/fieldView';
import { DocumentModel } from './model';
import { TrialBox } from './trialBox';
import { ITrialDoer } from './trialModel';

const PLAN_AFTER_MS = 600;

/** What a run would do: figures, findings, a trial of one partition, and the map of workers and partitions. */
export class PlanPane extends Panel {
  constructor(
    private readonly document: DocumentModel,
    private readonly isSaved: () => boolean,
    private readonly model: SocketModel,
    trials: ITrialDoer,
    findingsDoer: IFormDoer,
    trans: TranslationBundle,
    private readonly onRun: () => void
  ) {
    super();
    this.addClass('jp-agilab-Pane');
    this.addClass('jp-agilab-Plan');
    const head = ReactWidget.create(
      <UseSignal signal={this.changed}>
        {() => (
          <PlanHead
            opened={this.opened}
            isPlanning={this.isPlanning}
            trans={trans}
            doer={findingsDoer}
            trials={trials}
            isSaved={this.isSaved()}
          />
        )}
      </UseSignal>
    );
    this.addWidget(head);
    this.addWidget(new PanelViewWidget(model));
    model.opened.connect(this.onOpened, this);
    model.summaryChanged.connect(this.onSummary, this);
    document.textChanged.connect(this.onText, this);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    window.clearTimeout(this.timer);
    this.document.textChanged.disconnect(this.onText, this);
    this.model.opened.disconnect(this.onOpened, this);
    this.model.summaryChanged.disconnect(this.onSummary, this);
    this.model.dispose();
    super.dispose();
    Signal.clearData(this);
  }

  /** Plan the text as it is, where that was not done yet. */
  refresh(isUrgent = true): void {
    const text = this.document.text;
    const key = `${this.isSaved() ? 'saved' : 'text'}\n${this.document.path}\n${text}`;
    if (key === this.planned && !isUrgent) {
      return;
    }
    this.planned = key;
    this.isPlanning = true;
    this.changed.emit();
    this.model.show({
      what: 'plan',
      path: this.document.path,
      // partitions of what is saved can be pinned and run
      ...(this.isSaved() ? {} : { text })
    });
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.refresh(false);
    }
  }

  protected override onAfterShow(): void {
    this.refresh(false);
  }

  private onText(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.isVisible) {
        this.refresh(false);
      }
    }, PLAN_AFTER_MS);
  }

  // somebody chose partitions of the plan and ran them: that is shown where runs are
  private onSummary(): void {
    const { run_id: run } = this.model.summary;
    if (typeof run === 'string') {
      this.refresh();
      this.onRun();
    }
  }

  private onOpened(_: SocketModel, opened: IOpened): void {
    this.opened = opened;
    this.isPlanning = false;
    this.changed.emit();
  }

  private readonly changed = new Signal<this, void>(this);
  private opened: IOpened | null = null;
  private isPlanning = false;
  private planned = '';
  private timer = 0;
}

function PlanHead(props: {
  opened: IOpened | null;
  isPlanning: boolean;
  isSaved: boolean;
  trans: TranslationBundle;
  doer: IFormDoer;
  trials: ITrialDoer;
}): JSX.Element {
  const { opened, isPlanning, isSaved, trans, doer, trials } = props;
  const count = opened?.partitions;
  const estimate = opened?.estimate;
  const facts: [string, string][] = [];
  if (typeof count === 'number') {
    facts.push([trans.__('Partitions'), count.toLocaleString()]);
    facts.push([trans.__('Workers'), (opened?.workers ?? 0).toLocaleString()]);
    facts.push([
      trans.__('Expected time'),
      opened?.expected_s ? duration(opened.expected_s) : trans.__('not known; a trial tells')
    ]);
    if (estimate?.memory_per_worker_bytes) {
      facts.push([trans.__('Memory of a worker'), size(estimate.memory_per_worker_bytes)]);
    }
    if (estimate?.result_bytes) {
      facts.push([trans.__('Results'), size(estimate.result_bytes)]);
    }
    if (opened?.pins) {
      facts.push([trans.__('Pinned partitions'), opened.pins.toLocaleString()]);
    }
  }
  return (
    <div className="jp-agilab-PaneHead">
      <p role="status" className="jp-agilab-Soft">
        {isPlanning
          ? trans.__('Planning…')
          : opened === null
            ? ''
            : typeof count === 'number'
              ? isSaved
                ? trans.__('What a run would do. Nothing is run by looking.')
                : trans.__('What a run of the text would do, once it is saved. Nothing is run.')
              : trans.__('There is no plan: correct the errors first.')}
      </p>
      {opened?.error ? (
        <p className="jp-agilab-Wrong" role="alert">
          {opened.error.message} {opened.error.hint}
        </p>
      ) : null}
      <Findings findings={opened?.findings?.map(withCode) ?? []} doer={doer} />
      {facts.length > 0 ? (
        <dl className="jp-agilab-Facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      {opened?.rule ? <p className="jp-agilab-Soft">{opened.rule}</p> : null}
      {typeof count === 'number' && count > 0 ? (
        <TrialBox count={count} isTried={opened?.is_tried === true} doer={trials} trans={trans} />
      ) : null}
    </div>
  );
}

function withCode<T extends object>(finding: T): T & { code: string } {
  return { code: '', ...finding };
}
