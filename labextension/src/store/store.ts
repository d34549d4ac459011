import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { IEventStream, IServerMessage, IStore, StoreChange } from '../tokens';
import {
  ILive,
  IRun,
  IRuns,
  IService,
  isActive,
  ITree,
  ITreeUnchanged,
  IWorkflowRun,
  IWorkflowStatus,
  keyOf
} from './types';

/** What the store asks of the server. */
export interface IStoreSource {
  getTree(since?: number): Promise<ITree | ITreeUnchanged>;
  listRuns(query: { limit: number; offset: number }): Promise<IRuns>;
  startedClusters(): Promise<{ clusters: IService[] }>;
}

/** Not more often than this is the tree asked for again. */
const PAUSE_MS = 1000;
const PAGE = 500;

/**
 * What all parts show: files, runs, services. Runs that go on are always known; the rest is asked for only while
 * somebody looks, and then when the server says that something changed.
 */
export class Store implements IStore, IDisposable {
  constructor(
    private readonly source: IStoreSource,
    private readonly events: IEventStream
  ) {
    events.received.connect(this._onMessage, this);
    events.connectionChanged.connect(this._onConnection, this);
  }

  get changed(): ISignal<this, StoreChange> {
    return this._changed;
  }

  get ended(): ISignal<this, IRun> {
    return this._ended;
  }

  get workflowEnded(): ISignal<this, IWorkflowRun> {
    return this._workflowEnded;
  }

  get tree(): ITree | null {
    return this._tree;
  }

  get active(): ReadonlyMap<string, ILive> {
    return this._active;
  }

  get workflows(): ReadonlyMap<string, IWorkflowStatus> {
    return this._workflows;
  }

  get services(): readonly IService[] {
    return this._services;
  }

  get runs(): readonly IRun[] {
    return this._runs;
  }

  get runCount(): number {
    return Math.max(this._runCount, this._tree?.run_count ?? 0, this._runs.length);
  }

