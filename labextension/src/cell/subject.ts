import type { ISharedCell } from '@jupyter/ydoc';
import { PathExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ServiceManager } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { analyseCell } from '../requests';
import type { ISubject, Said } from './analysis';
import { cellsOf, textOf } from './content';
import { indexOf, writeHeader } from './edits';
import type { IAnalysis } from './types';

export interface ICellSubjectOptions {
  readonly panel: NotebookPanel;
  readonly id: string;
  readonly trans: TranslationBundle;
  readonly services: ServiceManager.IManager;
}

/** A cell of an open notebook that the panel looks at. */
export class CellSubject implements ISubject, IDisposable {
  constructor(private readonly options: ICellSubjectOptions) {
    const { panel } = options;
    panel.disposed.connect(this._close, this);
    panel.content.model?.contentChanged.connect(this._onContent, this);
    this._text = this._now();
  }

  /** Emits when the text of the notebook's cells has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emits when the cell or its notebook is gone. */
  get gone(): ISignal<this, void> {
    return this._gone;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get title(): string {
    const { panel, trans } = this.options;
    return trans.__('Cell %1 of %2', this._index + 1, PathExt.basename(panel.context.path));
  }

  /** The cell itself; `null` where it is gone. */
  get shared(): ISharedCell | null {
    return this._notebook?.cells[this._index] ?? null;
  }

  analyse(said: Said, signal: AbortSignal): Promise<IAnalysis> {
    const { panel, id, services } = this.options;
    const notebook = this._notebook;
    const cells = notebook === null ? [] : cellsOf(notebook);
    const path = services.contents.localPath(panel.context.path);
    return analyseCell(services.serverSettings, path, cells, id, said, signal);
  }

  write(header: string, needsLoad: boolean): boolean {
    const notebook = this._notebook;
    return notebook !== null && writeHeader(notebook, this.options.id, header, needsLoad);
  }

  /** Make it the active cell of its notebook. */
  activate(): void {
    this.options.panel.content.activeCellIndex = this._index;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    const { panel } = this.options;
    panel.disposed.disconnect(this._close, this);
    panel.content.model?.contentChanged.disconnect(this._onContent, this);
    Signal.clearData(this);
  }

  private get _notebook(): NonNullable<NotebookPanel['content']['model']>['sharedModel'] | null {
    const { panel } = this.options;
    return panel.isDisposed ? null : (panel.content.model?.sharedModel ?? null);
  }

  private get _index(): number {
    return this._notebook === null ? -1 : indexOf(this._notebook, this.options.id);
  }

  private _now(): string {
    return this._notebook === null ? '' : textOf(cellsOf(this._notebook));
  }

  private _onContent(): void {
    if (this._index < 0) {
      this._close();
      return;
    }
    const now = this._now();
    if (now !== this._text) {
      this._text = now;
      this._changed.emit();
    }
  }

  private _close(): void {
    this._gone.emit();
  }

  private _text: string;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _gone = new Signal<this, void>(this);
}
