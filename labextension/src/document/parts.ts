import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';

import type { IEventStream, IStore } from '../tokens';

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
