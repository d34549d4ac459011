import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { cellPlugin } from './cell/plugin';
import { documentPlugin } from './document/plugin';
import { eventsPlugin } from './events/plugin';
import { migrationPlugin } from './migration/plugin';
import { sidebarPlugin } from './sidebar/plugin';
import { statusPlugin } from './status/plugin';
import { storePlugin } from './store/plugin';

/** Everything that this extension adds; each part is in the folder that it is imported from. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  eventsPlugin,
  storePlugin,
  sidebarPlugin,
  statusPlugin,
  cellPlugin,
  migrationPlugin,
  documentPlugin
];

export default plugins;
