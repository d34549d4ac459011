import { IFrame } from '@jupyterlab/apputils';

/**
 * A report's page in a frame of its own: it may run its script, but reaches neither Lab's cookies nor its page.
 *
 * The page is fetched and then given to the frame. Servers may forbid that what they answer is shown in frames at
 * all, as JupyterHub's do.
 */
export class ReportPage extends IFrame {
  constructor(ask: () => Promise<string>, title: string) {
    super({ sandbox: ['allow-scripts'], referrerPolicy: 'no-referrer' });
    this.node.querySelector('iframe')!.title = title;
    this.ready = this.fill(ask);
  }

  /** Rejected where the page cannot be had. */
  readonly ready: Promise<void>;

  override dispose(): void {
    if (!this.isDisposed) {
      URL.revokeObjectURL(this.address);
      super.dispose();
    }
  }

  private async fill(ask: () => Promise<string>): Promise<void> {
    const page = new Blob([await ask()], { type: 'text/html;charset=utf-8' });
    if (!this.isDisposed) {
      this.address = URL.createObjectURL(page);
      this.url = this.address;
    }
  }

  private address = '';
}
