/**
 * Everything that is asked of the server. No other file has a URL.
 *
 * To add a request: one line in `ROUTES`, the form of its answer in the `…types.ts` of its own folder, one function here.
 */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IAnalysis, ICellText, IFoundLoops, IStageFields, IStandings } from './cell/types';
import type {
  DocumentKind,
  IChange,
  ICompletions,
  IDocument,
  ISchema,
  ITrial
} from './document/types';
import type {
  IApplied,
  IPlace,
  IPreview,
  IUndone,
  IVerification,
  MigrationForm
} from './migration/types';
import type { IWorkflowGraph } from './workflow/types';
import type {
  ICleaning,
  IClusterReport,
  ILogs,
  IRun,
  IRunKey,
  IRuns,
  IService,
  ITree,
  ITreeUnchanged,
  IWorkflowStatus
} from './store/types';
import type { IFinding } from './findings';

type Settings = ServerConnection.ISettings;

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
 * Ask the server.
 *
 * @throws RequestError with the server's own sentence, findings and hint.
 */
export async function request<T>(
  settings: Settings,
  route: Route,
  { method, query, body, signal }: IRequest = {}
): Promise<T> {
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
  let answer: unknown = null;
  try {
    answer = text.length > 0 ? JSON.parse(text) : null;
  } catch {
    // a proxy's own page: its status says enough
  }
  if (!response.ok) {
    const told = (answer ?? {}) as { message?: string; findings?: IFinding[]; hint?: string };
    throw new RequestError(
      response.status,
      told.message ?? `${response.status} ${response.statusText}`,
      told.findings ?? [],
      told.hint ?? ''
    );
  }
  return answer as T;
}

/** Contracts, workflows, clusters and last runs; `unchanged` where nothing changed since a revision. */
export function getTree(settings: Settings, since?: number): Promise<ITree | ITreeUnchanged> {
  return request(settings, 'tree', { query: { since } });
}

/** Runs, newest first. */
export function listRuns(
  settings: Settings,
  query: { folder?: string; stage?: string; limit?: number; offset?: number }
): Promise<IRuns> {
  return request(settings, 'runs', { query });
}

function named({ folder, stage, run_id: run }: IRunKey): { [name: string]: string } {
  return { folder, stage, run };
}

/** The last lines that a run's partitions printed. */
export function getLogs(
  settings: Settings,
  run: IRunKey,
  wanted: { tail?: number; grep?: string; stream?: string; failed?: 1 } = {}
): Promise<ILogs> {
  return request(settings, 'logs', { query: { ...named(run), ...wanted } });
}

/** The address of a run's report, which is made when it is asked for. */
export function reportAddress(settings: Settings, run: IRunKey): string {
  return address(settings, 'report', named(run));
}

export interface IStartRun {
  path: string;
  cluster?: string;
  only?: string;
  force?: boolean;
  overwrite?: boolean;
  /** A work plan: which worker does what. */
  distribution?: string;
}

/** Start a driver for a contract. */
export function startRun(settings: Settings, body: IStartRun): Promise<{ run: IRun }> {
  return request(settings, 'startRun', { body });
}

export function stopRun(settings: Settings, run: IRunKey): Promise<{ run: IRun }> {
  return request(settings, 'stopRun', { body: named(run) });
}

/** Run the failed partitions again. */
export function retryRun(settings: Settings, run: IRunKey): Promise<{ run: IRun }> {
  return request(settings, 'retryRun', { body: named(run) });
}

export interface ICleanRuns {
  folder: string;
  stage?: string;
  keep?: number;
  states?: string[];
  older_than?: string;
  all_runs?: boolean;
}

/** Say what cleaning would remove, or with `dry_run: false` remove it. */
export function cleanRuns(
  settings: Settings,
  selection: ICleanRuns & { dry_run: boolean }
): Promise<ICleaning> {
  return request(settings, 'cleanRuns', { body: selection });
}

/** The clusters that this user started. */
export function startedClusters(settings: Settings): Promise<{ clusters: IService[] }> {
  return request(settings, 'startedClusters');
}

export interface IClusterName {
  folder: string;
  name: string;
}

/** Look at each host or worker of a cluster; takes minutes at most. */
export function checkCluster(settings: Settings, cluster: IClusterName): Promise<IClusterReport> {
  return request(settings, 'checkCluster', { body: cluster });
}

export function startCluster(
  settings: Settings,
  cluster: IClusterName & { workers?: number }
): Promise<IService> {
  return request(settings, 'startCluster', { body: cluster });
}

export function stopCluster(
  settings: Settings,
  cluster: IClusterName
): Promise<{ stopped: boolean }> {
  return request(settings, 'stopCluster', { body: cluster });
}

export function runWorkflow(
  settings: Settings,
  body: { path: string; cluster?: string }
): Promise<{ status: IWorkflowStatus }> {
  return request(settings, 'runWorkflow', { body });
}

/** Stop a run of a workflow; where it is not named, the newest. */
export async function stopWorkflow(
  settings: Settings,
  path: string,
  run?: string
): Promise<{ status: IWorkflowStatus }> {
  const named = run ?? (await workflowStatus(settings, path, false)).status.run_id;
  return request(settings, 'stopWorkflow', { body: { path, run: named ?? '' } });
}

