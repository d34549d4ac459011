import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { ITarget } from '../targets';
import type { IStore } from '../tokens';
import { Row, rowsOf } from './rows';

/** What the sidebar shows: the rows, the filter, what is open, and the row that has the focus. */
export class SidebarModel implements IDisposable {
  constructor(
    readonly store: IStore,
    private readonly trans: TranslationBundle
  ) {
    store.changed.connect(this._onStore, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get filter(): string {
    return this._filter;
  }

  set filter(text: string) {
    if (text !== this._filter) {
      this._filter = text;
      this._tell();
    }
  }

  /** The rows, top to bottom; the same array until something changes. */
  get rows(): readonly Row[] {
    if (this._rows === null) {
      this._rows = rowsOf(
        this.store,
        { filter: this._filter.trim(), toggled: this._toggled },
        this.trans
      );
    }
    return this._rows;
  }

  /** The place of the row that has or had the focus; 0 where it is gone. */
  get current(): number {
    const at = this.rows.findIndex(row => row.id === this._current);
    return at < 0 ? Math.min(Math.max(this._lastPlace, 0), this.rows.length - 1) : at;
  }

  /** What commands from the palette are about. */
  get target(): ITarget | null {
    const row = this.rows.find(each => each.id === this._current);
    return row ? targetOf(row) : null;
  }

  /** Move to a row. */
  go(at: number): void {
    const row = this.rows[at];
    if (row) {
      this._current = row.id;
      this._lastPlace = at;
      this._changed.emit();
    }
  }

  /** Open or close what is below a row. */
  toggle(at: number): void {
    const row = this.rows[at];
    if (row?.isExpanded === undefined) {
      return;
    }
    this._current = row.id;
    this._lastPlace = at;
    if (!this._toggled.delete(row.id)) {
      this._toggled.add(row.id);
    }
    if (row.id === 'section:runs' && !row.isExpanded) {
      void this.store.loadRuns(false);
    }
    this._tell();
  }

  /** Something that is told by time alone, as an age, is to be drawn again. */
  tick(): void {
    this._changed.emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.store.changed.disconnect(this._onStore, this);
    Signal.clearData(this);
  }

  private _onStore(): void {
    this._tell();
  }

  private _tell(): void {
    this._rows = null;
    this._changed.emit();
  }

  private _rows: Row[] | null = null;
  private _filter = '';
  private _current = '';
  private _lastPlace = 0;
  private _isDisposed = false;
  private readonly _toggled = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
}

/** What the commands about a row need to know. */
export function targetOf(row: Row): ITarget {
  switch (row.kind) {
    case 'contract': {
      const { path, folder, stage, last_run: last } = row.contract;
      const run = row.live?.run ?? last;
      return {
        path,
        folder,
        stage,
        ...(run ? { run: run.run_id } : {}),
        ...(last?.artifact ? { artifact: last.artifact } : {})
      };
    }
    case 'run': {
      const { contract, folder, stage, run_id: run, artifact } = row.run;
      return {
        folder,
        stage,
        run,
        ...(contract ? { path: contract } : {}),
        ...(artifact ? { artifact } : {})
      };
    }
    case 'workflow': {
      const run = row.status?.run_id ?? row.workflow.last_run_id;
      return { path: row.workflow.path, ...(run ? { run } : {}) };
    }
    case 'clusters':
      return { path: row.file.path };
    case 'cluster':
      return { folder: row.file.folder, name: row.name, path: row.file.path };
    default:
      return {};
  }
}
