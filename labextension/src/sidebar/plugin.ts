import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { addClusterCommands } from '../clusters/commands';
import { CommandIDs } from '../commands';
import { stageIcon } from '../icons';
import { addReportCommands } from '../report/commands';
import { addRunCommands } from '../runs/commands';
import { addWorkflowCommands } from '../runs/workflowCommands';
import { Notes } from '../status/notes';
import { Targets } from '../targets';
import { IStore } from '../tokens';
import { texts } from '../translation';
import { Sidebar } from './widget';

const PLUGIN_ID = 'jupyter-agilab:plugin';

const PATH_ARGS = {
  args: { type: 'object', properties: { path: { type: 'string' } } }
} as const;

/** The sidebar, all commands about runs and clusters, and what is told when runs end. */
export const sidebarPlugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Shows contracts, workflows, clusters and runs, with commands for all of them.',
  autoStart: true,
  requires: [IStore],
  optional: [ITranslator, ICommandPalette, ISettingRegistry, ILayoutRestorer, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    store: IStore,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null,
    restorer: ILayoutRestorer | null,
    browsers: IFileBrowserFactory | null
  ): void => {
    const trans = texts(translator);
    const { commands, shell } = app;
    const targets = new Targets(app, store, trans);
    targets.selectedFile = () => {
      const selected = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
      return selected[0]?.path ?? null;
    };
    const parts = { app, store, targets, trans };
    const sidebar = new Sidebar(store, commands, targets, trans);
    shell.add(sidebar, 'left', { rank: 550, type: trans.__('Parallel stages') });
    restorer?.add(sidebar, sidebar.id);

    commands.addCommand(CommandIDs.showSidebar, {
      label: trans.__('Show Parallel Stages'),
      caption: trans.__('Contracts, workflows, clusters and runs, in the sidebar'),
      icon: stageIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => shell.activateById(sidebar.id)
    });
    commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Refresh Parallel Stages'),
      caption: trans.__('Ask the server again'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        await Promise.all([store.refresh(), store.refreshServices()]);
      }
    });
    commands.addCommand(CommandIDs.open, {
      label: trans.__('Open'),
      describedBy: PATH_ARGS,
      execute: args => openFile(args, {})
    });
    commands.addCommand(CommandIDs.openAsText, {
      label: trans.__('Open as Text'),
      describedBy: PATH_ARGS,
      execute: args => openFile(args, { factory: 'Editor' })
    });
    const openFile = async (args: object, more: { factory?: string }): Promise<void> => {
      const { path } = targets.of({ ...args });
      if (path !== undefined) {
        await commands.execute('docmanager:open', { path, ...more });
      }
    };

    addRunCommands(parts);
    addReportCommands(parts, restorer);
    addWorkflowCommands(parts);
    addClusterCommands(parts);

    const category = trans.__('Parallel Stages');
    for (const command of IN_PALETTE) {
      palette?.addItem({ command, category });
    }

    const notes = new Notes(store, commands, trans);
    const read = (settings: ISettingRegistry.ISettings): void => {
      notes.which = settings.get('notifications').composite as Notes.Which;
    };
    void registry
      ?.load(PLUGIN_ID)
      .then(settings => {
        read(settings);
        settings.changed.connect(read);
      })
      .catch((reason: unknown) => {
        console.error(`The settings of ${PLUGIN_ID} could not be read.`, reason);
      });
  }
};

const IN_PALETTE = [
  CommandIDs.showSidebar,
  CommandIDs.refresh,
  CommandIDs.startRun,
  CommandIDs.startRunOn,
  CommandIDs.stopRun,
  CommandIDs.retryFailed,
  CommandIDs.openReport,
  CommandIDs.openLogs,
  CommandIDs.cleanRuns,
  CommandIDs.runWorkflow,
  CommandIDs.stopWorkflow,
  CommandIDs.checkCluster,
  CommandIDs.startCluster,
  CommandIDs.stopCluster,
  CommandIDs.openDashboard
];
