import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

import { address } from '../requests';
import { SocketModel } from './socketModel';

/** The model of a view, connected to the server. */
export function viewModel(
  settings: ServerConnection.ISettings,
  trans: TranslationBundle
): SocketModel {
  return new SocketModel(
    () => {
      const { WebSocket, appendToken, token, wsUrl } = settings;
      const query = appendToken && token !== '' ? { token } : {};
      return new WebSocket(address(settings, 'view', query, wsUrl));
    },
    {
      texts: {
        busy: trans.__(
          'The server is busy and does not answer at the moment. What you see may be a little old; the run goes on.'
        ),
        stop: trans.__('The run takes a while to stop.'),
        gone: trans.__(
          'The connection to the server is lost: this is the last state that was seen. It comes back by itself.'
        )
      }
    }
  );
}
