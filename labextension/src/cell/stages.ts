import type { EditorView } from '@codemirror/view';
import type { ISharedCell } from '@jupyter/ydoc';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { applyMigration, RequestError, undoMigration } from '../requests';
import type { IEventStream } from '../tokens';
import { AnalysisModel } from './analysis';
import { CellSubject } from './subject';
import { cellsOf } from './content';
import { indexOf, replaceCell, restoreCell } from './edits';
import { Explanation } from './explanation';
import type { IMark } from './mark';
import { EditorMarks, type IMarkClick } from './marks';
import type { StagePanel } from './panel';
import type { ILoop } from './types';
import { NotebookWatch } from './watch';
import { findingText } from './words';

export interface ICellStagesOptions {
  readonly app: JupyterFrontEnd;
  readonly tracker: INotebookTracker;
  readonly events: IEventStream | null;
  readonly trans: TranslationBundle;
}

/** All open notebooks: what watches each of them, the panel at the side, and what the commands do. */
export class CellStages {
  constructor(private readonly options: ICellStagesOptions) {
    const { tracker } = options;
    tracker.forEach(panel => this._watch(panel));
    tracker.widgetAdded.connect((_, panel) => this._watch(panel));
    tracker.currentChanged.connect((_, panel) => {
      // its files may have been edited elsewhere while something else was shown
      if (panel !== null) {
        this._watches.get(panel)?.refreshStates();
      }
    });
    this.marks.clicked.connect((_, click) => this._explainClicked(click));
    this._analysis.changed.connect(() => this._markFindings());
  }

  readonly marks = new EditorMarks();

  /** Whether loops are marked. */
  get showsLoops(): boolean {
    return this._showsLoops;
  }

  set showsLoops(value: boolean) {
    this._showsLoops = value;
    for (const watch of this._watches.values()) {
      watch.showsLoops = value;
    }
  }

  /** Show what the active cell would become. */
  async showPanel(): Promise<void> {
    const panel = this.options.tracker.currentWidget;
    const cell = this.options.tracker.activeCell;
    if (panel === null || cell?.model.type !== 'code') {
      return;
    }
    const { app, trans } = this.options;
    const { id } = cell.model;
    const { StagePanel } = await import('./panel');
    if (panel.isDisposed) {
      return;
    }
    if (this._panel === null) {
      const made = (this._panel = new StagePanel({
        model: this._analysis,
        trans,
        goTo: line => this._goTo(line),
        convert: loop => void this.convert(loop.cell_id, loop.line)
      }));
      made.disposed.connect(() => {
        this._panel = null;
        this._look(null);
      });
    }
    if (!this._panel.isAttached) {
      app.shell.add(this._panel, 'right', { rank: 650, type: 'AGILAB' });
    }
    this._look(new CellSubject({ panel, id, trans, services: app.serviceManager }));
    app.shell.activateById(this._panel.id);
    this._panel.node.querySelector('input')?.focus();
  }

  /** Explain the innermost loop at the cursor; false where there is none. */
  explainAtCursor(): boolean {
    const panel = this.options.tracker.currentWidget;
    const cell = this.options.tracker.activeCell;
    const loop = this._loopAtCursor(panel, cell);
    const view = cell === null ? null : this.marks.viewOf(cell.model.sharedModel);
    if (panel === null || cell === null || loop === null || view === null) {
      return false;
    }
    this._explain(panel, loop, view, true);
    return true;
  }

  /** Show what converting a loop does and, if that is wanted, convert it: files first, then the cell. */
  async convert(id?: string, line?: number): Promise<void> {
    const { app, tracker, trans } = this.options;
    const panel = tracker.currentWidget;
    const shared = panel?.content.model?.sharedModel;
    const loop =
      id === undefined
        ? this._loopAtCursor(panel, tracker.activeCell)
        : (this._loops(panel, id).find(each => each.line === line) ?? null);
    if (panel === null || shared === undefined || loop === null) {
      Notification.info(trans.__('There is no loop at the cursor.'), { autoClose: 4000 });
      return;
    }
    const settings = app.serviceManager.serverSettings;
    const path = app.serviceManager.contents.localPath(panel.context.path);
    const only = [{ cell: indexOf(shared, loop.cell_id), line: loop.line }];
    try {
      const { chooseConversion } = await import('../migration/dialog');
      const chosen = await chooseConversion(
        settings,
        { path, cells: cellsOf(shared), only },
        trans
      );
      if (chosen === null) {
        return;
      }
      const request = { path, cells: cellsOf(shared), only, form: chosen.form };
      const done = await applyMigration(settings, { ...request, digest: chosen.digest });
      const [changed] = done.cells;
      const replaced =
        changed === undefined
          ? null
          : replaceCell(shared, changed.id, changed.before, changed.after);
      if (replaced === null) {
        await undoMigration(settings, { path, files: done.written });
        throw new RequestError(
          409,
          trans.__('The cell was edited meanwhile; nothing was changed.')
        );
      }
      Notification.success(
        trans.__('The loop is a stage now: %1', done.converted.map(each => each.stage).join(', ')),
        {
          autoClose: 15_000,
          actions: [
            {
              label: trans.__('Undo'),
              callback: () => {
                if (restoreCell(shared, replaced)) {
                  undoMigration(settings, { path, files: done.written }).catch(error =>
                    this._tell(error)
                  );
                } else {
                  Notification.warning(
                    trans.__('The cells were edited since; undo it in the notebook.')
                  );
                }
              }
            }
          ]
        }
      );
    } catch (error) {
      this._tell(error);
    }
  }

