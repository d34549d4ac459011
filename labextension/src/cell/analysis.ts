import { Debouncer } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { RequestError } from '../requests';
import type { IAnalysis, IStageFields } from './types';

const DELAY_MS = 500;

/** What the form says; what is not in it was not touched, and the server's guess stays. */
export type Said = Partial<IStageFields> & { name?: string };

/** The cell that is looked at. */
export interface ISubject {
  /** Names it for people: "Cell 3 of clean.ipynb". */
  readonly title: string;
  /** Ask the server what the cell would become. */
  analyse(said: Said, signal: AbortSignal): Promise<IAnalysis>;
  /** Write the line above the cell; false where the cell is gone. */
  write(header: string, needsLoad: boolean): boolean;
}

/** What the panel beside a cell shows: the form, and what the server says about it. */
export class AnalysisModel implements IDisposable {
  constructor() {
    this._debouncer = new Debouncer(() => this._ask(), DELAY_MS);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** `null` where no cell was chosen, or the one that was is gone. */
  get subject(): ISubject | null {
    return this._subject;
  }

  /** The newest answer; it may be that of an earlier text while another one is asked for. */
  get analysis(): IAnalysis | null {
    return this._analysis;
  }

  get isBusy(): boolean {
    return this._isBusy;
  }

  get problem(): RequestError | null {
    return this._problem;
  }

  /** Whether the line was written since the last change. */
  get isWritten(): boolean {
    return this._isWritten;
  }

  /** What a field shows: what was typed, else what the server took. */
  value(field: keyof IStageFields | 'name'): string {
    const typed = this._said[field];
    if (typed !== undefined) {
      return typed;
    }
    if (this._analysis === null) {
      return '';
    }
    return field === 'name' ? this._analysis.name : this._analysis.fields[field];
  }

  /** Whether the line can be written: a name and an input are enough, the code may still have errors. */
  get canWrite(): boolean {
    const found = this._analysis;
    return (
      found !== null &&
      this._problem === null &&
      !this._isBusy &&
      !found.findings.some(
        ({ key, code, severity }) =>
          severity === 'error' && code.startsWith('cell.') && (key === 'name' || key === 'input')
      )
    );
  }

  /** Look at another cell. */
  show(subject: ISubject | null): void {
    this._subject = subject;
    this._said = {};
    this._analysis = null;
    this._problem = null;
    this._isWritten = false;
    this._abort.abort();
    this._isBusy = subject !== null;
    this._changed.emit();
    if (subject !== null) {
      void this._ask();
    }
  }

  /** Something was typed into a field. */
  say(field: keyof IStageFields | 'name', text: string): void {
    this._said = { ...this._said, [field]: text };
    this._later();
  }

  /** The notebook's text has changed. */
  textChanged(): void {
    if (this._subject !== null) {
      this._later();
    }
  }

  /** Write the line; the cell is a stage then. */
  write(): boolean {
    if (this._subject === null || this._analysis === null || !this.canWrite) {
      return false;
    }
    const { header, needs_load: needsLoad } = this._analysis;
    if (!this._subject.write(header, needsLoad)) {
      this.show(null);
      return false;
    }
    this._said = {};
    this._isWritten = true;
    this._changed.emit();
    return true;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._abort.abort();
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  private _later(): void {
    this._isWritten = false;
    this._isBusy = true;
    this._changed.emit();
    void this._debouncer.invoke();
  }

  private async _ask(): Promise<void> {
    const subject = this._subject;
    if (subject === null || this._isDisposed) {
      return;
    }
    this._abort.abort();
    const abort = (this._abort = new AbortController());
    try {
      const answer = await subject.analyse(this._said, abort.signal);
      if (!abort.signal.aborted) {
        this._analysis = answer;
        this._problem = null;
      }
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      this._problem = error instanceof RequestError ? error : new RequestError(0, String(error));
      this._analysis = null;
    }
    if (!abort.signal.aborted) {
      this._isBusy = false;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _debouncer: Debouncer;
  private _abort = new AbortController();
  private _subject: ISubject | null = null;
  private _analysis: IAnalysis | null = null;
  private _problem: RequestError | null = null;
  private _said: Said = {};
  private _isBusy = false;
  private _isWritten = false;
  private _isDisposed = false;
}
