import { PathExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import { CommandIDs } from '../commands';
import { DocumentModel } from '../document/model';
import { clustersOf, runWorkflow, stopWorkflow, workflowStatus } from '../requests';
import { IEventStream, IServerMessage, IStore } from '../tokens';
import { duration } from '../view/figures';
import { stateWord } from '../words';
import { Graph, progressWords } from './graph';
import { GraphModel, IWorkflowServer, IWorkflowStart } from './graphModel';
import { runOf } from './stageRun';
import { IWorkflowGraph, IWorkflowStage } from './types';

/** What the graph needs of the application and of its document. */
export interface IGraphParts {
  readonly settings: ServerConnection.ISettings;
  readonly commands: CommandRegistry;
  readonly events: IEventStream | null;
  readonly store: IStore | null;
  readonly trans: TranslationBundle;
  readonly document: DocumentModel;
  readonly save: () => Promise<boolean>;
}

/** The graph of a workflow with the state of its newest run. */
export class GraphPane extends ReactWidget {
  constructor(private readonly parts: IGraphParts) {
    super();
    this.addClass('jp-agilab-Pane');
    this.server = new WorkflowRequests(parts);
    this.model = new GraphModel(parts.document, this.server, parts.save);
    parts.document.stateChanged.connect(this.onDocument, this);
    void this.model.refresh();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.parts.document.stateChanged.disconnect(this.onDocument, this);
    this.model.dispose();
    this.server.dispose();
    super.dispose();
  }

  /** Ask again, as after the file was saved. */
  refresh(): void {
    void this.model.refresh();
  }

  protected override onAfterShow(): void {
    this.refresh();
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this.model.changed}>
        {() => <GraphView model={this.model} parts={this.parts} />}
      </UseSignal>
    );
  }

  // flags and stages come from the file
  private onDocument(): void {
    const text = JSON.stringify(this.parts.document.values);
    if (text !== this.seen) {
      this.seen = text;
      this.update();
    }
  }

  private readonly model: GraphModel;
  private readonly server: WorkflowRequests;
  private seen = '';
}

class WorkflowRequests implements IWorkflowServer {
  constructor(private readonly parts: IGraphParts) {
    parts.events?.received.connect(this.onEvent, this);
  }

  get told(): ISignal<this, { path: string; status: IWorkflowGraph }> {
    return this._told;
  }

  dispose(): void {
    this.parts.events?.received.disconnect(this.onEvent, this);
    Signal.clearData(this);
  }

  async status(path: string, isPlanned: boolean): Promise<IWorkflowGraph> {
    return (await workflowStatus(this.parts.settings, path, isPlanned)).status;
  }

  async run(settings: IWorkflowStart): Promise<IWorkflowGraph> {
    return (await runWorkflow(this.parts.settings, settings)).status as IWorkflowGraph;
  }

  async stop(path: string): Promise<IWorkflowGraph> {
    return (await stopWorkflow(this.parts.settings, path)).status as IWorkflowGraph;
  }

  async clusters(path: string): Promise<readonly string[]> {
    try {
      const { clusters } = await clustersOf(this.parts.settings, PathExt.dirname(path));
      return clusters.filter(each => each.ok).map(each => each.name);
    } catch {
      // a choice less
      return [];
    }
  }

  private onEvent(_: IEventStream, message: IServerMessage): void {
    if (message.type === 'workflow') {
      this._told.emit({
        path: String(message.path),
        status: message.status as IWorkflowGraph
      });
    }
  }

  private readonly _told = new Signal<this, { path: string; status: IWorkflowGraph }>(this);
}

