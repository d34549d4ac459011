import {
  ABCWidgetFactory,
  DocumentRegistry,
  DocumentWidget,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';

import type { IDocumentParts, IOpenDocument } from './parts';
import { DocumentKind } from './types';

/** The content of a document's tab; the view itself is loaded when the first one is opened. */
export class DocumentContent extends Panel {
  constructor(
    readonly context: DocumentRegistry.CodeContext,
    kind: DocumentKind,
    private readonly parts: IDocumentParts
  ) {
    super();
    this.addClass('jp-agilab-Document');
    void this.load(kind);
  }

  /** The view; null while it is loaded. */
  get view(): IOpenDocument | null {
    return this._view;
  }

  /** Make the changes that are typed, and save. */
  async save(): Promise<void> {
    await this._view?.flush();
    await this.context.save();
  }

  undo(): void {
    this.context.model.sharedModel.undo();
  }

  redo(): void {
    this.context.model.sharedModel.redo();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._view?.activate();
  }

  private async load(kind: DocumentKind): Promise<void> {
    try {
      const [{ openDocument }] = await Promise.all([import('./open'), this.context.ready]);
      const view = await openDocument(this.context, kind, this.parts);
      if (this.isDisposed) {
        view.dispose();
        return;
      }
      this._view = view;
      this.addWidget(view);
    } catch (error) {
      if (this.isDisposed) {
        return;
      }
      const told = new Widget();
      told.addClass('jp-agilab-Wrong');
      const message = error instanceof Error ? error.message : String(error);
      const { trans } = this.parts;
      told.node.textContent = trans.__('The document cannot be shown: %1', message);
      this.addWidget(told);
    }
  }

  private _view: IOpenDocument | null = null;
}

/** Makes the views of one kind of document. */
export class DocumentFactory extends ABCWidgetFactory<
  IDocumentWidget<DocumentContent>,
  DocumentRegistry.ICodeModel
> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<IDocumentWidget<DocumentContent>>,
    private readonly kind: DocumentKind,
    private readonly parts: IDocumentParts
  ) {
    super(options);
  }

  protected override createNewWidget(
    context: DocumentRegistry.CodeContext
  ): IDocumentWidget<DocumentContent> {
    const content = new DocumentContent(context, this.kind, this.parts);
    return new DocumentWidget({ content, context });
  }
}
