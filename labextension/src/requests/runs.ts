/** The files below the server's folder, and runs. */
import type { ICleaning, ILogs, IRun, IRunKey, IRuns, ITree, ITreeUnchanged } from '../store/types';
import { request, requestText, type Settings } from './request';

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

/** The page of a run's report, which is made when it is asked for. */
export function getReport(settings: Settings, run: IRunKey): Promise<string> {
  return requestText(settings, 'report', { query: named(run) });
}

export interface IStartRun {
  path: string;
  cluster?: string;
  force?: boolean;
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
