import { unpacked } from '../frames';
import { IOpened, SocketModel } from '../socketModel';

class Socket {
  readyState = 0;
  binaryType = '';
  sent: { type?: string; [name: string]: unknown }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type?: string });
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function frame(content: object, buffers: Float32Array[]): ArrayBuffer {
  let head = JSON.stringify({ content, lengths: buffers.map(each => each.byteLength) });
  head += ' '.repeat((4 - ((head.length + 4) % 4)) % 4);
  const total = 4 + head.length + buffers.reduce((sum, each) => sum + each.byteLength, 0);
  const made = new ArrayBuffer(total);
  new DataView(made).setUint32(0, head.length, true);
  new Uint8Array(made).set(new TextEncoder().encode(head), 4);
  let at = 4 + head.length;
  for (const buffer of buffers) {
    new Uint8Array(made).set(new Uint8Array(buffer.buffer), at);
    at += buffer.byteLength;
  }
  return made;
}

describe('SocketModel', () => {
  let sockets: Socket[];
  let model: SocketModel;

  beforeEach(() => {
    jest.useFakeTimers();
    sockets = [];
    model = new SocketModel(
      () => {
        const socket = new Socket();
        sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      { texts: {} }
    );
  });

  afterEach(() => {
    model.dispose();
    jest.useRealTimers();
  });

  const shown = { what: 'plan', path: 'a.parallel_stage.toml' } as const;

  it('asks for what is shown when it is connected, and nothing before', () => {
    model.show({ ...shown, text: 'old' });
    model.show({ ...shown, text: 'new' });
    expect(sockets).toHaveLength(1);
    sockets[0].open();
    expect(sockets[0].sent).toEqual([{ type: 'open', ...shown, text: 'new', serial: 1 }]);
  });

  it('is a model as the view expects it', () => {
    const seen: string[] = [];
    model.on('change:summary', () => seen.push('summary'));
    const heard = (content: never): number => seen.push(`custom ${JSON.stringify(content)}`);
    model.on('msg:custom', heard);
    model.show(shown);
    sockets[0].open();
    sockets[0].tell({ type: 'traits', traits: { summary: { mode: 'plan' }, revision: 2 } });
    expect(model.get('summary')).toEqual({ mode: 'plan' });
    expect(model.get('revision')).toBe(2);
    sockets[0].tell({ type: 'custom', content: { type: 'rows', request: 1 } });
    model.off('msg:custom', heard);
    sockets[0].tell({ type: 'custom', content: { type: 'rows', request: 2 } });
    expect(seen).toEqual(['summary', 'custom {"type":"rows","request":1}']);
    model.set('selected', [1]);
    model.save_changes();
    expect(model.get('selected')).toEqual([1]);
  });

  it('gives buffers whose numbers can be read in place', () => {
    let got: Float32Array | null = null;
    model.on('msg:custom', (_content: never, buffers: DataView[]) => {
      const [, second] = buffers;
      got = new Float32Array(second.buffer, second.byteOffset, second.byteLength / 4);
    });
    model.show(shown);
    sockets[0].open();
    const data = frame({ type: 'bars' }, [new Float32Array([1]), new Float32Array([2, 3.5])]);
    sockets[0].onmessage?.({ data });
    expect([...(got ?? [])]).toEqual([2, 3.5]);
    expect(unpacked(data).content).toEqual({ type: 'bars' });
  });

  it('tells only what was opened last', () => {
    const opened: IOpened[] = [];
    model.opened.connect((_, each) => opened.push(each));
    model.show(shown);
    sockets[0].open();
    model.show({ what: 'run', path: 'a', run: 'r' });
    sockets[0].tell({ type: 'opened', serial: 1, what: 'plan' });
    sockets[0].tell({ type: 'opened', serial: 2, what: 'run' });
    expect(opened.map(each => each.what)).toEqual(['run']);
    sockets[0].tell({ type: 'lost', message: 'gone' });
    expect(opened[1].error?.message).toBe('gone');
  });

  it('comes back by itself and asks for the same', () => {
    const seen: boolean[] = [];
    model.connectionChanged.connect((_, isConnected) => seen.push(isConnected));
    model.show(shown);
    sockets[0].open();
    sockets[0].close();
    model.send({ type: 'rows' });
    jest.advanceTimersByTime(600);
    expect(sockets).toHaveLength(2);
    sockets[1].open();
    expect(sockets[1].sent).toEqual([{ type: 'open', ...shown, serial: 2 }]);
    expect(seen).toEqual([true, false, true]);
  });

  it('does not come back when it is gone', () => {
    model.show(shown);
    sockets[0].open();
    model.dispose();
    expect(sockets[0].readyState).toBe(3);
    jest.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
  });
});
