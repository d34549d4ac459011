import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { getTree, listRuns, startedClusters } from '../requests';
import { IEventStream, IStore } from '../tokens';
import { Store } from './store';

/** Provides what all parts show. */
export const storePlugin: JupyterFrontEndPlugin<IStore> = {
  id: 'jupyter-agilab:store',
  description: 'Knows the contracts, workflows, clusters and runs below the server’s folder.',
  autoStart: true,
  requires: [IEventStream],
  provides: IStore,
  activate: (app: JupyterFrontEnd, events: IEventStream): IStore => {
    const settings = app.serviceManager.serverSettings;
    return new Store(
      {
        getTree: since => getTree(settings, since),
        listRuns: query => listRuns(settings, query),
        startedClusters: () => startedClusters(settings)
      },
      events
    );
  }
};
