import type { JupyterFrontEnd } from '@jupyterlab/application';

import { showDashboard } from '../dashboard';

const mockCopied: string[] = [];

// all of Lab's dialogs and themes would come with it
jest.mock('@jupyterlab/apputils', () => ({
  Clipboard: { copyToSystem: (text: string) => mockCopied.push(text) }
}));

function app(plugins: string[]): { app: JupyterFrontEnd; shown: string[] } {
  const shown: string[] = [];
  const made = {
    hasPlugin: (name: string) => plugins.includes(name),
    activatePlugin: () => Promise.resolve(),
    shell: { activateById: (id: string) => shown.push(id) }
  };
  return { app: made as unknown as JupyterFrontEnd, shown };
}

let open: jest.SpyInstance;

beforeEach(() => {
  open = jest.spyOn(window, 'open').mockReturnValue(null);
  mockCopied.length = 0;
});

afterEach(() => jest.restoreAllMocks());

test('a new tab that knows nothing of this one', async () => {
  await showDashboard(app([]).app, 'http://host:8787/status');
  expect(open).toHaveBeenCalledWith('http://host:8787/status', '_blank', 'noopener,noreferrer');
});

test('dask-labextension’s panel where it is installed', async () => {
  const { app: made, shown } = app(['dask-labextension:plugin']);
  await showDashboard(made, 'https://host/status');
  expect(shown).toEqual(['dask-dashboard-launcher']);
  expect(mockCopied).toEqual(['https://host/status']);
  expect(open).not.toHaveBeenCalled();
});

test.each(['javascript:alert(1)', 'file:///etc/passwd', '//host/status', ''])(
  '%s is no page to open',
  async address => {
    await expect(showDashboard(app([]).app, address)).rejects.toThrow();
    expect(open).not.toHaveBeenCalled();
  }
);
