import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ServerConnection } from '@jupyterlab/services';

import {
  applyMigration,
  findLoops,
  previewMigration,
  startVerification,
  stopVerification,
  undoMigration,
  verification
} from '../requests';
import type { IMigrationSource } from './types';

/** The server, and the notebooks that are open in this page. Files count: an open notebook is saved before. */
export function serverSource(
  settings: ServerConnection.ISettings,
  opened: (path: string) => NotebookPanel | null
): IMigrationSource {
  return {
    find: (path, after) => findLoops(settings, path, { after }),
    preview: (path, form, only) => previewMigration(settings, { path, form, only }),
    apply: (path, form, only, digest) =>
      applyMigration(settings, { path, form, only, digest, overwrite: true }),
    undo: (path, force) => undoMigration(settings, { path, force }),
    verify: (path, form, only, sample, digest) =>
      startVerification(settings, { path, form, only, sample, digest }),
    verification: job => verification(settings, job),
    stop: job => stopVerification(settings, job),
    opened: path => {
      const panel = opened(path);
      return panel === null
        ? null
        : {
            isDirty: panel.context.model.dirty,
            save: () => panel.context.save(),
            reload: () => panel.context.revert()
          };
    }
  };
}
