import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { DocumentModel, wordsOf } from '../document/model';
import { isActive } from '../store/types';
import { IWorkflowGraph } from './types';

export interface IWorkflowStart {
  path: string;
  cluster?: string;
  flags?: string[];
}

/** What a workflow's graph needs of the world. */
export interface IWorkflowServer {
  /** The newest run, or what would run. */
  status(path: string, isPlanned: boolean): Promise<IWorkflowGraph>;
  run(settings: IWorkflowStart): Promise<IWorkflowGraph>;
  stop(path: string): Promise<IWorkflowGraph>;
  clusters(path: string): Promise<readonly string[]>;
  /** Emits the state of a workflow, with its path, while it runs. */
  readonly told: ISignal<unknown, { path: string; status: IWorkflowGraph }>;
}

/** A workflow's graph and its run. */
export class GraphModel implements IDisposable {
  /**
   * @param save makes sure that the file says what is shown; resolves to whether it does.
   */
  constructor(
    private readonly document: DocumentModel,
    private readonly server: IWorkflowServer,
    private readonly save: () => Promise<boolean>
  ) {
    server.told.connect(this.onTold, this);
  }

  graph: IWorkflowGraph | null = null;
  clusters: readonly string[] = [];
  trouble = '';
  isBusy = false;
  chosen = '';
  /** Whether what would run is shown though there was a run. */
  isPlanned = false;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isRunning(): boolean {
    return isActive(this.graph?.state ?? '');
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The flags of the workflow and whether they are on when nobody says otherwise. */
  get flags(): ReadonlyMap<string, boolean> {
    const { flags } = this.document.values;
    return new Map(
      typeof flags === 'object' && flags !== null && !Array.isArray(flags)
        ? Object.entries(flags).map(([name, isOn]) => [name, isOn === true])
        : []
    );
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.server.told.disconnect(this.onTold, this);
    Signal.clearData(this);
  }

  choose(name: string): void {
    this.chosen = this.chosen === name ? '' : name;
    this._changed.emit();
  }

  /** Show what would run, or the newest run. */
  showPlanned(isPlanned: boolean): Promise<void> {
    this.isPlanned = isPlanned;
    return this.refresh();
  }

  /** Ask for the graph as the file has it. */
  refresh(): Promise<void> {
    return this.attempt(async () => {
      const { path } = this.document;
      [, this.clusters] = await Promise.all([
        this.take(this.server.status(path, this.isPlanned)),
        this.server.clusters(path)
      ]);
    });
  }

  /** Save and start. */
  run(settings: Omit<IWorkflowStart, 'path'>): Promise<void> {
    return this.attempt(async () => {
      if (await this.save()) {
        this.isPlanned = false;
        await this.take(this.server.run({ path: this.document.path, ...settings }));
      }
    });
  }

  stop(): Promise<void> {
    return this.attempt(async () => {
      await this.take(this.server.stop(this.document.path));
    });
  }

  /** Show an answer, unless something newer was told or asked for meanwhile. */
  private async take(asked: Promise<IWorkflowGraph>): Promise<void> {
    const turn = ++this._turn;
    const graph = await asked;
    if (turn === this._turn) {
      this.graph = graph;
    }
  }

  private async attempt(what: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    this._changed.emit();
    try {
      await what();
      this.trouble = '';
    } catch (error) {
      this.trouble = wordsOf(error);
    }
    this.isBusy = false;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private onTold(_: unknown, { path, status }: { path: string; status: IWorkflowGraph }): void {
    if (path === this.document.path && !this.isPlanned) {
      this._turn++;
      this.graph = status;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _turn = 0;
  private _isDisposed = false;
}
