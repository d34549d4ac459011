import { Dialog, MainAreaWidget, Notification, showDialog } from '@jupyterlab/apputils';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { choose } from '../choose';
import { CommandIDs } from '../commands';
import { stageIcon } from '../icons';
import { attempt } from '../problems';
import { checkCluster, IClusterName, startCluster, stopCluster } from '../requests';
import { IParts } from '../runs/commands';
import { showDashboard } from './dashboard';

/** Add the commands that check, start and stop clusters. */
export function addClusterCommands({ app, store, targets, trans }: IParts): void {
  const settings = app.serviceManager.serverSettings;
  const describedBy = {
    args: {
      type: 'object',
      properties: {
        folder: { type: 'string', description: trans.__('The folder of clusters.toml') },
        name: { type: 'string', description: trans.__('The name of the cluster') }
      }
    }
  };

  async function chosen(args: ReadonlyPartialJSONObject): Promise<IClusterName | null> {
    const { folder, name } = targets.of(args);
    if (folder !== undefined && name !== undefined) {
      return { folder, name };
    }
    await store.refresh();
    const found = (store.tree?.clusters ?? []).flatMap(file =>
      file.clusters.map(each => ({ folder: file.folder, name: each.name, path: file.path }))
    );
    if (found.length === 0) {
      throw new Error(trans.__('There is no clusters.toml in this folder yet.'));
    }
    const items = found.map(each => `${each.name} (${each.path})`);
    const value = await choose(trans.__('Which cluster?'), items);
    return value !== null ? found[items.indexOf(value)] : null;
  }

  app.commands.addCommand(CommandIDs.checkCluster, {
    label: trans.__('Check Cluster'),
    caption: trans.__('Look at each host or worker: Python, packages, folder, clock, memory'),
    describedBy,
    execute: args =>
      attempt(
        trans.__('The cluster was not checked'),
        async () => {
          const cluster = await chosen(args);
          if (cluster === null) {
            return;
          }
          const { CheckView } = await import('./checkView');
          const again = (): ReturnType<typeof checkCluster> =>
            checkCluster(settings, { folder: cluster.folder, name: cluster.name });
          const widget = new MainAreaWidget({ content: new CheckView(again, trans) });
          widget.id = `jp-agilab-check-${JSON.stringify([cluster.folder, cluster.name])}`;
          widget.title.label = trans.__('Check: %1', cluster.name);
          widget.title.icon = stageIcon;
          const before = [...app.shell.widgets('main')].find(each => each.id === widget.id);
          before?.dispose();
          app.shell.add(widget, 'main');
          app.shell.activateById(widget.id);
        },
        trans
      )
  });

  app.commands.addCommand(CommandIDs.startCluster, {
    label: trans.__('Start Cluster'),
    caption: trans.__('Start the cluster as a service, which runs use until it is stopped'),
    describedBy,
    execute: args =>
      attempt(
        trans.__('The cluster was not started'),
        async () => {
          const cluster = await chosen(args);
          if (cluster !== null) {
            await startCluster(settings, { folder: cluster.folder, name: cluster.name });
            Notification.info(trans.__('Cluster %1 is starting.', cluster.name), {
              autoClose: 4000
            });
            await store.refreshServices();
          }
        },
        trans
      )
  });

  app.commands.addCommand(CommandIDs.stopCluster, {
    label: trans.__('Stop Cluster…'),
    caption: trans.__('End the service and its workers'),
    describedBy,
    execute: args =>
      attempt(
        trans.__('The cluster was not stopped'),
        async () => {
          const cluster = await chosen(args);
          if (cluster === null) {
            return;
          }
          const { button } = await showDialog({
            title: trans.__('Stop cluster %1?', cluster.name),
            body: trans.__('Runs that use it lose their workers.'),
            defaultButton: 0,
            buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Stop') })]
          });
          if (button.accept) {
            await stopCluster(settings, { folder: cluster.folder, name: cluster.name });
            await store.refreshServices();
          }
        },
        trans
      )
  });

  app.commands.addCommand(CommandIDs.openDashboard, {
    label: trans.__('Open Dask Dashboard'),
    caption: trans.__('Dask’s own page about the cluster'),
    describedBy,
    execute: args =>
      attempt(
        trans.__('The dashboard was not opened'),
        async () => {
          const cluster = await chosen(args);
          if (cluster === null) {
            return;
          }
          await store.refreshServices();
          const service = store.services.find(
            each => each.name === cluster.name && each.folder === cluster.folder
          );
          if (!service?.dashboard) {
            throw new Error(trans.__('The cluster runs no dashboard now; start it first.'));
          }
          await showDashboard(app, service.dashboard);
        },
        trans
      )
  });
}
