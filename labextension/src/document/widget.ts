import type { IEditorServices } from '@jupyterlab/codeeditor';
import {
  ABCWidgetFactory,
  DocumentRegistry,
  DocumentWidget,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import { Contents, ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';

import { IEventStream, IStore } from '../tokens';
import { DocumentKind } from './types';

/** What documents need of the application. */
export interface IDocumentParts {
  readonly settings: ServerConnection.ISettings;
  readonly commands: CommandRegistry;
  readonly contents: Contents.IManager;
  readonly editors: IEditorServices;
  readonly events: IEventStream | null;
  readonly store: IStore | null;
  readonly trans: TranslationBundle;
}

/** What an open document can do, once its view is loaded. */
export interface IOpenDocument extends Widget {
  /** Make the changes that are typed. */
  flush(): Promise<void>;
  choose(part: string): void;
}

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
      const told = new Widget();
      told.addClass('jp-agilab-Wrong');
      const message = error instanceof Error ? error.message : String(error);
      told.node.textContent = this.parts.trans.__('The document cannot be shown: %1', message);
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
