import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { isConvertible, isConvertedWhereItStands } from '../cell/loops';
import type { ILoop, INotebookLoops } from '../cell/types';
import { RequestError } from '../requests';
import type {
  IMigrationSource,
  IPlace,
  IPreview,
  IUndone,
  IVerification,
  MigrationForm
} from './types';

const POLL_MS = 700;

export interface IFilter {
  /** "all", "convert" or "refuse". */
  readonly verdict: 'all' | 'convert' | 'refuse';
  /** Loops whose steps are too small to gain anything. */
  readonly small: boolean;
  readonly text: string;
}

/** The loops of one cell, as the list shows them. */
export interface ICellGroup {
  readonly path: string;
  readonly cell: number;
  readonly loops: readonly ILoop[];
}

/** What the migration view shows: a notebook or a folder, its loops, what is chosen, and what was done. */
export class MigrationModel implements IDisposable {
  constructor(private readonly source: IMigrationSource) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether a notebook is being written: what is chosen must not change meanwhile. */
  get isWriting(): boolean {
    return this.busy === 'apply' || this.busy === 'undo';
  }

  /** The notebook or folder that is looked at; `null` before one was chosen. */
  path: string | null = null;
  notebooks: readonly INotebookLoops[] = [];
  /** Where to go on with a folder that was not looked at whole. */
  next: string | null = null;
  lookedAt = 0;
  filter: IFilter = { verdict: 'all', small: false, text: '' };
  form: MigrationForm = 'magic';
  /** The notebook whose changes are shown. */
  current: string | null = null;
  preview: IPreview | null = null;
  problem: RequestError | null = null;
  /** What is being done; `null` where nothing is. */
  busy: 'find' | 'preview' | 'apply' | 'undo' | null = null;
  verifying: IVerification | null = null;
  /** What was done last. */
  done: { readonly path: string; readonly stages: readonly string[] } | null = null;
  undone: IUndone | null = null;

  /** Look at a notebook or a folder; `more` goes on with the folder. */
  async look(path: string, more = false): Promise<void> {
    if (!more) {
      this._chosen.clear();
      this._dropVerification();
      // what is still asked about the place before comes too late
      ++this._serial;
      Object.assign(this, { path, notebooks: [], next: null, lookedAt: 0 });
      Object.assign(this, { current: null, preview: null });
      Object.assign(this, { done: null, undone: null });
    }
    const after = more ? (this.next ?? undefined) : undefined;
    await this._do('find', async () => {
      const found = await this.source.find(path, after);
      if (this.path !== path) {
        return;
      }
      this.notebooks = more ? [...this.notebooks, ...found.notebooks] : found.notebooks;
      this.next = found.next;
      this.lookedAt += found.looked_at;
      for (const { path: notebook, loops } of found.notebooks) {
        loops
          .filter(isConvertedWhereItStands)
          .forEach(loop => this._chosen.add(keyOf(notebook, loop)));
      }
      if (this.current === null) {
        const first = this.notebooks.find(each => each.loops.some(isConvertible));
        this.current = first?.path ?? null;
      }
    });
    if (!more && this.current !== null) {
      await this.show(this.current);
    }
  }

  /** The loops that pass the filter, best first: notebooks by their best loop, cells in order. */
  groups(): readonly ICellGroup[] {
    const groups: ICellGroup[] = [];
    for (const { path, loops } of this._sorted()) {
      const cells = new Map<number, ILoop[]>();
      for (const loop of loops) {
        if (this._passes(loop)) {
          cells.set(loop.cell, [...(cells.get(loop.cell) ?? []), loop]);
        }
      }
      const best = (all: readonly ILoop[]) => Math.min(...all.map(loop => loop.rank));
      const sorted = [...cells].sort(([, one], [, other]) => best(one) - best(other));
      groups.push(...sorted.map(([cell, all]) => ({ path, cell, loops: all })));
    }
    return groups;
  }

  /** How many loops there are, and how many of them can be converted. */
  get counts(): { readonly all: number; readonly able: number } {
    const loops = this.notebooks.flatMap(each => each.loops);
    return { all: loops.length, able: loops.filter(isConvertible).length };
  }

  isChosen(path: string, loop: ILoop): boolean {
    return this._chosen.has(keyOf(path, loop));
  }

  /** The chosen loops of a notebook. */
  chosen(path: string): readonly IPlace[] {
    const loops = this.notebooks.find(each => each.path === path)?.loops ?? [];
    return loops
      .filter(loop => isConvertible(loop) && this.isChosen(path, loop))
      .map(({ cell, line }) => ({ cell, line }));
  }

  /** Choose a loop, or leave it out. */
  async choose(path: string, loop: ILoop, wanted: boolean): Promise<void> {
    if (wanted) {
      this._chosen.add(keyOf(path, loop));
    } else {
      this._chosen.delete(keyOf(path, loop));
    }
    await this.show(path);
  }

  setFilter(filter: Partial<IFilter>): void {
    this.filter = { ...this.filter, ...filter };
    this._changed.emit();
  }

  async setForm(form: MigrationForm): Promise<void> {
    this.form = form;
    if (this.current !== null) {
      await this.show(this.current);
    }
  }

  /** Show what converting the chosen loops of a notebook changes. */
  async show(path: string): Promise<void> {
    this.current = path;
    this.preview = null;
    const serial = ++this._serial;
    const only = this.chosen(path);
    if (only.length === 0) {
      this._changed.emit();
      return;
    }
    await this._do('preview', async () => {
      const preview = await this.source.preview(path, this.form, only);
      if (serial === this._serial) {
        this.preview = preview;
      }
    });
  }

