import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { wordsOf } from './model';
import { ITrial } from './types';

/** What a trial needs of the world. */
export interface ITrialServer {
  start(partition: number, sizes: boolean): Promise<ITrial>;
  state(id: string): Promise<ITrial>;
  stop(id: string): Promise<ITrial>;
}

/** What the trial's part of the plan may do. */
export interface ITrialDoer {
  readonly changed: ISignal<unknown, void>;
  readonly trial: ITrial | null;
  readonly isRunning: boolean;
  readonly trouble: string;
  run(partition: number, sizes: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** One trial at a time: started, waited for, stopped. */
export class TrialModel implements ITrialDoer, IDisposable {
  /**
   * @param save makes sure that the file says what is shown; resolves to whether it does.
   */
  constructor(
    private readonly server: ITrialServer,
    private readonly save: () => Promise<boolean>
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The trial under way, or the last one. */
  get trial(): ITrial | null {
    return this._trial;
  }

  get isRunning(): boolean {
    return this._isRunning;
  }

  get trouble(): string {
    return this._trouble;
  }

  /** Emits when a trial has ended well: plans know more then. */
  get ended(): ISignal<this, ITrial> {
    return this._ended;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  async run(partition: number, sizes: boolean): Promise<void> {
    if (this._isRunning) {
      return;
    }
    this.tell({ isRunning: true, trouble: '', trial: null });
    try {
      if (!(await this.save())) {
        this.tell({ isRunning: false });
        return;
      }
      let trial = await this.server.start(partition, sizes);
      this.tell({ trial });
      while (trial.state === 'running' && !this._isDisposed) {
        trial = await this.server.state(trial.id);
        this.tell({ trial });
      }
      this.tell({ isRunning: false });
      this._ended.emit(trial);
    } catch (error) {
      this.tell({ isRunning: false, trouble: wordsOf(error) });
    }
  }

  async stop(): Promise<void> {
    const trial = this._trial;
    if (trial === null || trial.state !== 'running') {
      return;
    }
    try {
      this.tell({ trial: await this.server.stop(trial.id) });
    } catch (error) {
      this.tell({ trouble: wordsOf(error) });
    }
  }

  private tell(now: { isRunning?: boolean; trouble?: string; trial?: ITrial | null }): void {
    this._isRunning = now.isRunning ?? this._isRunning;
    this._trouble = now.trouble ?? this._trouble;
    this._trial = now.trial === undefined ? this._trial : now.trial;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, ITrial>(this);
  private _trial: ITrial | null = null;
  private _isRunning = false;
  private _trouble = '';
  private _isDisposed = false;
}
