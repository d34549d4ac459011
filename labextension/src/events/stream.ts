import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { address } from '../requests';
import { IEventStream, IServerMessage } from '../tokens';

/** First wait before a new try, and the longest. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** The event stream over a WebSocket; when it breaks, it is opened again, at growing intervals. */
export class EventStream implements IEventStream, IDisposable {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  get isConnected(): boolean {
    return this._isConnected;
  }

  get connectionChanged(): ISignal<this, boolean> {
    return this._connectionChanged;
  }

  get received(): ISignal<this, IServerMessage> {
    return this._received;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Open the connection, unless it is open or being opened. */
  connect(): void {
    if (this._isDisposed || this._socket !== null) {
      return;
    }
    window.clearTimeout(this._timer);
    const { WebSocket, appendToken, token, wsUrl } = this.settings;
    const query = appendToken && token !== '' ? { token } : {};
    const socket = new WebSocket(address(this.settings, 'events', query, wsUrl));
    this._socket = socket;
    socket.onopen = () => {
      this._tries = 0;
      this._tell(true);
    };
    socket.onmessage = (event: MessageEvent) => this._read(event.data);
    socket.onclose = () => {
      this._socket = null;
      this._tell(false);
      this._later();
    };
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    if (this._socket !== null) {
      this._socket.onopen = this._socket.onmessage = this._socket.onclose = null;
      this._socket.close();
      this._socket = null;
    }
    Signal.clearData(this);
  }

  private _tell(connected: boolean): void {
    if (connected !== this._isConnected) {
      this._isConnected = connected;
      this._connectionChanged.emit(connected);
    }
  }

  private _read(data: unknown): void {
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      return;
    }
    if (message !== null && typeof message === 'object' && 'type' in message) {
      this._received.emit(message as IServerMessage);
    }
  }

  private _later(): void {
    if (this._isDisposed) {
      return;
    }
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this._tries);
    this._tries += 1;
    // not all pages at the same moment after the server was started again
    this._timer = window.setTimeout(() => this.connect(), wait * (0.5 + Math.random() / 2));
  }

  private _isConnected = false;
  private _isDisposed = false;
  private _socket: WebSocket | null = null;
  private _timer = 0;
  private _tries = 0;
  private readonly _connectionChanged = new Signal<this, boolean>(this);
  private readonly _received = new Signal<this, IServerMessage>(this);
}