  get problem(): Error | null {
    return this._problem;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  watch(): IDisposable {
    this._watchers += 1;
    if (this._watchers === 1 && this._isStale) {
      void this.refresh();
    }
    return new DisposableDelegate(() => {
      this._watchers -= 1;
    });
  }

  async refresh(): Promise<void> {
    if (this._asking !== null) {
      this._askAgain = true;
      return this._asking;
    }
    this._asking = this._ask().finally(() => {
      this._asking = null;
      if (this._askAgain && !this._isDisposed) {
        this._askAgain = false;
        this._later();
      }
    });
    return this._asking;
  }

  async refreshServices(): Promise<void> {
    try {
      const { clusters } = await this.source.startedClusters();
      if (!this._isDisposed) {
        this._services = clusters;
        this._changed.emit('services');
      }
    } catch {
      // the tree's own request tells when the server cannot be reached
    }
  }

  async loadRuns(more: boolean): Promise<void> {
    if (this._isLoadingRuns) {
      // what is on its way may be of before
      this._loadsRunsAgain ||= !more;
      return;
    }
    this._isLoadingRuns = true;
    this._wantsRuns = true;
    try {
      const offset = more ? this._runs.length : 0;
      const limit = more ? PAGE : Math.max(PAGE, this._runs.length);
      const got = await this.source.listRuns({ limit, offset });
      if (this._isDisposed) {
        return;
      }
      const known = more ? this._runs : [];
      const seen = new Set(known.map(keyOf));
      this._runs = [...known, ...got.runs.filter(run => !seen.has(keyOf(run)))];
      this._runCount = got.count;
      this._changed.emit('runs');
    } catch (error) {
      this._fail(error);
    } finally {
      this._isLoadingRuns = false;
    }
    if (this._loadsRunsAgain && !this._isDisposed) {
      this._loadsRunsAgain = false;
      await this.loadRuns(false);
    }
  }

  note(run: IRun): void {
    // the answer to a request may come after the server has told of the end
    if (!isActive(run.state) || this._gone.has(keyOf(run))) {
      return;
    }
    this._active.set(keyOf(run), { run, status: null });
    this._changed.emit('active');
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    this.events.received.disconnect(this._onMessage, this);
    this.events.connectionChanged.disconnect(this._onConnection, this);
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    this._isStale = false;
    const before = new Set(this._active.keys());
    try {
      const got = await this.source.getTree(this._tree?.revision);
      if (this._isDisposed) {
        return;
      }
      if ('unchanged' in got) {
        if (this._problem !== null) {
          this._problem = null;
          this._changed.emit('tree');
        }
        return;
      }
      this._tree = got;
      this._problem = null;
      if (!this.events.isConnected) {
        this._setActive(got.active.map(run => ({ run, status: null })));
      } else {
        this._forget(before, new Set(got.active.map(keyOf)));
      }
      this._changed.emit('tree');
      if (this._wantsRuns) {
        await this.loadRuns(false);
      }
    } catch (error) {
      this._isStale = true;
      this._fail(error);
    }
  }

  /** Forget runs that went on before the tree was asked for, and do not any more: their directory is gone. */
  private _forget(before: ReadonlySet<string>, active: ReadonlySet<string>): void {
    let isChanged = false;
    for (const key of before) {
      isChanged = (!active.has(key) && this._active.delete(key)) || isChanged;
    }
    if (isChanged) {
      this._changed.emit('active');
    }
  }

  private _fail(error: unknown): void {
    if (!this._isDisposed) {
      this._problem = error instanceof Error ? error : new Error(String(error));
      this._changed.emit('tree');
    }
  }

  private _later(): void {
    this._isStale = true;
    if (this._watchers === 0 || this._timer !== 0) {
      return;
    }
    this._timer = window.setTimeout(() => {
      this._timer = 0;
      if (this._watchers > 0) {
        void this.refresh();
      }
    }, PAUSE_MS);
  }

  private _setActive(lives: readonly ILive[]): void {
    this._active = new Map(
      lives.filter(({ run }) => isActive(run.state)).map(live => [keyOf(live.run), live])
    );
    this._changed.emit('active');
  }

  /** Tell of runs that went on before the connection was lost, and have ended since. */
  private async _tellEnds(keys: ReadonlySet<string>): Promise<void> {
    if (keys.size === 0) {
      return;
    }
    try {
      const { runs } = await this.source.listRuns({ limit: PAGE, offset: 0 });
      for (const run of runs) {
        if (!this._isDisposed && keys.has(keyOf(run)) && !isActive(run.state)) {
          this._ended.emit(run);
        }
      }
    } catch {
      // the tree's own request tells when the server cannot be reached
    }
  }

  private _onConnection(_: IEventStream, connected: boolean): void {
    // what was missed in the meantime is asked for
    if (connected) {
      this._later();
    }
    this._changed.emit('connection');
  }

  private _end(run: IRun): void {
    this._active.delete(keyOf(run));
    this._gone.add(keyOf(run));
  }

  private _onMessage(_: IEventStream, message: IServerMessage): void {
    switch (message.type) {
      case 'hello': {
        const known = new Set(this._active.keys());
        for (const { path, status } of (message.workflows as IWorkflowRun[] | undefined) ?? []) {
          this._workflows.set(path, status);
        }
        this._setActive((message.runs as ILive[] | undefined) ?? []);
        for (const key of this._active.keys()) {
          known.delete(key);
        }
        void this._tellEnds(known);
        break;
      }
      case 'tree':
        if (message.revision !== this._tree?.revision) {
          this._later();
        }
        break;
      case 'run': {
        const live = message as unknown as ILive;
        if (isActive(live.run.state)) {
          this._active.set(keyOf(live.run), { run: live.run, status: live.status });
        } else {
          this._end(live.run);
        }
        this._changed.emit('active');
        break;
      }
      case 'ended': {
        const run = message.run as IRun;
        this._end(run);
        this._changed.emit('active');
        this._ended.emit(run);
        break;
      }
      case 'workflow':
      case 'workflow_ended': {
        const run = message as unknown as IWorkflowRun;
        this._workflows.set(run.path, run.status);
        this._changed.emit('active');
        if (message.type === 'workflow_ended') {
          this._workflowEnded.emit(run);
        }
        break;
      }
      case 'cluster':
        void this.refreshServices();
        break;
    }
  }

  private _tree: ITree | null = null;
  private _active = new Map<string, ILive>();
  /** Runs whose end was told. */
  private readonly _gone = new Set<string>();
  private readonly _workflows = new Map<string, IWorkflowStatus>();
  private _services: readonly IService[] = [];
  private _runs: readonly IRun[] = [];
  private _runCount = 0;
  private _problem: Error | null = null;
  private _watchers = 0;
  private _timer = 0;
  private _isStale = true;
  private _asking: Promise<void> | null = null;
  private _askAgain = false;
  private _isLoadingRuns = false;
  private _loadsRunsAgain = false;
  private _wantsRuns = false;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, StoreChange>(this);
  private readonly _ended = new Signal<this, IRun>(this);
  private readonly _workflowEnded = new Signal<this, IWorkflowRun>(this);
}
