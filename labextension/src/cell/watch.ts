import type { Cell } from '@jupyterlab/cells';
import { PathExt } from '@jupyterlab/coreutils';
import { NotebookActions, type Notebook, type NotebookPanel } from '@jupyterlab/notebook';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { PanelLayout } from '@lumino/widgets';

import { cellStates, findLoops, RequestError } from '../requests';
import type { IRun } from '../store/types';
import type { IEventStream, IServerMessage } from '../tokens';
import { StageBadge } from './badge';
import { cellsOf, hasStages, isPython, mayHaveLoops, textOf } from './content';
import type { IMark } from './mark';
import type { EditorMarks } from './marks';
import type { ICellText, ILoop, IStanding } from './types';
import { sentence, verdictText } from './words';

/** After the last key, how long until the server is asked. */
const STATE_DELAY_MS = 900;
const LOOPS_DELAY_MS = 1500;
/** How often the ages of runs are said anew. */
const TICK_MS = 30_000;
/** Notebooks with more text than this have no marks and badges: it would be sent again and again. */
const MOST_CHARACTERS = 2_000_000;

export interface INotebookWatchOptions {
  readonly panel: NotebookPanel;
  readonly marks: EditorMarks;
  readonly settings: ServerConnection.ISettings;
  readonly contents: Contents.IManager;
  readonly commands: CommandRegistry;
  readonly events: IEventStream | null;
  readonly trans: TranslationBundle;
  readonly showsLoops: boolean;
}

/**
 * One open notebook: asks the server how its stage cells stand and what its loops are, and keeps badges and marks. All
 * of it goes when the notebook is closed.
 */
