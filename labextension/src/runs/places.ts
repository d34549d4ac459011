import { PathExt } from '@jupyterlab/coreutils';
import { TranslationBundle } from '@jupyterlab/translation';

import { choose } from '../choose';
import { IStore } from '../tokens';

/** Ask on which cluster a contract or workflow is to run; `null` where the user says none. */
export async function askWhere(
  path: string,
  store: IStore,
  trans: TranslationBundle
): Promise<string | null> {
  await store.refresh();
  const folder = PathExt.dirname(path);
  const names = (store.tree?.clusters ?? [])
    .filter(file => file.folder === folder)
    .flatMap(file => file.clusters.map(({ name }) => name));
  if (names.length === 0) {
    throw new Error(
      trans.__('There is no clusters.toml beside the file, so that there is no cluster to choose.')
    );
  }
  return choose(trans.__('On which cluster?'), names);
}
