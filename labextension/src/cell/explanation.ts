import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { isConvertible } from './loops';
import type { ILoop } from './types';
import { sentence, verdictText } from './words';

export interface IExplanationOptions {
  readonly loop: ILoop;
  readonly trans: TranslationBundle;
  /** Where the loop is on the page. */
  readonly anchor: { readonly left: number; readonly top: number; readonly bottom: number };
  /** Where the focus goes afterwards. */
  readonly from: HTMLElement | null;
  /** `null` where the notebook cannot be changed. */
  readonly convert: (() => void) | null;
}

/** Why a loop can run in parallel, or cannot, beside the loop; closed by Escape, a click elsewhere, or scrolling. */
export class Explanation extends Widget {
  constructor(private readonly options: IExplanationOptions) {
    super();
    const { loop, trans } = options;
    this.addClass('jp-agilab-explanation');
    this.addClass(`jp-mod-${loop.verdict}`);
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', verdictText(loop, trans));
    this._line('h3', verdictText(loop, trans));
    this._line('p', sentence(loop.message));
    if (loop.helps !== '' && loop.verdict === 'refuse') {
      this._line('p', `${trans.__('What helps:')} ${sentence(loop.helps)}`);
    }
    if (loop.gain !== '' && loop.verdict === 'convert') {
      this._line('p', `${trans.__('Expected gain:')} ${sentence(loop.gain)}`);
    }
    for (const text of loop.assumptions) {
      this._line('p', sentence(text)).className = 'jp-agilab-soft';
    }
    if (loop.change !== '') {
      this._line('p', trans.__('The change that makes it possible:'));
      const change = this._line('pre', loop.change);
      change.tabIndex = 0;
    }
    const buttons = document.createElement('div');
    buttons.className = 'jp-agilab-buttons';
    const { convert } = options;
    if (isConvertible(loop) && convert !== null) {
      this._button(buttons, trans.__('Convert…'), 'jp-mod-accept', () => {
        this.dispose();
        convert();
      });
    }
    this._button(buttons, trans.__('Close'), 'jp-mod-reject', () => this._leave());
    this.node.append(buttons);
  }

  /** Show it; with `focus`, for who came by keyboard, its first button has the focus. */
  open(focus: boolean): void {
    Widget.attach(this, document.body);
    this._place();
    document.addEventListener('mousedown', this, true);
    document.addEventListener('scroll', this, true);
    this.node.addEventListener('keydown', this);
    if (focus) {
      this.node.querySelector('button')?.focus();
    }
  }

  handleEvent(event: Event): void {
    if (event instanceof KeyboardEvent) {
      // the notebook's own keys mean something else here
      event.stopPropagation();
      if (event.key === 'Escape') {
        event.preventDefault();
        this._leave();
      }
      return;
    }
    if (!(event.target instanceof Node) || !this.node.contains(event.target)) {
      this.dispose();
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    document.removeEventListener('mousedown', this, true);
    document.removeEventListener('scroll', this, true);
    this.node.removeEventListener('keydown', this);
    super.dispose();
  }

  private _leave(): void {
    const { from } = this.options;
    this.dispose();
    from?.focus();
  }

  private _place(): void {
    const { anchor } = this.options;
    const { offsetHeight, offsetWidth, style } = this.node;
    const left = Math.min(anchor.left, window.innerWidth - offsetWidth - 8);
    const below = anchor.bottom + 4;
    const fits = below + offsetHeight < window.innerHeight;
    const top = fits ? below : Math.max(8, anchor.top - offsetHeight - 4);
    style.left = `${Math.max(8, left)}px`;
    style.top = `${top}px`;
  }

  private _line(tag: string, text: string): HTMLElement {
    const node = document.createElement(tag);
    node.textContent = text;
    this.node.append(node);
    return node;
  }

  private _button(parent: HTMLElement, text: string, kind: string, clicked: () => void): void {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = `jp-Dialog-button ${kind} jp-mod-styled`;
    button.textContent = text;
    button.addEventListener('click', clicked);
    parent.append(button);
  }
}