export class NotebookWatch implements IDisposable {
  constructor(private readonly options: INotebookWatchOptions) {
    this._showsLoops = options.showsLoops;
    this._states = new Debouncer(() => this._askStates(), STATE_DELAY_MS);
    this._loops = new Debouncer(() => this._askLoops(), LOOPS_DELAY_MS);
    const { panel, events } = options;
    panel.content.modelChanged.connect(this._newModel, this);
    panel.context.pathChanged.connect(this.refresh, this);
    panel.disposed.connect(this.dispose, this);
    NotebookActions.executed.connect(this._onExecuted, this);
    options.contents.fileChanged.connect(this._onFile, this);
    events?.received.connect(this._onMessage, this);
    events?.connectionChanged.connect(this._onConnection, this);
    void panel.context.ready.then(() => {
      if (!this._isDisposed) {
        this._newModel();
      }
    });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The path below the server's root. */
  get path(): string {
    return this.options.contents.localPath(this.options.panel.context.path);
  }

  /** The loops of one cell, or of all; in the order of the lines. */
  loopsOf(cell?: string): readonly ILoop[] {
    return cell === undefined ? this._found : this._found.filter(loop => loop.cell_id === cell);
  }

  /** Show or hide the marks on loops. */
  set showsLoops(value: boolean) {
    if (value === this._showsLoops) {
      return;
    }
    this._showsLoops = value;
    this._askedLoops = '';
    if (value) {
      void this._loops.invoke();
    } else {
      this._setLoops([]);
    }
  }

  /** Ask again soon, whether or not the text has changed. */
  refresh(): void {
    this._askedStates = this._askedLoops = '';
    this._onContent();
  }

  /** Look again at the files of the stages. */
  refreshStates(): void {
    if (!this._isDisposed) {
      this._askedStates = '';
      void this._states.invoke();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearInterval(this._ticking);
    this._abort.abort();
    this._states.dispose();
    this._loops.dispose();
    const { panel, events } = this.options;
    panel.content.modelChanged.disconnect(this._newModel, this);
    panel.context.pathChanged.disconnect(this.refresh, this);
    panel.disposed.disconnect(this.dispose, this);
    NotebookActions.executed.disconnect(this._onExecuted, this);
    this.options.contents.fileChanged.disconnect(this._onFile, this);
    events?.received.disconnect(this._onMessage, this);
    events?.connectionChanged.disconnect(this._onConnection, this);
    this._model?.contentChanged.disconnect(this._onContent, this);
    for (const badge of this._badges.values()) {
      badge.dispose();
    }
    this._badges.clear();
    this._setLoops([]);
  }

  private _newModel(): void {
    this._model?.contentChanged.disconnect(this._onContent, this);
    this._model = this.options.panel.content.model;
    this._model?.contentChanged.connect(this._onContent, this);
    this.refresh();
  }

  private _onContent(): void {
    if (!this._isDisposed && isPython(this._model)) {
      void this._states.invoke();
      if (this._showsLoops) {
        void this._loops.invoke();
      }
    }
  }

  /** A stage cell that ran has written its contract. */
  private _onExecuted(_sender: unknown, { notebook }: { notebook: Notebook }): void {
    if (notebook === this.options.panel.content) {
      this._ran = true;
      this.refreshStates();
    }
  }

  /** A module or a contract was saved in this page, perhaps by hand. */
  private _onFile(_sender: unknown, change: Contents.IChangedArgs): void {
    const path = change.newValue?.path ?? change.oldValue?.path ?? '';
    if (this._badges.size > 0 && /\.(py|toml)$/.test(path)) {
      this.refreshStates();
    }
  }

  private _onMessage(_sender: IEventStream, message: IServerMessage): void {
    if (this._badges.size === 0) {
      return;
    }
    if (message.type === 'tree') {
      this.refreshStates();
    } else if (message.type === 'run' || message.type === 'ended') {
      const run = message.run as IRun | undefined;
      if (run !== undefined && run.folder === PathExt.dirname(this.path)) {
        this._onRun(run);
      }
    }
  }

  private _onConnection(_sender: IEventStream, connected: boolean): void {
    if (connected) {
      this.refresh();
    }
  }

  private _onRun(run: IRun): void {
    for (const badge of this._badges.values()) {
      const state = badge.state;
      if (state?.name === run.stage && (state.run === null || state.run.run <= run.run_id)) {
        badge.tell({
          ...state,
          run: {
            run: run.run_id,
            state: run.state,
            submitted: run.submitted ?? 0,
            seconds: run.seconds ?? 0,
            message: run.message,
            partitions: run.partitions ?? 0,
            finished: run.finished ?? 0,
            failed: run.failed ?? 0,
            reused: run.reused ?? 0
          }
        });
      }
    }
  }

  private _cells(): readonly ICellText[] {
    const notebook = this._model?.sharedModel;
    return notebook === undefined ? [] : cellsOf(notebook);
  }

  private async _askStates(): Promise<void> {
    const cells = this._cells();
    const text = `${this.path}\n${textOf(cells)}`;
    if (this._isDisposed || text === this._askedStates || text.length > MOST_CHARACTERS) {
      return;
    }
    this._askedStates = text;
    const turn = ++this._stateTurn;
    if (!hasStages(cells)) {
      this._setBadges([]);
      return;
    }
    const ran = this._ran;
    this._ran = false;
    try {
      const { signal } = this._abort;
      const answer = await cellStates(this.options.settings, this.path, cells, ran, signal);
      if (turn === this._stateTurn) {
        this._setBadges(answer.cells);
      }
    } catch (error) {
      this._ran ||= ran;
      this._afterFailure(error, () => (this._askedStates = ''));
    }
  }

  private async _askLoops(): Promise<void> {
    const cells = this._cells();
    const text = `${this.path}\n${textOf(cells)}`;
    const isWanted = this._showsLoops && !this._isDisposed;
    if (!isWanted || text === this._askedLoops || text.length > MOST_CHARACTERS) {
      return;
    }
    this._askedLoops = text;
    const turn = ++this._loopTurn;
    if (!mayHaveLoops(cells)) {
      this._setLoops([]);
      return;
    }
    try {
      const { signal } = this._abort;
      const answer = await findLoops(this.options.settings, this.path, { cells, signal });
      if (!this._isDisposed && this._showsLoops && turn === this._loopTurn) {
        this._setLoops(answer.notebooks[0]?.loops ?? []);
      }
    } catch (error) {
      this._afterFailure(error, () => (this._askedLoops = ''));
    }
  }

  /** A server that cannot be reached or is busy is asked again at the next change; everything else was told by it. */
  private _afterFailure(error: unknown, forget: () => void): void {
    if (!(error instanceof RequestError) && !this._abort.signal.aborted) {
      throw error;
    }
    forget();
  }

  private _setBadges(states: readonly IStanding[]): void {
    if (this._isDisposed) {
      return;
    }
    const { panel, commands, trans } = this.options;
    const widgets = new Map<string, Cell>();
    for (const cell of panel.content.widgets) {
      widgets.set(cell.model.id, cell);
    }
    const wanted = new Set(states.map(state => state.id));
    for (const [id, badge] of [...this._badges]) {
      if (!wanted.has(id) || badge.isDisposed || badge.parent !== widgets.get(id)) {
        badge.dispose();
        this._badges.delete(id);
      }
    }
    for (const state of states) {
      const cell = widgets.get(state.id);
      if (cell === undefined) {
        continue;
      }
      let badge = this._badges.get(state.id);
      if (badge === undefined) {
        badge = new StageBadge(commands, trans);
        (cell.layout as PanelLayout).insertWidget(0, badge);
        this._badges.set(state.id, badge);
      }
      badge.tell(state);
    }
    this._tickWhile(this._badges.size > 0);
  }

  private _tickWhile(needed: boolean): void {
    if (needed && this._ticking === 0) {
      this._ticking = window.setInterval(() => {
        if (!document.hidden) {
          this._badges.forEach(badge => badge.tick());
        }
      }, TICK_MS);
    } else if (!needed && this._ticking !== 0) {
      window.clearInterval(this._ticking);
      this._ticking = 0;
    }
  }

  private _setLoops(loops: readonly ILoop[]): void {
    this._found = loops;
    const byCell = new Map<string, IMark[]>();
    for (const loop of loops) {
      const marks = byCell.get(loop.cell_id) ?? [];
      marks.push(this._markOf(loop));
      byCell.set(loop.cell_id, marks);
    }
    for (const cell of this._model?.sharedModel?.cells ?? []) {
      this.options.marks.set('loops', cell, byCell.get(cell.getId()) ?? []);
    }
  }

  private _markOf(loop: ILoop): IMark {
    const label = `${verdictText(loop, this.options.trans)}: ${sentence(loop.message)}`;
    const { line, end_line: endLine, verdict: kind } = loop;
    return { line, endLine, kind, label };
  }

  private readonly _abort = new AbortController();
  private readonly _badges = new Map<string, StageBadge>();
  private readonly _states: Debouncer;
  private readonly _loops: Debouncer;
  private _model: NotebookPanel['content']['model'] = null;
  private _found: readonly ILoop[] = [];
  private _askedStates = '';
  private _askedLoops = '';
  // an answer that comes behind a newer one says what was
  private _stateTurn = 0;
  private _loopTurn = 0;
  private _showsLoops: boolean;
  private _ran = false;
  private _ticking = 0;
  private _isDisposed = false;
}
