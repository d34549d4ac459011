import { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { IDisposable } from '@lumino/disposable';
import { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';

import { stageIcon } from '../icons';
import { Targets } from '../targets';
import { IStore } from '../tokens';
import { SidebarModel } from './model';

const SIDEBAR_ID = 'jp-agilab-sidebar';

/** Ages are drawn again this often, while the sidebar is seen. */
const TICK_MS = 60_000;

/** The sidebar; what it shows is loaded when it is shown for the first time, and asks for nothing while it is hidden. */
export class Sidebar extends Panel {
  constructor(
    private readonly store: IStore,
    private readonly commands: CommandRegistry,
    private readonly targets: Targets,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = SIDEBAR_ID;
    this.addClass('jp-agilab-sidebar');
    this.title.icon = stageIcon;
    this.title.caption = trans.__('Parallel stages');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Parallel stages'));
    this.model = new SidebarModel(store, trans);
    this.model.changed.connect(this._onChange, this);
  }

  readonly model: SidebarModel;

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._rest();
    this.model.changed.disconnect(this._onChange, this);
    this.model.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._wake();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this._wake();
    }
  }

  protected override onBeforeHide(message: Message): void {
    this._rest();
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this._rest();
    super.onBeforeDetach(message);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')?.focus();
  }

  private _wake(): void {
    if (this._watch !== null) {
      return;
    }
    this._watch = this.store.watch();
    void this.store.refreshServices();
    this._timer = window.setInterval(() => this.model.tick(), TICK_MS);
    this._onChange();
    if (!this._isLoaded) {
      this._isLoaded = true;
      import('./view')
        .then(({ SidebarView }) => {
          if (!this.isDisposed) {
            this.addWidget(new SidebarView(this.model, this.commands, this.trans));
          }
        })
        .catch((reason: unknown) => {
          // tried again when it is shown the next time
          this._isLoaded = false;
          console.error('The sidebar of jupyter-agilab could not be loaded.', reason);
        });
    }
  }

  private _rest(): void {
    window.clearInterval(this._timer);
    this._watch?.dispose();
    this._watch = null;
    this.targets.selection = null;
  }

  private _onChange(): void {
    if (this._watch !== null) {
      this.targets.selection = this.model.target;
    }
  }

  private _watch: IDisposable | null = null;
  private _timer = 0;
  private _isLoaded = false;
}
