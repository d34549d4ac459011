/**
 * The server's answers about files, runs and clusters. Paths are relative to the server's root; times are seconds since
 * the epoch, spans are seconds, `null` is a number that is not known.
 */

export type RunState =
  | 'submitted'
  | 'running'
  | 'reducing'
  | 'finished'
  | 'partial'
  | 'failed'
  | 'stopped'
  | 'interrupted';

/** How a run is named. */
export interface IRunKey {
  readonly folder: string;
  readonly stage: string;
  readonly run_id: string;
}

export interface IRun extends IRunKey {
  readonly state: RunState;
  /** The contract, "" where it is gone. */
  readonly contract: string;
  readonly submitted: number | null;
  readonly ended: number | null;
  readonly seconds: number | null;
  readonly partitions: number | null;
  readonly finished: number | null;
  readonly reused: number | null;
  readonly failed: number | null;
  readonly artifact: string;
  readonly message: string;
  readonly backend: string;
  readonly cluster: string;
  readonly workflow: string | null;
  readonly size_bytes?: number | null;
}

/** How far a run is. */
export interface ILiveStatus {
  readonly run_id: string;
  readonly state: RunState;
  readonly partition_count: number | null;
  readonly finished: number;
  readonly reused: number;
  readonly failed: number;
  readonly merged: number | null;
  readonly slots: number | null;
  readonly elapsed_s: number | null;
  readonly remaining_s: number | null;
  readonly message: string;
}

export interface ILive {
  readonly run: IRun;
  readonly status: ILiveStatus | null;
}

export interface IContract {
  readonly path: string;
  readonly folder: string;
  readonly stage: string;
  readonly is_readable: boolean;
  readonly run_count: number;
  readonly last_run: IRun | null;
}

export interface IWorkflow {
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly is_readable: boolean;
  readonly run_count: number;
  readonly last_run_id: string | null;
  readonly last_state: string | null;
}

export interface IClustersFile {
  readonly path: string;
  readonly folder: string;
  readonly is_readable: boolean;
  readonly clusters: readonly { readonly name: string; readonly kind: string }[];
}

export interface ITree {
  readonly revision: number;
  readonly contracts: readonly IContract[];
  readonly workflows: readonly IWorkflow[];
  readonly clusters: readonly IClustersFile[];
  readonly active: readonly IRun[];
  readonly run_count: number;
  /** False while the server still looks through the folders. */
  readonly is_whole: boolean;
}

export interface ITreeUnchanged {
  readonly revision: number;
  readonly unchanged: true;
}

export interface IRuns {
  readonly revision: number;
  readonly count: number;
  readonly runs: readonly IRun[];
}

export interface IService {
  readonly name: string;
  readonly kind: string;
  readonly folder: string | null;
  readonly state: string;
  readonly cause: string | null;
  readonly address: string | null;
  readonly dashboard: string | null;
  readonly workers: number | null;
  readonly lease_left_s: number | null;
}

export interface IWorkflowStatus {
  readonly name: string;
  readonly run_id: string | null;
  readonly state: string | null;
  readonly message?: string | null;
  readonly stages: readonly {
    readonly name: string;
    readonly state: string | null;
    readonly partitions: number | null;
    readonly finished: number | null;
    readonly failed: number | null;
  }[];
}

/** A workflow's newest run. */
export interface IWorkflowRun {
  /** The workflow's file, "" where it is gone. */
  readonly path: string;
  readonly status: IWorkflowStatus;
}

/** What cleaning removes, or would remove. */
export interface ICleaning {
  readonly folder: string;
  readonly done: boolean;
  readonly runs: readonly { readonly run_id: string; readonly stage: string }[];
  readonly leftovers: readonly { readonly path: string; readonly kind: string }[];
  readonly kept: readonly {
    readonly run_id: string;
    readonly stage: string;
    readonly message: string;
    readonly hint: string;
  }[];
  readonly freed_bytes: number;
  readonly problems: readonly string[];
}

export interface ILogLine {
  readonly index: number;
  readonly described: string;
  readonly attempt: number;
  readonly worker: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  readonly time: number | null;
}

export interface ILogs {
  readonly run: IRun;
  readonly lines: readonly ILogLine[];
  readonly is_all: boolean;
}

export interface IClusterReport {
  readonly cluster: string;
  readonly kind: string;
  readonly ok: boolean;
  readonly rows: readonly {
    readonly host: string;
    readonly ok: boolean;
    readonly checks: readonly {
      readonly check: string;
      readonly state: 'ok' | 'warning' | 'failed';
      readonly told: string;
      readonly remedy: string;
    }[];
  }[];
}

const ACTIVE: ReadonlySet<string> = new Set(['submitted', 'running', 'reducing']);

/** Whether a driver works on a run, so that it can be stopped. */
export function isActive(state: string): boolean {
  return ACTIVE.has(state);
}

/** A run's name as one text. */
export function keyOf(run: IRunKey): string {
  return JSON.stringify([run.folder, run.stage, run.run_id]);
}
