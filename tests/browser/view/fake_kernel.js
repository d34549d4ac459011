// A kernel of the view's own kind: the same words, partitions that are computed from their number, time by hand.

const STATE_NAMES = ['waiting', 'planned', 'running', 'done', 'failed', 'resumed', 'retried', 'stopped'];
const COLUMN_NAMES = [
  'index',
  'id',
  'source',
  'slice',
  'size',
  'rows',
  'planned',
  'worker',
  'state',
  'seconds',
  'attempts',
];

class FakeKernel {
  constructor({ partitions = 400, workers = 4, hosts = 2, mode = 'plan', failEach = 37, can } = {}) {
    Object.assign(this, { partitions, workers, hosts, mode, failEach });
    this.can = can ?? ['stop', 'retry', 'run-selected', 'open', 'pin'];
    this.listeners = {};
    this.received = [];
    this.largest = 0;
    this.isAnswering = true;
    this.delayMs = 0;
    this.held = [];
    this.pins = new Map();
    this.now = 0;
    this.seconds = (index) => 0.4 + ((index * 7919) % 13) / 10;
    this.starts = [];
    const free = new Array(workers).fill(0);
    for (let index = 0; index < Math.min(partitions, 20_000); index++) {
      this.starts.push(free[index % workers]);
      free[index % workers] += this.seconds(index);
    }
    this.end = Math.max(...free);
    this.traits = { revision: 0, selected: [], labels: {} };
    this.retell();
  }

  // ---- what anywidget gives to render()

  get(name) {
    return this.traits[name];
  }

  set(name, value) {
    this.traits[name] = value;
  }

  save_changes() {
    this.saved = JSON.parse(JSON.stringify(this.traits.selected));
  }

  on(name, act) {
    (this.listeners[name] ??= []).push(act);
  }

  off(name, act) {
    this.listeners[name] = (this.listeners[name] ?? []).filter((each) => each !== act);
  }

  emit(name, ...values) {
    for (const act of this.listeners[name] ?? []) act(...values);
  }

  get listening() {
    return Object.values(this.listeners).reduce((sum, acts) => sum + acts.length, 0);
  }

  send(message) {
    this.received.push(message);
    if (!this.isAnswering) this.held.push(message);
    else setTimeout(() => this.answer(message), this.delayMs);
  }

  release() {
    this.isAnswering = true;
    for (const message of this.held.splice(0)) this.answer(message);
  }

  // ---- states

  state(index) {
    if (this.mode === 'plan') return 'planned';
    const start = this.starts[index] ?? Infinity;
    if (this.resumed && index < this.resumed) return 'resumed';
    if (start > this.now) return this.mode === 'ended' ? 'stopped' : 'waiting';
    if (start + this.seconds(index) > this.now) return this.mode === 'ended' ? 'stopped' : 'running';
    if (index % this.failEach === 5) return 'failed';
    return index % 41 === 7 ? 'retried' : 'done';
  }

  tick(seconds) {
    this.now += seconds;
    this.retell();
    this.traits.revision += 1;
    for (const name of ['revision', 'summary', 'lanes']) this.emit(`change:${name}`);
  }

  become(mode) {
    this.mode = mode;
    this.tick(0);
  }

  retell() {
    const counts = Object.fromEntries(STATE_NAMES.map((name) => [name, 0]));
    if (this.partitions > 20_000) counts.planned = this.partitions;
    else for (let index = 0; index < this.partitions; index++) counts[this.state(index)] += 1;
    const done = counts.done + counts.failed + counts.retried + counts.resumed;
    this.traits.summary = {
      name: 'clean',
      run_id: this.mode === 'plan' ? null : '20261121-063000-clean',
      mode: this.mode,
      state: { plan: 'planned', run: 'running', ended: counts.failed ? 'failed' : 'finished' }[this.mode],
      counts,
      partitions: this.partitions,
      done,
      rate: this.now ? done / this.now : null,
      time_left_s: this.mode === 'run' ? Math.max(0, this.end - this.now) : null,
      planned_s: this.end,
      now_s: this.now,
      ended_s: this.mode === 'ended' ? this.now : null,
      bytes_peak: this.mode === 'plan' ? null : 183_000_000,
      workers_alive: this.workers,
      message: '',
      can: this.can,
    };
    this.traits.lanes = Array.from({ length: this.workers }, (_, lane) => ({
      id: `worker-${lane}`,
      host: this.hosts > 1 ? `node-${String.fromCharCode(97 + (lane % this.hosts))}` : 'node-a',
      worker: `worker-${lane}`,
      label: `worker-${lane}`,
      load_s: this.end * (0.9 + lane / 100),
      pinned: [...this.pins.values()].filter((worker) => worker === `worker-${lane}`).length,
    }));
  }

