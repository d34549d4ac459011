import type { TranslationBundle } from '@jupyterlab/translation';

import type { MigrationModel } from './model';

/** What the view asks of the application. */
export interface IMigrationActions {
  /** Choose a notebook or a folder in a dialog; `null` where there is none. */
  readonly browse: (() => Promise<void>) | null;
  readonly apply: () => Promise<void>;
  readonly undo: (path: string) => Promise<void>;
  readonly verify: () => Promise<void>;
  /** Open the notebook at a cell. */
  readonly open: (path: string, cell?: number) => void;
}

/** What each part of the view is given. */
export interface IMigrationPart {
  readonly model: MigrationModel;
  readonly trans: TranslationBundle;
  readonly actions: IMigrationActions;
}
