import { ServerConnection } from '@jupyterlab/services';

import { EventStream } from '../stream';

/** A socket that does what the test says. */
class Socket {
  static made: Socket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  isClosed = false;

  constructor(readonly url: string) {
    Socket.made.push(this);
  }

  close(): void {
    this.isClosed = true;
  }
}

function start(token = ''): EventStream {
  const settings = ServerConnection.makeSettings({
    baseUrl: 'https://host/user/a/',
    wsUrl: 'wss://host/user/a/',
    token,
    appendToken: true,
    WebSocket: Socket as unknown as ServerConnection.ISettings['WebSocket']
  });
  const stream = new EventStream(settings);
  stream.connect();
  return stream;
}

beforeEach(() => {
  Socket.made = [];
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(1);
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

test('asks below the base URL, with the token where sockets need it', () => {
  start('a b');
  expect(Socket.made[0].url).toBe('wss://host/user/a/agilab/events?token=a+b');
  start();
  expect(Socket.made[1].url).toBe('wss://host/user/a/agilab/events');
});

test('tells what arrives, and leaves out what is not a message', () => {
  const stream = start();
  const got: string[] = [];
  stream.received.connect((_, message) => got.push(message.type));
  const [socket] = Socket.made;
  socket.onopen?.();
  for (const data of ['{"type": "a"}', 'not JSON', '3', 'null', '{"kind": "b"}', '{"type": "c"}']) {
    socket.onmessage?.({ data });
  }
  expect(got).toEqual(['a', 'c']);
});

test('comes back after a break, later each time, and at once after it was there again', () => {
  const stream = start();
  const told: boolean[] = [];
  stream.connectionChanged.connect((_, connected) => told.push(connected));
  for (const wait of [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]) {
    const before = Socket.made.length;
    Socket.made[before - 1].onclose?.();
    jest.advanceTimersByTime(wait - 1);
    expect(Socket.made.length).toBe(before);
    jest.advanceTimersByTime(1);
    expect(Socket.made.length).toBe(before + 1);
  }
  expect(told).toEqual([]);
  Socket.made[Socket.made.length - 1].onopen?.();
  expect(stream.isConnected).toBe(true);
  const before = Socket.made.length;
  Socket.made[before - 1].onclose?.();
  jest.advanceTimersByTime(500);
  expect(Socket.made.length).toBe(before + 1);
  expect(told).toEqual([true, false]);
});

test('opens one connection only', () => {
  start().connect();
  expect(Socket.made.length).toBe(1);
});

test('does not come back after it was disposed of', () => {
  const stream = start();
  const [socket] = Socket.made;
  stream.dispose();
  expect(socket.isClosed).toBe(true);
  expect(socket.onclose).toBeNull();
  stream.connect();
  jest.advanceTimersByTime(100_000);
  expect(Socket.made.length).toBe(1);
});
