import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { RequestError } from '../requests';
import {
  IChange,
  IDocument,
  IDocumentFinding,
  IDocumentServer,
  ITextHolder,
  TomlTable
} from './types';

const CHECK_AFTER_MS = 350;
const MOST_ATTEMPTS = 4;

/**
 * A document as text, with what stands in it and what is wrong with it.
 *
 * Edits of single values are made by the server, one after another, on the text as it is then; so comments and order
 * stay, whoever else edits the same text.
 */
export class DocumentModel implements IDisposable {
  constructor(
    private readonly holder: ITextHolder,
    private readonly server: IDocumentServer,
    private readonly trans: TranslationBundle,
    private readonly checkAfterMs: number = CHECK_AFTER_MS
  ) {
    holder.changed.connect(this.onText, this);
  }

  /** Emits when anything that is shown has changed. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** Emits when the text has changed. */
  get textChanged(): ISignal<this, void> {
    return this._textChanged;
  }

  get path(): string {
    return this.holder.path;
  }

  get text(): string {
    return this.holder.text;
  }

  /** The newest answer of the server; null before the first one. */
  get info(): IDocument | null {
    return this._info;
  }

  /** The values as they stood when the text was last TOML. */
  get values(): TomlTable {
    return this._values;
  }

  /** Whether the text is TOML, so that a form can change it. */
  get isEditable(): boolean {
    return this._info !== null && this._info.values !== null;
  }

  get findings(): readonly IDocumentFinding[] {
    return this._info?.findings ?? [];
  }

  /** Whether `info` is about the text as it is. */
  get isCurrent(): boolean {
    return this._info !== null && this._info.text === this.holder.text;
  }

  /** What went wrong with the last question; empty where nothing did. */
  get trouble(): string {
    return this._trouble;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._timer);
    this.holder.changed.disconnect(this.onText, this);
    this._pending.clear();
    Signal.clearData(this);
  }

  /** Look at the text now; resolves when there is an answer about the text as it is then. */
  async check(): Promise<void> {
    clearTimeout(this._timer);
    const number = ++this._asked;
    const text = this.holder.text;
    try {
      const quick = await this.server.check(this.holder.path, text, false);
      if (this.take(quick, number) && quick.ok) {
        // what files, module and function say takes longer
        this.take(await this.server.check(this.holder.path, text, true), number);
      }
    } catch (error) {
      this.fail(error, number);
    }
  }

  /** Change values; resolves to whether it was done. */
  edit(changes: readonly IChange[]): Promise<boolean> {
    const done = this._queue.then(() => this.editNow(changes));
    this._queue = done.then(
      () => undefined,
      () => undefined
    );
    return done;
  }

  /** Name a change that is typed and not yet made; `flush` makes it. */
  hold(field: string, commit: (() => void) | null): void {
    if (commit === null) {
      this._pending.delete(field);
    } else {
      this._pending.set(field, commit);
    }
  }

  /** Make the changes that are typed, and wait until all are in the text. */
  async flush(): Promise<void> {
    for (const commit of [...this._pending.values()]) {
      commit();
    }
    this._pending.clear();
    await this._queue;
  }

  private async editNow(changes: readonly IChange[]): Promise<boolean> {
    try {
      for (let attempt = 0; attempt < MOST_ATTEMPTS && !this._isDisposed; attempt++) {
        const before = this.holder.text;
        const number = ++this._asked;
        const answer = await this.server.edit(this.holder.path, before, changes);
        if (this._isDisposed) {
          return false;
        }
        if (this.holder.text !== before) {
          // somebody else typed meanwhile: on their text once more
          continue;
        }
        this._isOurs = true;
        try {
          this.holder.replace(answer.text);
        } finally {
          this._isOurs = false;
        }
        this.take(answer, number);
        this._textChanged.emit();
        this.checkSoon();
        return true;
      }
      this.tell(this.trans.__('The text changes too fast to be edited here; try again.'));
    } catch (error) {
      this.tell(wordsOf(error));
    }
    return false;
  }

  private onText(): void {
    if (this._isOurs) {
      return;
    }
    this._textChanged.emit();
    this.checkSoon();
    this._stateChanged.emit();
  }

  private checkSoon(): void {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => void this.check(), this.checkAfterMs);
  }

  private take(answer: IDocument, number: number): boolean {
    if (this._isDisposed || number !== this._asked) {
      return false;
    }
    this._info = answer;
    if (answer.values !== null) {
      this._values = answer.values;
    }
    this._trouble = '';
    this._stateChanged.emit();
    return true;
  }

  private fail(error: unknown, number: number): void {
    if (!this._isDisposed && number === this._asked) {
      this.tell(wordsOf(error));
    }
  }

  private tell(trouble: string): void {
    this._trouble = trouble;
    this._stateChanged.emit();
  }

  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _textChanged = new Signal<this, void>(this);
  private readonly _pending = new Map<string, () => void>();
  private _info: IDocument | null = null;
  private _values: TomlTable = {};
  private _trouble = '';
  private _timer = 0;
  private _asked = 0;
  private _isOurs = false;
  private _isDisposed = false;
  private _queue: Promise<void> = Promise.resolve();
}

/** What went wrong, in a sentence. */
export function wordsOf(error: unknown): string {
  if (error instanceof RequestError) {
    return error.hint ? `${error.message} (${error.hint})` : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