/** Checks a text; `isThorough` looks for the files, the module and the function that it names too. */
export const checkDocument = (
  settings: Settings,
  path: string,
  text: string,
  isThorough: boolean
): Promise<IDocument> =>
  request<IDocument>(settings, 'documentCheck', { body: { path, text, thorough: isThorough } });

/** Gives a text in which some values are others; nothing is written. */
export const editDocument = (
  settings: Settings,
  path: string,
  text: string,
  changes: readonly IChange[]
): Promise<IDocument> =>
  request<IDocument>(settings, 'documentEdit', { body: { path, text, changes } });

/** What could be typed at a place, 0-based, in code points. */
export const completeDocument = (
  settings: Settings,
  body: { path: string; text: string; line: number; column: number }
): Promise<ICompletions> => request<ICompletions>(settings, 'documentComplete', { body });

/** Runs one partition. */
export const startTrial = (
  settings: Settings,
  body: { path: string; partition?: number; sizes?: boolean; wait_s?: number }
): Promise<ITrial> => request<ITrial>(settings, 'trial', { body });

/** How a trial is doing, when it has ended or after some seconds. */
export const trialState = (settings: Settings, id: string, waitS: number): Promise<ITrial> =>
  request<ITrial>(settings, 'trial', { query: { id, wait_s: waitS } });

export const stopTrial = (settings: Settings, id: string): Promise<ITrial> =>
  request<ITrial>(settings, 'trial', { method: 'DELETE', query: { id } });

/** The JSON Schema of a kind of document. */
export const documentSchema = (settings: Settings, kind: DocumentKind): Promise<ISchema> =>
  request<ISchema>(
    settings,
    (
      {
        contract: 'schemaContract',
        clusters: 'schemaClusters',
        workflow: 'schemaWorkflow'
      } as const
    )[kind]
  );

// cells and migration

/** What a cell would become; nothing is run or written. `said` is what the form says; "" takes a flag away. */
export const analyseCell = (
  settings: Settings,
  path: string,
  cells: readonly ICellText[],
  cell: string,
  said: Partial<IStageFields> & { name?: string },
  signal?: AbortSignal
): Promise<IAnalysis> =>
  request<IAnalysis>(settings, 'analyseCell', { body: { path, cells, cell, ...said }, signal });

/** How the stage cells of a notebook stand; `ran`: a cell was just executed, so that runs and contracts may be new. */
export const cellStates = (
  settings: Settings,
  path: string,
  cells: readonly ICellText[],
  ran: boolean,
  signal?: AbortSignal
): Promise<IStandings> =>
  request<IStandings>(settings, 'cellStates', { body: { path, cells, ran }, signal });

/** The loops of a notebook or a folder; `cells` are those of an open notebook, `after` goes on with a folder. */
export const findLoops = (
  settings: Settings,
  path: string,
  {
    cells,
    after,
    signal
  }: { cells?: readonly ICellText[]; after?: string; signal?: AbortSignal } = {}
): Promise<IFoundLoops> =>
  request<IFoundLoops>(settings, 'migrateFindings', { body: { path, cells, after }, signal });

export interface IMigrationRequest {
  path: string;
  /** Of an open notebook: the stages are written, the cells are left to the editor. */
  cells?: readonly ICellText[];
  form: MigrationForm;
  only?: readonly IPlace[];
}

export const previewMigration = (
  settings: Settings,
  body: IMigrationRequest,
  signal?: AbortSignal
): Promise<IPreview> =>
  request<IPreview>(settings, 'migratePreview', { body: { ...body }, signal });

/** Writes the stages and, without `cells`, the notebook. */
export const applyMigration = (
  settings: Settings,
  body: IMigrationRequest & { digest: string; overwrite?: boolean; to?: string }
): Promise<IApplied> => request<IApplied>(settings, 'migrateApply', { body: { ...body } });

/** Restores the notebook; with `files` only takes away what `applyMigration` wrote for an open one. */
export const undoMigration = (
  settings: Settings,
  body: { path: string; force?: boolean; files?: { readonly [path: string]: string } }
): Promise<IUndone> => request<IUndone>(settings, 'migrateUndo', { body });

/** Runs the notebook's code, in copies of its folder. */
export const startVerification = (
  settings: Settings,
  body: {
    path: string;
    form: MigrationForm;
    only?: readonly IPlace[];
    sample: number;
    digest?: string;
  }
): Promise<IVerification> => request<IVerification>(settings, 'migrateVerify', { body });

export const verification = (settings: Settings, job: string): Promise<IVerification> =>
  request<IVerification>(settings, 'migrateVerify', { query: { job } });

export const stopVerification = (settings: Settings, job: string): Promise<IVerification> =>
  request<IVerification>(settings, 'migrateVerify', { method: 'DELETE', query: { job } });

/** The clusters that contracts of a folder can name. */
export const clustersOf = (
  settings: Settings,
  folder: string
): Promise<{ clusters: { name: string; kind: string; ok: boolean }[] }> =>
  request(settings, 'clusters', { query: { folder } });

/** A workflow as a graph: its newest run, or what would run. */
export const workflowStatus = (
  settings: Settings,
  path: string,
  isPlanned: boolean
): Promise<{ path: string; status: IWorkflowGraph }> =>
  request(settings, 'workflow', { query: { path, planned: isPlanned || undefined } });

/** How many partitions of a contract are pinned to workers, and the file that says which. */
export const pinsOf = (
  settings: Settings,
  path: string
): Promise<{ count: number; work_plan: string }> =>
  request(settings, 'documentPins', { query: { path } });