  /**
   * Save the notebook where the editor has changes that the file does not have.
   *
   * @returns whether what is shown is still what would be done; else what would be is shown.
   */
  async saved(): Promise<boolean> {
    const { preview } = this;
    const opened = preview === null ? null : this.source.opened(preview.path);
    if (preview === null || !opened?.isDirty) {
      return preview !== null;
    }
    const serial = ++this._serial;
    let isSame = false;
    await this._do('preview', async () => {
      await opened.save();
      const { path } = preview;
      const again = await this.source.preview(path, this.form, this.chosen(path));
      if (serial === this._serial) {
        this.preview = again;
        isSame = sameChanges(preview, again);
      }
    });
    return isSame;
  }

  /** Write the stages and the notebook. */
  async apply(): Promise<boolean> {
    const { preview } = this;
    if (preview === null) {
      return false;
    }
    const { path } = preview;
    const only = this.chosen(path);
    const isDone = await this._do('apply', async () => {
      const applied = await this.source.apply(path, this.form, only, preview.digest);
      await this.source.opened(path)?.reload();
      this.done = { path, stages: applied.converted.map(each => each.stage) };
      this.undone = null;
    });
    if (isDone) {
      await this._lookAgain(path);
    }
    return isDone;
  }

  /** Give the notebook back as it was before its last conversion. */
  async undo(path: string, force = false): Promise<boolean> {
    const isDone = await this._do('undo', async () => {
      this.undone = await this.source.undo(path, force);
      await this.source.opened(path)?.reload();
      this.done = null;
    });
    if (isDone) {
      await this._lookAgain(path);
    }
    return isDone;
  }

  /** Run loops and stages and compare; ends when the comparison does, and says how far it is meanwhile. */
  async verify(sample: number): Promise<void> {
    const { preview } = this;
    if (preview === null) {
      return;
    }
    const { path, digest } = preview;
    const place = this.path;
    await this._guard(async () => {
      let told = await this.source.verify(path, this.form, this.chosen(path), sample, digest);
      this.verifying = told;
      if (this._isDisposed || this.path !== place) {
        this._dropVerification();
      }
      this._changed.emit();
      while (this._follows(told.job) && told.state === 'running') {
        await new Promise(resolve => window.setTimeout(resolve, POLL_MS));
        if (!this._follows(told.job)) {
          return;
        }
        told = await this.source.verification(told.job);
        if (this._follows(told.job)) {
          this.verifying = told;
          this._changed.emit();
        }
      }
    });
    this._changed.emit();
  }

  /** End the verification that is under way. */
  async stop(): Promise<void> {
    const { verifying } = this;
    if (verifying?.state === 'running') {
      await this._guard(async () => {
        const told = await this.source.stop(verifying.job);
        if (this._follows(told.job)) {
          this.verifying = told;
        }
      });
      this._changed.emit();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._dropVerification();
    Signal.clearData(this);
  }

  /** Whether a verification is still the one that is shown. */
  private _follows(job: string): boolean {
    return this.verifying?.job === job;
  }

  /** Nobody looks at the verification any more: it must not go on unseen. */
  private _dropVerification(): void {
    const { verifying } = this;
    this.verifying = null;
    if (verifying?.state === 'running') {
      void this.source.stop(verifying.job).catch(() => undefined);
    }
  }

  private async _lookAgain(path: string): Promise<void> {
    await this._do('find', async () => {
      const found = await this.source.find(path);
      const [fresh] = found.notebooks;
      this.notebooks = this.notebooks.map(each =>
        each.path === path ? (fresh ?? { path, loops: [], problems: [] }) : each
      );
      for (const key of [...this._chosen]) {
        if (key.startsWith(`${path}\n`)) {
          this._chosen.delete(key);
        }
      }
      fresh?.loops
        .filter(isConvertedWhereItStands)
        .forEach(loop => this._chosen.add(keyOf(path, loop)));
    });
    if (this.notebooks.some(each => each.path === path)) {
      await this.show(path);
    }
  }

  private _sorted(): readonly INotebookLoops[] {
    const able = ({ loops }: INotebookLoops) => loops.filter(isConvertible).length;
    return [...this.notebooks].sort((one, other) => able(other) - able(one));
  }

  private _passes(loop: ILoop): boolean {
    const { verdict, small, text } = this.filter;
    if (verdict !== 'all' && loop.verdict !== verdict) {
      return false;
    }
    if (!small && loop.reason === 'too-small-to-matter') {
      return false;
    }
    const wanted = text.trim().toLowerCase();
    return (
      wanted === '' ||
      [loop.message, loop.rule, loop.iterable, loop.form].some(each =>
        each.toLowerCase().includes(wanted)
      )
    );
  }

  private async _do(
    what: NonNullable<MigrationModel['busy']>,
    work: () => Promise<void>
  ): Promise<boolean> {
    const turn = ++this._turn;
    this.busy = what;
    this.problem = null;
    this._changed.emit();
    const isDone = await this._guard(work);
    // something else may have begun meanwhile
    if (turn === this._turn) {
      this.busy = null;
    }
    this._changed.emit();
    return isDone;
  }

  private async _guard(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = error instanceof RequestError ? error : new RequestError(0, String(error));
      return false;
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _chosen = new Set<string>();
  private _serial = 0;
  private _turn = 0;
  private _isDisposed = false;
}

function sameChanges(one: IPreview, other: IPreview): boolean {
  return JSON.stringify([one.cells, one.files]) === JSON.stringify([other.cells, other.files]);
}

function keyOf(path: string, { cell, line }: ILoop): string {
  return `${path}\n${cell}:${line}`;
}
