import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard } from '@jupyterlab/apputils';

/** Ids of dask-labextension: its plugin and its panel. */
const DASK_PLUGIN = 'dask-labextension:plugin';
const DASK_PANEL = 'dask-dashboard-launcher';

/**
 * Show a Dask dashboard: dask-labextension's panel where it is installed, which reaches a dashboard through the server,
 * else a new tab. The panel has no command that takes an address, so that it is left in the clipboard for it.
 */
export async function showDashboard(app: JupyterFrontEnd, address: string): Promise<void> {
  if (!/^https?:\/\//.test(address)) {
    throw new Error(address);
  }
  if (!app.hasPlugin(DASK_PLUGIN)) {
    window.open(address, '_blank', 'noopener,noreferrer');
    return;
  }
  await app.activatePlugin(DASK_PLUGIN);
  Clipboard.copyToSystem(address);
  app.shell.activateById(DASK_PANEL);
  const input = document.querySelector<HTMLInputElement>(`#${DASK_PANEL} input`);
  input?.focus();
  input?.select();
}
