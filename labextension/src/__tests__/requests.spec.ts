import { ServerConnection } from '@jupyterlab/services';

import { address, getReport, getTree, request, RequestError, startRun } from '../requests';

const asked: [string, RequestInit][] = [];

function settings(status: number, body: string, statusText = ''): ServerConnection.ISettings {
  const answer = {
    ok: status < 400,
    status,
    statusText,
    headers: { get: () => null },
    text: () => Promise.resolve(body)
  };
  class Request {
    readonly headers = new Headers();

    constructor(url: string, init: RequestInit) {
      asked.push([url, init]);
    }
  }
  return {
    baseUrl: 'https://host/user/a/',
    wsUrl: 'wss://host/user/a/',
    token: 'secret',
    init: {},
    Headers: globalThis.Headers,
    Request,
    fetch: () => Promise.resolve(answer)
  } as unknown as ServerConnection.ISettings;
}

beforeEach(() => {
  asked.length = 0;
  globalThis.Headers = class {
    append(): void {}
    set(): void {}
    has(): boolean {
      return false;
    }
  } as unknown as typeof Headers;
});

test('addresses are below the base URL, and nothing in a name breaks out of them', async () => {
  const run = { folder: 'a/../b?c', stage: 's&t=1', run_id: '#1' };
  // a page, not JSON
  expect(await getReport(settings(200, '<h1>{'), run)).toBe('<h1>{');
  expect(asked[0][0]).toBe(
    'https://host/user/a/agilab/run/report?folder=a%2F..%2Fb%3Fc&stage=s%26t%3D1&run=%231'
  );
  expect(address(settings(200, ''), 'tree', { since: undefined })).toBe(
    'https://host/user/a/agilab/tree'
  );
});

test('a GET without a body, a POST of JSON', async () => {
  await getTree(settings(200, '{}'), 7);
  expect(asked[0][0]).toBe('https://host/user/a/agilab/tree?since=7');
  expect(asked[0][1].method).toBe('GET');
  await startRun(settings(201, '{}'), { path: 'a.toml' });
  expect(asked[1][1].method).toBe('POST');
  expect(asked[1][1].body).toBe('{"path":"a.toml"}');
});

test('a refusal has the server’s own words', async () => {
  const told = { message: 'no', hint: 'try', findings: [{ code: 'x', message: 'm' }] };
  const error = await request(settings(422, JSON.stringify(told)), 'tree').catch(
    (each: unknown) => each
  );
  expect(error).toBeInstanceOf(RequestError);
  expect(error).toMatchObject({ status: 422, message: 'no', hint: 'try' });
  expect((error as RequestError).findings.length).toBe(1);
});

test('a proxy’s page becomes its status, not its text', async () => {
  const page = settings(502, '<html>Bad</html>', 'Bad Gateway');
  await expect(request(page, 'tree')).rejects.toMatchObject({
    status: 502,
    message: '502 Bad Gateway'
  });
});

test('a server that cannot be reached has status 0', async () => {
  const away = { ...settings(200, ''), fetch: () => Promise.reject(new TypeError('away')) };
  await expect(
    request(away as unknown as ServerConnection.ISettings, 'tree')
  ).rejects.toMatchObject({ name: 'RequestError', status: 0 });
});