  private _tell(error: unknown): void {
    const told = error instanceof RequestError ? error : null;
    const message = [told?.message ?? String(error), told?.hint].filter(Boolean).join('\n');
    Notification.error(message, { autoClose: 10_000 });
  }

  private _watch(panel: NotebookPanel): void {
    const { app, events, trans } = this.options;
    const { commands, serviceManager } = app;
    const watch = new NotebookWatch({
      panel,
      marks: this.marks,
      settings: serviceManager.serverSettings,
      contents: serviceManager.contents,
      commands,
      events,
      trans,
      showsLoops: this._showsLoops
    });
    this._watches.set(panel, watch);
    panel.disposed.connect(() => this._watches.delete(panel));
  }

  private _look(subject: CellSubject | null): void {
    this._subject?.dispose();
    this._clearFindings();
    this._subject = subject;
    subject?.changed.connect(() => this._analysis.textChanged());
    subject?.gone.connect(() => this._look(null));
    this._analysis.show(subject);
  }

  private _markFindings(): void {
    const shared = this._subject?.shared ?? null;
    if (shared === null || this._analysis.isBusy) {
      return;
    }
    const found = this._analysis.analysis?.findings ?? [];
    const marks = found.flatMap<IMark>(finding =>
      finding.line
        ? [
            {
              line: finding.line,
              endLine: finding.line,
              kind: finding.severity,
              label: findingText(finding, this.options.trans)
            }
          ]
        : []
    );
    this._marked = shared;
    this.marks.set('findings', shared, marks);
  }

  private _clearFindings(): void {
    if (this._marked !== null) {
      this.marks.set('findings', this._marked, []);
      this._marked = null;
    }
  }

  private _goTo(line: number): void {
    const subject = this._subject;
    const view = subject?.shared ? this.marks.viewOf(subject.shared) : null;
    if (!subject || view === null || line > view.state.doc.lines) {
      return;
    }
    subject.activate();
    const position = view.state.doc.line(line).from;
    view.dispatch({ selection: { anchor: position }, scrollIntoView: true });
    view.focus();
  }

  private _explainClicked({ shared, view, mark }: IMarkClick): void {
    const panel = this.options.tracker.find(each =>
      (each.content.model?.sharedModel.cells ?? []).includes(shared as ISharedCell)
    );
    if (panel === undefined) {
      return;
    }
    if (mark.kind === 'convert' || mark.kind === 'refuse') {
      const id = (shared as ISharedCell).getId();
      const loop = this._loops(panel, id).find(each => each.line === mark.line);
      if (loop !== undefined) {
        this._explain(panel, loop, view, false);
      }
    } else if (this._panel !== null) {
      this.options.app.shell.activateById(this._panel.id);
    }
  }

  private _explain(panel: NotebookPanel, loop: ILoop, view: EditorView, focus: boolean): void {
    this._explanation?.dispose();
    const line = view.state.doc.line(Math.min(loop.line, view.state.doc.lines));
    const place = view.coordsAtPos(line.from) ?? view.dom.getBoundingClientRect();
    const canEdit = !panel.content.model?.readOnly;
    this._explanation = new Explanation({
      loop,
      trans: this.options.trans,
      anchor: place,
      from: view.contentDOM,
      convert: canEdit ? () => void this.convert(loop.cell_id, loop.line) : null
    });
    this._explanation.open(focus);
  }

  private _loops(panel: NotebookPanel | null, id?: string): readonly ILoop[] {
    return panel === null ? [] : (this._watches.get(panel)?.loopsOf(id) ?? []);
  }

  private _loopAtCursor(panel: NotebookPanel | null, cell: Cell | null): ILoop | null {
    if (cell === null) {
      return null;
    }
    const loops = this._loops(panel, cell.model.id);
    const line = (cell.editor?.getCursorPosition().line ?? 0) + 1;
    const around = loops.filter(loop => loop.line <= line && line <= loop.end_line);
    // the innermost; where the cursor is in none and the cell has one, that one is meant
    return around.pop() ?? (loops.length === 1 ? loops[0] : null);
  }

  private readonly _analysis = new AnalysisModel();
  private readonly _watches = new Map<NotebookPanel, NotebookWatch>();
  private _panel: StagePanel | null = null;
  private _subject: CellSubject | null = null;
  private _marked: object | null = null;
  private _explanation: Explanation | null = null;
  private _showsLoops = true;
}
