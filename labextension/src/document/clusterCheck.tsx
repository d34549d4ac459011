import { PathExt } from '@jupyterlab/coreutils';
import { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { CommandIDs } from '../commands';
import type { IFormDoer } from './form/fieldView';

/** What a cluster's part of the form has besides its keys: a check of all its hosts, start and stop. */
export function clusterExtra(
  commands: CommandRegistry,
  path: () => string,
  save: () => Promise<boolean>,
  trans: TranslationBundle
): IFormDoer['extra'] {
  const act = async (command: string, name: string): Promise<void> => {
    if (await save()) {
      await commands.execute(command, { folder: PathExt.dirname(path()), name });
    }
  };
  return key =>
    key.length !== 1 ? null : (
      <div className="jp-agilab-Buttons">
        <button
          className="jp-agilab-Button"
          title={trans.__(
            'Saves the file and looks at every host or worker; starts nothing of yours'
          )}
          onClick={() => void act(CommandIDs.checkCluster, key[0])}
        >
          {trans.__('Check %1', key[0])}
        </button>
        <button
          className="jp-agilab-Button"
          title={trans.__('Starts workers that stay between runs')}
          onClick={() => void act(CommandIDs.startCluster, key[0])}
        >
          {trans.__('Start %1', key[0])}
        </button>
      </div>
    );
}
