import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IEventStream } from '../tokens';
import { EventStream } from './stream';

/** Provides the connection to the server's event stream. */
export const eventsPlugin: JupyterFrontEndPlugin<IEventStream> = {
  id: 'jupyter-agilab:events',
  description: 'Keeps one connection over which the server tells what changes.',
  autoStart: true,
  provides: IEventStream,
  activate: (app: JupyterFrontEnd): IEventStream => {
    const stream = new EventStream(app.serviceManager.serverSettings);
    void app.restored.then(() => stream.connect());
    return stream;
  }
};
