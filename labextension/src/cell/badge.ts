import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import type { IStanding } from './types';
import { findingText, runText, standingText } from './words';

/** The strip above a stage cell: how cell, module and contract stand, and the last run. */
export class StageBadge extends Widget {
  constructor(
    private readonly commands: CommandRegistry,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-agilab-badge');
    this.node.setAttribute('role', 'group');
    this._standing = this._button('jp-agilab-badge-standing', () => this._openContract());
    this._run = this._button('jp-agilab-badge-run', () => this._openRun());
  }

  /** Show how the cell stands now. */
  tell(state: IStanding): void {
    this._state = state;
    const { trans } = this;
    this.node.setAttribute('aria-label', trans.__('Stage %1', state.name));
    this._standing.textContent = `${state.name}: ${standingText(state.standing, trans)}`;
    this._standing.dataset.standing = state.standing.replace(' ', '-');
    const isThere = state.standing !== 'not written';
    this._standing.title = [
      ...state.findings.map(finding => findingText(finding, trans)),
      isThere ? trans.__('Opens %1', state.contract_path) : ''
    ]
      .filter(Boolean)
      .join('\n');
    this._standing.setAttribute('aria-disabled', String(!isThere));
    this.tick();
  }

  /** Say the age of the last run anew. */
  tick(now?: number): void {
    const run = this._state?.run ?? null;
    this._run.hidden = run === null;
    if (run === null) {
      return;
    }
    const { trans } = this;
    const text = runText(run, trans, now);
    if (this._run.textContent !== text) {
      this._run.textContent = text;
    }
    this._run.dataset.state = run.state;
    this._run.title = [
      run.message,
      run.failed > 0 ? trans._n('%1 partition failed', '%1 partitions failed', run.failed) : '',
      trans.__('Opens the run %1', run.run)
    ]
      .filter(Boolean)
      .join('\n');
  }

  /** What it shows. */
  get state(): IStanding | null {
    return this._state;
  }

  private _openContract(): void {
    if (this._state !== null && this._state.standing !== 'not written') {
      void this.commands.execute(CommandIDs.open, { path: this._state.contract_path });
    }
  }

  private _openRun(): void {
    const state = this._state;
    if (state?.run) {
      const { contract_path: path, name: stage } = state;
      const args = { path, folder: PathExt.dirname(path), stage, run: state.run.run };
      void this.commands.execute(CommandIDs.openRun, args);
    }
  }

  private _button(name: string, clicked: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = name;
    button.addEventListener('click', clicked);
    this.node.append(button);
    return button;
  }

  private _state: IStanding | null = null;
  private readonly _standing: HTMLButtonElement;
  private readonly _run: HTMLButtonElement;
}
