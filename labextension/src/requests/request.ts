/**
 * How the server is asked. No other file has a URL: what is asked of each subject is in the files beside this one.
 */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IFinding } from '../findings';

export type Settings = ServerConnection.ISettings;

/** Below the server's base URL. */
const BASE = 'agilab';

/** Route names and their paths below `agilab/`. */
const ROUTES = {
  analyseCell: 'cell/analyse',
  cellStates: 'cell/state',
  migrateFindings: 'migrate/findings',
  migratePreview: 'migrate/preview',
  migrateApply: 'migrate/apply',
  migrateUndo: 'migrate/undo',
  migrateVerify: 'migrate/verify',
  events: 'events',
  tree: 'tree',
  runs: 'runs',
  logs: 'run/logs',
  report: 'run/report',
  startRun: 'run/start',
  stopRun: 'run/stop',
  retryRun: 'run/retry',
  cleanRuns: 'run/clean',
  clusters: 'clusters',
  startedClusters: 'clusters/started',
  checkCluster: 'clusters/check',
  startCluster: 'clusters/start',
  stopCluster: 'clusters/stop',
  runWorkflow: 'workflow/run',
  stopWorkflow: 'workflow/stop',
  workflowReport: 'workflow/report',
  document: 'document',
  documentCheck: 'document/check',
  documentEdit: 'document/edit',
  documentComplete: 'document/complete',
  documentPins: 'document/pins',
  trial: 'document/trial',
  view: 'view',
  workflow: 'workflow',
  schemaContract: 'schema/contract',
  schemaClusters: 'schema/clusters',
  schemaWorkflow: 'schema/workflow'
} as const;

export type Route = keyof typeof ROUTES;

/** The server refused a request, or could not be reached (status 0). */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly findings: readonly IFinding[] = [],
    readonly hint: string = ''
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

export interface IRequest {
  /** GET where nothing is said and there is no body, else POST. */
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Appended as a query; `undefined` is left out. */
  query?: { readonly [name: string]: string | number | boolean | undefined };
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

/** The address of a route, for a frame, a link or a socket. */
export function address(
  settings: Settings,
  route: Route,
  query: IRequest['query'] = {},
  base: string = settings.baseUrl
): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const tail = given.length > 0 ? `?${parameters}` : '';
  return URLExt.join(base, BASE, ROUTES[route]) + tail;
}

/**
 * Ask the server for JSON.
 *
 * @throws RequestError with the server's own sentence, findings and hint.
 */
export async function request<T>(
  settings: Settings,
  route: Route,
  asked: IRequest = {}
): Promise<T> {
  return parsed(await requestText(settings, route, asked)) as T;
}

/** Ask the server for a text, as a page; refused as `request`. */
export async function requestText(
  settings: Settings,
  route: Route,
  { method, query, body, signal }: IRequest = {}
): Promise<string> {
  const init: RequestInit = {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    // with what Lab says by itself, each address would get a time as a query without a name
    cache: 'no-cache',
    signal
  };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(address(settings, route, query), init, settings);
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new RequestError(0, error instanceof Error ? error.message : String(error));
  }
  const text = await response.text();
  if (!response.ok) {
    const told = (parsed(text) ?? {}) as {
      message?: string;
      findings?: IFinding[];
      hint?: string;
    };
    throw new RequestError(
      response.status,
      told.message ?? `${response.status} ${response.statusText}`,
      told.findings ?? [],
      told.hint ?? ''
    );
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return text.length > 0 ? JSON.parse(text) : null;
  } catch {
    // a proxy's own page: its status says enough
    return null;
  }
}