function GraphView({ model, parts }: { model: GraphModel; parts: IGraphParts }): JSX.Element {
  const { trans, commands } = parts;
  const { graph } = model;
  const [flags, setFlags] = React.useState<ReadonlyMap<string, boolean>>(new Map());
  const [cluster, setCluster] = React.useState('');
  const folder = PathExt.dirname(parts.document.path);
  const contractOf = (stage: IWorkflowStage): string =>
    PathExt.normalize(PathExt.join(folder, stage.contract));
  const openContract = (stage: IWorkflowStage): void => {
    void commands.execute('docmanager:open', { path: contractOf(stage) });
  };
  const openRun = (stage: IWorkflowStage): void => {
    const run = runOf(stage);
    if (run !== null) {
      void commands.execute(CommandIDs.openRun, { path: contractOf(stage), ...run });
    }
  };
  const hasRun = (stage: IWorkflowStage): boolean => runOf(stage) !== null;
  const asked = [...model.flags].flatMap(([name, isOn]) => {
    const wanted = flags.get(name) ?? isOn;
    return wanted === isOn ? [] : [wanted ? name : `no-${name}`];
  });
  const chosen = graph?.stages.find(stage => stage.name === model.chosen);
  return (
    <div className="jp-agilab-PaneHead">
      <div className="jp-agilab-Buttons">
        <button
          className="jp-agilab-Button jp-mod-primary"
          disabled={model.isBusy || model.isRunning}
          title={trans.__('Saves the workflow and runs its stages')}
          onClick={() =>
            void model.run({
              cluster: cluster || undefined,
              flags: asked.length > 0 ? asked : undefined
            })
          }
        >
          {trans.__('Run')}
        </button>
        <button
          className="jp-agilab-Button"
          disabled={model.isBusy || !model.isRunning}
          onClick={() => void model.stop()}
        >
          {trans.__('Stop')}
        </button>
        <button
          className="jp-agilab-Button"
          disabled={!graph?.run_id}
          title={trans.__('The page that tells how the run went')}
          onClick={() =>
            void commands.execute(CommandIDs.openReport, {
              path: parts.document.path,
              run: graph?.run_id ?? ''
            })
          }
        >
          {trans.__('Report')}
        </button>
        <label>
          {trans.__('Where')}{' '}
          <select value={cluster} onChange={event => setCluster(event.target.value)}>
            <option value="">{trans.__('as the workflow says')}</option>
            {model.clusters.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {trans.__('Shown')}{' '}
          <select
            value={model.isPlanned ? 'planned' : 'run'}
            onChange={event => void model.showPlanned(event.target.value === 'planned')}
          >
            <option value="run">{trans.__('the newest run')}</option>
            <option value="planned">{trans.__('what would run')}</option>
          </select>
        </label>
        {[...model.flags].map(([name, isOn]) => (
          <label key={name} title={trans.__('Stages with when = "%1" run where this is on', name)}>
            <input
              type="checkbox"
              checked={flags.get(name) ?? isOn}
              disabled={model.isRunning}
              onChange={event => setFlags(new Map([...flags, [name, event.target.checked]]))}
            />{' '}
            {name}
          </label>
        ))}
      </div>
      <div role="status">
        {model.trouble !== '' ? <p className="jp-agilab-Wrong">{model.trouble}</p> : null}
        {graph !== null ? (
          <p className="jp-agilab-Soft">
            {graph.run_id === null
              ? model.isPlanned
                ? trans.__('This is what would run, as the file was saved.')
                : trans.__('This is what would run; there was no run yet.')
              : trans.__('Run %1: %2', graph.run_id, stateWord(graph.state ?? '', trans))}
            {graph.message ? ` ${graph.message}` : ''}
          </p>
        ) : null}
      </div>
      {graph !== null ? (
        <Graph
          graph={graph}
          chosen={model.chosen}
          onChoose={name => model.choose(name)}
          onOpen={stage => (hasRun(stage) ? openRun(stage) : openContract(stage))}
          trans={trans}
        />
      ) : null}
      {chosen !== undefined ? (
        <section className="jp-agilab-ChosenStage" aria-label={trans.__('Stage %1', chosen.name)}>
          <h3>{chosen.name}</h3>
          <p>
            {progressWords(chosen, trans)}
            {chosen.seconds !== null ? ` · ${duration(chosen.seconds)}` : ''}
            {chosen.group ? ` · ${trans.__('group %1', chosen.group)}` : ''}
            {chosen.when ? ` · ${trans.__('when %1', chosen.when)}` : ''}
          </p>
          {chosen.message ? <p className="jp-agilab-Wrong">{chosen.message}</p> : null}
          <div className="jp-agilab-Buttons">
            <button className="jp-agilab-Button" onClick={() => openContract(chosen)}>
              {trans.__('Open contract')}
            </button>
            {hasRun(chosen) ? (
              <button className="jp-agilab-Button" onClick={() => openRun(chosen)}>
                {trans.__('Open run')}
              </button>
            ) : null}
          </div>
        </section>
      ) : null}
    </div>
  );
}
