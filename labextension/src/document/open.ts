/**
 * Puts a document's view together; loaded when the first document is opened.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { Message } from '@lumino/messaging';
import { Poll } from '@lumino/polling';
import { Panel } from '@lumino/widgets';

import {
  checkDocument,
  completeDocument,
  documentSchema,
  editDocument,
  startTrial,
  stopTrial,
  trialState
} from '../requests';
import { viewModel } from '../view/connect';
import { RunPane } from '../view/runPane';
import { clusterExtra } from './clusterCheck';
import { ContextText } from './holder';
import { DocumentModel } from './model';
import { DocumentPanel, IPane } from './panel';
import { PlanPane } from './planPane';
import { StageRuns } from './runs';
import { TrialModel } from './trialModel';
import { DocumentKind, ISchema } from './types';
import type { IDocumentParts, IOpenDocument } from './parts';
import { GraphPane } from '../workflow/graphPane';

const LOOK_EVERY_MS = 3_000;
const TRIAL_WAIT_S = 15;

const schemas = new Map<DocumentKind, Promise<ISchema>>();

/** Make the view of an open file. */
export async function openDocument(
  context: DocumentRegistry.CodeContext,
  kind: DocumentKind,
  parts: IDocumentParts
): Promise<IOpenDocument> {
  let schema = schemas.get(kind);
  if (schema === undefined) {
    schema = documentSchema(parts.settings, kind);
    schema.catch(() => schemas.delete(kind));
    schemas.set(kind, schema);
  }
  return new OpenDocument(context, kind, parts, await schema);
}

class OpenDocument extends Panel implements IOpenDocument {
  constructor(
    private readonly context: DocumentRegistry.CodeContext,
    kind: DocumentKind,
    private readonly parts: IDocumentParts,
    schema: ISchema
  ) {
    super();
    this.addClass('jp-agilab-OpenDocument');
    const { settings, trans } = parts;
    this.model = new DocumentModel(
      new ContextText(context),
      {
        check: (path, text, isThorough) => checkDocument(settings, path, text, isThorough),
        edit: (path, text, changes) => editDocument(settings, path, text, changes)
      },
      trans
    );
    this.panel = new DocumentPanel({
      context,
      model: this.model,
      schema,
      editors: parts.editors,
      complete: (text, line, column) =>
        completeDocument(settings, { path: context.localPath, text, line, column }),
      panes: this.panes(kind),
      trans,
      extra:
        kind === 'clusters'
          ? clusterExtra(
              parts.commands,
              () => context.localPath,
              () => this.saved(),
              trans
            )
          : undefined,
      reload: () => this.reload()
    });
    this.addWidget(this.panel);
    this.poll = new Poll({
      factory: () => this.lookAtFile(),
      frequency: { interval: LOOK_EVERY_MS, backoff: true, max: 10 * LOOK_EVERY_MS },
      name: 'jupyter-agilab:document',
      standby: () => (document.hidden || !this.isVisible ? 'when-hidden' : 'never')
    });
    context.fileChanged.connect(this.onSaved, this);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.poll.dispose();
    this.context.fileChanged.disconnect(this.onSaved, this);
    this.model.dispose();
    this.runs?.dispose();
    this.trials?.dispose();
    super.dispose();
  }

  flush(): Promise<void> {
    return this.model.flush();
  }

  choose(part: string): void {
    this.panel.choose(part);
  }

  protected override onActivateRequest(_message: Message): void {
    this.panel.activate();
  }

  // what is run is what stands in the file
  private async saved(): Promise<boolean> {
    await this.model.flush();
    if (this.context.model.dirty) {
      await this.context.save();
    }
    return !this.context.model.dirty;
  }

  private panes(kind: DocumentKind): IPane[] {
    const { settings, trans, commands, store, events } = this.parts;
    if (kind === 'workflow') {
      return [
        {
          name: 'graph',
          label: trans.__('Graph'),
          isFirst: true,
          create: () => {
            this.graph = new GraphPane({
              settings,
              trans,
              commands,
              store,
              events,
              document: this.model,
              save: () => this.saved()
            });
            return this.graph;
          }
        }
      ];
    }
    if (kind === 'clusters') {
      return [];
    }
    const trials = new TrialModel(
      {
        start: (partition, sizes) =>
          startTrial(settings, { path: this.context.localPath, partition, sizes, wait_s: 2 }),
        state: id => trialState(settings, id, TRIAL_WAIT_S),
        stop: id => stopTrial(settings, id)
      },
      () => this.saved()
    );
    this.trials = trials;
    const runs = new StageRuns(
      this.parts,
      () => ({ path: this.context.localPath, stage: stageOf(this.model.values.name) }),
      () => this.saved()
    );
    this.runs = runs;
    return [
      {
        name: 'plan',
        label: trans.__('Plan'),
        create: ({ doer }) => {
          const pane = new PlanPane(
            this.model,
            () => !this.context.model.dirty,
            viewModel(settings, trans),
            trials,
            doer,
            trans,
            () => this.showRuns()
          );
          trials.ended.connect(() => pane.refresh(), pane);
          runs.changed.connect(() => pane.isVisible && pane.refresh(), pane);
          this.plan = pane;
          return pane;
        }
      },
      {
        name: 'run',
        label: trans.__('Run'),
        create: () => {
          this.run = new RunPane(runs, viewModel(settings, trans), trans);
          return this.run;
        }
      }
    ];
  }

  private showRuns(): void {
    this.panel.choose('run');
    void this.run?.showNewest();
  }

  private onSaved(): void {
    this.panel.isOutdated = false;
    this.graph?.refresh();
    if (this.plan?.isVisible) {
      this.plan.refresh(false);
    }
  }

  /** See whether somebody else has written the file; without changes here it is simply read again. */
  private async lookAtFile(): Promise<void> {
    const { context } = this;
    const known = context.contentsModel?.last_modified;
    if (known === undefined || context.isDisposed || context.contentsModel?.type !== 'file') {
      return;
    }
    const now = await this.parts.contents.get(context.path, { content: false });
    if (
      this.isDisposed ||
      context.contentsModel?.last_modified !== known ||
      new Date(now.last_modified).getTime() <= new Date(known).getTime() + 100
    ) {
      return;
    }
    if (context.model.dirty) {
      this.panel.isOutdated = true;
    } else {
      await this.reload();
    }
  }

  // what was read is what stands in the file; Lab itself leaves it marked as changed
  private async reload(): Promise<void> {
    await this.context.revert();
    if (!this.isDisposed) {
      this.context.model.dirty = false;
    }
  }

  private readonly model: DocumentModel;
  private readonly panel: DocumentPanel;
  private readonly poll: Poll;
  private plan: PlanPane | null = null;
  private run: RunPane | null = null;
  private graph: GraphPane | null = null;
  private runs: StageRuns | null = null;
  private trials: TrialModel | null = null;
}

function stageOf(name: unknown): string {
  return typeof name === 'string' ? name : '';
}
