import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import view from './panelView';
import './panelView.css';
import { SocketModel } from './socketModel';

/** The worker map, the partitions and the log of a plan or a run: the same view as the panel's in notebooks. */
export class PanelViewWidget extends Widget {
  constructor(private readonly model: SocketModel) {
    super();
    this.addClass('jp-agilab-View');
    model.connectionChanged.connect(this.onConnection, this);
    model.summaryChanged.connect(this.onSummary, this);
    this.onSummary();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.model.connectionChanged.disconnect(this.onConnection, this);
    this.model.summaryChanged.disconnect(this.onSummary, this);
    this.closeView?.();
    super.dispose();
  }

  protected override onAfterAttach(_message: Message): void {
    this.onSummary();
  }

  // before there is a plan or a run there is nothing to draw
  private onSummary(): void {
    const isThere = this.model.summary.mode !== undefined;
    this.node.hidden = !isThere;
    if (isThere && this.isAttached && this.closeView === null) {
      this.closeView = view.render({ model: this.model, el: this.node });
    }
  }

  private onConnection(_: SocketModel, isConnected: boolean): void {
    // by this class the view knows that nobody will answer
    this.node.classList.toggle('jupyter-widgets-disconnected', !isConnected);
  }

  private closeView: (() => void) | null = null;
}
