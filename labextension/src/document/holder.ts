import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { ISharedFile } from '@jupyter/ydoc';
import { ISignal } from '@lumino/signaling';

import { replacement } from './text';
import { ITextHolder } from './types';

/** The text of an open file: all its views, and with real-time collaboration all browsers, hold the same one. */
export class ContextText implements ITextHolder {
  constructor(private readonly context: DocumentRegistry.CodeContext) {}

  get path(): string {
    return this.context.localPath;
  }

  get text(): string {
    return this.shared.getSource();
  }

  get changed(): ISignal<unknown, unknown> {
    return this.context.model.contentChanged;
  }

  replace(text: string): void {
    const found = replacement(this.text, text);
    if (found !== null) {
      this.shared.updateSource(found.start, found.stop, found.text);
    }
  }

  private get shared(): ISharedFile {
    return this.context.model.sharedModel;
  }
}
