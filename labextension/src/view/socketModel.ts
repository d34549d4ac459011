import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { unpacked } from './frames';
import type { IViewModel } from './panelView';

type Callback = (...given: never[]) => void;

/** What is shown: the plan of a contract, saved or as the editor has it, or one of its runs. */
export type Shown =
  | { what: 'plan'; path: string; text?: string }
  | { what: 'run'; path?: string; folder?: string; stage?: string; run: string };

/** What the server says about what was opened. */
export interface IOpened {
  what?: 'plan' | 'run';
  run?: string;
  stage?: string;
  partitions?: number | null;
  workers?: number;
  rule?: string;
  pins?: number;
  expected_s?: number | null;
  is_tried?: boolean | null;
  clusters?: string[];
  estimate?: IEstimate | null;
  findings?: IViewFinding[];
  error?: { message: string; hint?: string; findings?: IViewFinding[] };
}

export interface IViewFinding {
  severity: 'error' | 'warning' | 'info';
  message: string;
  hint?: string | null;
  key?: string | null;
  line?: number | null;
  here?: boolean;
}

export interface IEstimate {
  source?: string;
  unknown?: string[];
  verdict?: { advice?: string; sentence?: string; [name: string]: unknown } | string;
  seconds?: number | null;
  alone_s?: number | null;
  memory_per_worker_bytes?: number | null;
  result_bytes?: number | null;
  [name: string]: unknown;
}

const AGAIN_AFTER_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000];

/**
 * The model of the panel's view over a WebSocket in place of a kernel's comm: the same words (see
 * `panel/widgets/protocol.py`), the interface that anywidget gives.
 *
 * It comes back by itself when the connection is lost, and then asks for the same again.
 */
export class SocketModel implements IViewModel, IDisposable {
  constructor(
    private readonly connect: () => WebSocket,
    labels: { [name: string]: unknown } = {}
  ) {
    this.traits = { revision: 0, summary: {}, lanes: [], selected: [], labels };
  }

  /** Emits what the server says about what was opened last. */
  get opened(): ISignal<this, IOpened> {
    return this._opened;
  }

  /** Emits when the connection is there or gone. */
  get connectionChanged(): ISignal<this, boolean> {
    return this._connectionChanged;
  }

  /** Emits when the summary has changed. */
  get summaryChanged(): ISignal<this, void> {
    return this._summaryChanged;
  }

  get isConnected(): boolean {
    return this.socket?.readyState === 1;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get summary(): { [name: string]: unknown } {
    return this.traits.summary as { [name: string]: unknown };
  }

  /** Show something; of what is asked for while the server is busy with it only the newest counts. */
  show(shown: Shown): void {
    this.shown = shown;
    if (this.isConnected) {
      this.sendShown();
    } else {
      this.begin();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this.timer);
    this.drop();
    this.callbacks.clear();
    Signal.clearData(this);
  }

  get(name: string): unknown {
    return this.traits[name];
  }

  set(name: string, value: unknown): void {
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }

  save_changes(): void {
    // what is chosen here is nobody else's business
  }

  on(event: string, callback: Callback): void {
    const known = this.callbacks.get(event) ?? new Set<Callback>();
    known.add(callback);
    this.callbacks.set(event, known);
  }

  off(event: string, callback: Callback): void {
    this.callbacks.get(event)?.delete(callback);
  }

  send(content: unknown): void {
    // an answer that does not come is asked for again by the view
    if (this.isConnected) {
      this.socket?.send(JSON.stringify(content));
    }
  }

  private begin(): void {
    if (this.socket !== null || this._isDisposed) {
      return;
    }
    clearTimeout(this.timer);
    const socket = this.connect();
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      this.attempts = 0;
      this.sendShown();
      this._connectionChanged.emit(true);
    };
    socket.onmessage = event => this.received(event.data as string | ArrayBuffer);
    socket.onclose = () => {
      if (this.socket !== socket) {
        return;
      }
      this.drop();
      this._connectionChanged.emit(false);
      const wait = AGAIN_AFTER_MS[Math.min(this.attempts++, AGAIN_AFTER_MS.length - 1)];
      this.timer = window.setTimeout(() => this.begin(), wait);
    };
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private sendShown(): void {
    if (this.shown !== null) {
      this.send({ type: 'open', ...this.shown, serial: ++this.serial });
    }
  }

  private received(data: string | ArrayBuffer): void {
    let message: { type?: string; [name: string]: unknown };
    if (typeof data === 'string') {
      message = JSON.parse(data) as typeof message;
    } else {
      const frame = unpacked(data);
      this.emit('msg:custom', frame.content, frame.buffers);
      return;
    }
    switch (message.type) {
      case 'custom':
        this.emit('msg:custom', message.content, []);
        break;
      case 'traits':
        this.take(message.traits as { [name: string]: unknown });
        break;
      case 'opened':
        if (message.serial === this.serial) {
          this._opened.emit(message as IOpened);
        }
        break;
      case 'lost':
        this._opened.emit({ error: { message: String(message.message) } });
        break;
    }
  }

  private take(traits: { [name: string]: unknown }): void {
    const before = this.summary;
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) {
      this.emit(`change:${name}`);
    }
    if (this.summary !== before) {
      this._summaryChanged.emit();
    }
  }

  private emit(event: string, ...given: unknown[]): void {
    for (const callback of [...(this.callbacks.get(event) ?? [])]) {
      (callback as (...given: unknown[]) => void)(...given);
    }
  }

  private readonly traits: { [name: string]: unknown };
  private readonly callbacks = new Map<string, Set<Callback>>();
  private readonly _opened = new Signal<this, IOpened>(this);
  private readonly _connectionChanged = new Signal<this, boolean>(this);
  private readonly _summaryChanged = new Signal<this, void>(this);
  private socket: WebSocket | null = null;
  private shown: Shown | null = null;
  private serial = 0;
  private attempts = 0;
  private timer = 0;
  private _isDisposed = false;
}
