import { PathExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import type { CommandRegistry } from '@lumino/commands';
import { ISignal, Signal } from '@lumino/signaling';

import { CommandIDs } from '../commands';
import { clustersOf, listRuns, pinsOf, startRun } from '../requests';
import type { IRun } from '../store/types';
import { IEventStream, IServerMessage, IStore } from '../tokens';
import type { IRunDoer, IStartOptions } from '../view/runPane';

const MOST_LISTED = 50;

/** The runs of one stage, named by its contract or by its folder and name. */
export class StageRuns implements IRunDoer, IDisposable {
  constructor(
    private readonly parts: {
      readonly settings: ServerConnection.ISettings;
      readonly commands: CommandRegistry;
      readonly events: IEventStream | null;
      readonly store: IStore | null;
    },
    private readonly place: () => { path: string; folder?: string; stage: string },
    private readonly save: () => Promise<boolean>
  ) {
    parts.events?.received.connect(this.onEvent, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get path(): string {
    return this.place().path;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.parts.events?.received.disconnect(this.onEvent, this);
    Signal.clearData(this);
  }

  async start(options: IStartOptions): Promise<IRun | null> {
    if (!(await this.save())) {
      return null;
    }
    const { settings } = this.parts;
    const { count, work_plan } = await pinsOf(settings, this.path);
    const pinned = count > 0 ? { distribution: work_plan } : {};
    const { run } = await startRun(settings, { path: this.path, ...options, ...pinned });
    this.parts.store?.note(run);
    return run;
  }

  async list(): Promise<readonly IRun[]> {
    const { stage } = this.place();
    if (stage === '') {
      return [];
    }
    const query = { folder: this.folder, stage, limit: MOST_LISTED };
    return (await listRuns(this.parts.settings, query)).runs;
  }

  async clusters(): Promise<readonly string[]> {
    try {
      const { clusters } = await clustersOf(this.parts.settings, this.folder);
      return clusters.filter(each => each.ok).map(each => each.name);
    } catch {
      // a choice less; a run on the contract's own place is still possible
      return [];
    }
  }

  openReport(run: IRun): void {
    void this.parts.commands.execute(CommandIDs.openReport, named(run));
  }

  openLogs(run: IRun): void {
    void this.parts.commands.execute(CommandIDs.openLogs, named(run));
  }

  openArtifact(path: string): void {
    void this.parts.commands.execute('docmanager:open', { path });
  }

  get stage(): string {
    return this.place().stage;
  }

  get folder(): string {
    const { path, folder } = this.place();
    return folder ?? PathExt.dirname(path);
  }

  private onEvent(_: IEventStream, message: IServerMessage): void {
    if (message.type !== 'run' && message.type !== 'ended') {
      return;
    }
    const run = message.run as IRun;
    if (run.stage !== this.place().stage || run.folder !== this.folder) {
      return;
    }
    // while a run goes on it is told of each second: what is listed changes when it begins and ends
    if (message.type === 'ended' || run.run_id !== this.newest) {
      this.newest = run.run_id;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private newest = '';
  private _isDisposed = false;
}

function named(run: IRun): { folder: string; stage: string; run: string; path: string } {
  return { folder: run.folder, stage: run.stage, run: run.run_id, path: run.contract };
}
