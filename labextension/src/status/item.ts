import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { ILive } from '../store/types';
import { IStore, StoreChange } from '../tokens';
import { spanWord } from '../words';

/** A button in the status bar: "2 stages run · 45 % · 3 min left". */
export class RunningItem extends Widget {
  constructor(
    private readonly store: IStore,
    show: () => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-agilab-status');
    this._button = document.createElement('button');
    this._button.title = trans.__('Show the runs in the sidebar');
    this._button.addEventListener('click', show);
    this.node.append(this._button);
    store.changed.connect(this._onChange, this);
  }

  /** Emits when there is something to show, or nothing any more. */
  get shownChanged(): ISignal<this, void> {
    return this._shownChanged;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.store.changed.disconnect(this._onChange, this);
      Signal.clearData(this);
      super.dispose();
    }
  }

  private _onChange(_: IStore, change: StoreChange): void {
    if (change !== 'active') {
      return;
    }
    const text = runningText([...this.store.active.values()], this.trans);
    if (text !== this._button.textContent) {
      this._button.textContent = text;
    }
    this._shownChanged.emit();
  }

  private readonly _button: HTMLButtonElement;
  private readonly _shownChanged = new Signal<this, void>(this);
}

/** What runs, in a few words; "" where nothing does. */
export function runningText(lives: readonly ILive[], trans: TranslationBundle): string {
  if (lives.length === 0) {
    return '';
  }
  const parts = [
    lives.length === 1
      ? trans.__('%1 runs', lives[0].run.stage)
      : trans._n('%1 stage runs', '%1 stages run', lives.length)
  ];
  let done = 0;
  let all = 0;
  let left = 0;
  for (const { status } of lives) {
    done += status ? status.finished + status.reused + status.failed : 0;
    all += status?.partition_count ?? 0;
    const rest = status?.remaining_s ?? NaN;
    left = Math.max(left, rest);
  }
  if (all > 0) {
    parts.push(trans.__('%1 %', Math.floor((100 * done) / all)));
  }
  if (!Number.isNaN(left) && left > 0) {
    parts.push(trans.__('%1 left', spanWord(left, trans)));
  }
  return parts.join(' · ');
}