  // ---- answers

  answer(message) {
    const made = this[message.type](message);
    const { buffers = [], ...told } = made;
    const answer = { type: message.type, request: message.request, ...told };
    this.largest = Math.max(
      this.largest,
      JSON.stringify(answer).length + buffers.reduce((sum, each) => sum + each.byteLength, 0),
    );
    this.emit('msg:custom', answer, buffers);
  }

  row(index) {
    const state = this.state(index);
    const began = !['planned', 'waiting', 'resumed'].includes(state);
    return [
      index,
      `p${String(index).padStart(7, '0')}`,
      `data/day-${index % 365}.csv`,
      `rows ${index * 1000} to ${index * 1000 + 999}`,
      48_000 + ((index * 31) % 900) * 100,
      1000,
      this.pins.get(index) ?? `worker-${index % this.workers}`,
      began ? `worker-${index % this.workers}` : '',
      state,
      began && state !== 'running' ? this.seconds(index) : null,
      state === 'retried' ? 2 : began ? 1 : 0,
    ];
  }

  places({ sort, filter }) {
    const { text, states, worker } = filter ?? {};
    if (!sort && !text && !states?.length && !worker) return null;
    const found = [];
    for (let index = 0; index < this.partitions; index++) {
      if (states?.length && !states.includes(this.state(index))) continue;
      if (worker && `worker-${index % this.workers}` !== worker) continue;
      if (text && !`p${String(index).padStart(7, '0')} data/day-${index % 365}.csv`.includes(text)) continue;
      found.push(index);
    }
    if (sort) {
      const place = COLUMN_NAMES.indexOf(sort[0]);
      const way = sort[1] === 'desc' ? -1 : 1;
      found.sort((one, other) => {
        const [a, b] = [this.row(one)[place], this.row(other)[place]];
        return (a < b ? -1 : a > b ? 1 : 0) * way || one - other;
      });
    }
    return found;
  }

  rows(message) {
    const places = this.places(message);
    const total = places ? places.length : this.partitions;
    const rows = [];
    for (let at = message.start; at < Math.min(total, message.start + message.count); at++)
      rows.push(this.row(places ? places[at] : at));
    return { total, start: message.start, columns: COLUMN_NAMES, rows };
  }

  bars({ from_s: from, to_s: to, layer }) {
    const numbers = [];
    this.starts.forEach((start, index) => {
      let stop = start + this.seconds(index);
      if (start > to || stop < from) return;
      const state = this.state(index);
      if (layer === 'run') {
        if (['waiting', 'planned', 'resumed'].includes(state) || start > this.now) return;
        stop = Math.min(stop, this.now);
      }
      numbers.push(
        index % this.workers,
        start,
        stop,
        layer === 'plan' ? 1 : STATE_NAMES.indexOf(state),
        index,
      );
    });
    return {
      layer,
      count: numbers.length / 5,
      binned: false,
      buffers: [new DataView(new Float32Array(numbers).buffer)],
    };
  }

  find(message) {
    const places = this.places(message);
    return { position: places ? places.indexOf(message.index) : message.index };
  }

  detail({ index }) {
    const state = this.state(index);
    return {
      index,
      title: `Partition ${index}`,
      state,
      fields: [
        ['Source', `data/day-${index % 365}.csv`],
        ['Rows', '1,000'],
        ['State', state],
        ['Worker', `worker-${index % this.workers}`],
      ],
      records: {
        columns: ['day', 'carrier', 'delay'],
        rows: [
          ['1', 'UA', '12'],
          ['1', 'AA', '-3'],
        ],
      },
      log: state === 'planned' ? null : { text: `read ${index}\ncleaned ${index}\n`, is_cut: false },
      error:
        state === 'failed'
          ? { text: "ValueError: could not convert string to float: 'n/a'", cell: 'In [4]', line: 7 }
          : null,
      attempts: state === 'retried' ? ['1: failed, ValueError', '2: done'] : [],
    };
  }

  log({ after }) {
    const from = after ?? 0;
    return { text: from < 3 ? `line ${from}\n` : '', next: Math.min(3, from + 1) };
  }

  pin({ indexes, worker }) {
    for (const index of indexes) this.pins.set(index, worker);
    this.tick(0);
    return {
      type: 'pinned',
      ok: true,
      message: worker ? `${indexes.length} pinned to ${worker}` : 'the pin is off',
    };
  }

  act({ what }) {
    if (what === 'stop') this.become('ended');
    return { type: 'acted', ok: true, message: what === 'stop' ? '' : `${what}: done` };
  }
}

window.FakeKernel = FakeKernel;
