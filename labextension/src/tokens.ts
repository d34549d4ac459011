/**
 * What the plugins give each other.
 */
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { ILive, IRun, IService, ITree, IWorkflowRun, IWorkflowStatus } from './store/types';

/** A message of the server's event stream; `type` says which. */
export interface IServerMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * The one connection over which the server tells what changes. It connects by itself and comes back by itself.
 */
export interface IEventStream {
  /** Whether the socket is open now. */
  readonly isConnected: boolean;
  /** Emits when the connection opens or closes. After it opens, ask again for what you show. */
  readonly connectionChanged: ISignal<IEventStream, boolean>;
  /** Emits each message. */
  readonly received: ISignal<IEventStream, IServerMessage>;
}

export const IEventStream = new Token<IEventStream>(
  'jupyter-agilab:IEventStream',
  'What the server of jupyter-agilab tells as it happens: changed files, runs and their progress.'
);

/**
 * What changed in the store: files and their last runs, runs that go on, the list of runs, services of clusters, or
 * whether the server is connected.
 */
export type StoreChange = 'tree' | 'active' | 'runs' | 'services' | 'connection';

/** The files and runs below the server's folder, the same for everything that shows them. */
export interface IStore {
  readonly changed: ISignal<IStore, StoreChange>;
  /** Emits each run that ended while this page was open. */
  readonly ended: ISignal<IStore, IRun>;
  /** Emits each run of a workflow that ended while this page was open. */
  readonly workflowEnded: ISignal<IStore, IWorkflowRun>;
  /** `null` before it was asked for. */
  readonly tree: ITree | null;
  /** Runs that go on, by `keyOf`. */
  readonly active: ReadonlyMap<string, ILive>;
  /** Workflows that ran while this page was open, by path. */
  readonly workflows: ReadonlyMap<string, IWorkflowStatus>;
  /** Clusters that the user started. */
  readonly services: readonly IService[];
  /** The runs that were loaded, newest first. */
  readonly runs: readonly IRun[];
  /** How many there are. */
  readonly runCount: number;
  /** Why the last request failed. */
  readonly problem: Error | null;
  /** Keep the tree up to date until this is disposed of. */
  watch(): IDisposable;
  /** Ask again now. */
  refresh(): Promise<void>;
  refreshServices(): Promise<void>;
  /** Load the first runs, or some more. */
  loadRuns(more: boolean): Promise<void>;
  /** Show a run that was just started before the server tells of it. */
  note(run: IRun): void;
}

export const IStore = new Token<IStore>(
  'jupyter-agilab:IStore',
  'The contracts, workflows, clusters and runs below the server’s folder, kept up to date.'
);
