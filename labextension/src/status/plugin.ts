import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { IStore } from '../tokens';
import { texts } from '../translation';
import { RunningItem } from './item';

/** How many stages run, in the status bar. */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-agilab:status',
  description: 'Says in the status bar how many stages run and how far they are.',
  autoStart: true,
  requires: [IStore],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    store: IStore,
    bar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (bar === null) {
      return;
    }
    const show = (): void => void app.commands.execute(CommandIDs.showSidebar);
    const item = new RunningItem(store, show, texts(translator));
    bar.registerStatusItem('jupyter-agilab:running', {
      item,
      align: 'left',
      rank: 90,
      isActive: () => store.active.size > 0,
      activeStateChanged: item.shownChanged
    });
  }
};
