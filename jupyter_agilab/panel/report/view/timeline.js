// The timeline: one lane for each worker, tasks as bars, failed attempts as crosses, and a lane for the run.

const [FINISHED, LOST, UNDER_WAY] = [0, 1, 2];
const TOP = 8;
const AXIS = 24;
const HELP =
  'Left and right go from task to task, up and down from worker to worker, plus and minus zoom, ' +
  '0 shows the whole run.';

class Timeline {
  constructor(box, data, names) {
    this.data = data;
    this.names = names;
    this.tasks = unpackedAll(data.tasks);
    this.marks = unpackedAll(data.marks);
    this.markText = unpacked(data.markTexts.at);
    this.byLane = this.sortedByLane();
    this.whole = Math.max(data.end, 1e-3) * 1.005;
    this.from = 0;
    this.to = this.whole;
    this.chosen = -1;
    this.laneHeight = Math.max(2, Math.min(24, Math.floor(640 / (data.lanes + 1))));
    this.surface = new Surface(box, () => TOP + (data.lanes + 1) * this.laneHeight + AXIS, HELP);
    this.addTools(box);
    this.surface.start(() => this.draw());
    this.listen();
  }

  sortedByLane() {
    const { worker, begin } = this.tasks;
    const lanes = Array.from({ length: this.data.lanes }, () => []);
    for (let at = 0; at < worker.length; at++) {
      if (!isNone(worker, worker[at])) lanes[this.data.workers[worker[at]].lane].push(at);
    }
    for (const lane of lanes) lane.sort((one, other) => begin[one] - begin[other]);
    return lanes;
  }

  get left() {
    return this.surface.width < 560 ? 70 : 112;
  }

  get scale() {
    return (this.surface.width - this.left - 10) / (this.to - this.from);
  }

  x(seconds) {
    return this.left + (seconds - this.from) * this.scale;
  }

  y(lane) {
    return TOP + lane * this.laneHeight;
  }

  kind(at) {
    if (this.tasks.state[at] === LOST) return 'lost';
    if (this.tasks.failed[at]) return this.tasks.finished[at] ? 'mixed' : 'failed';
    return this.tasks.attempt[at] > 1 ? 'retry' : 'done';
  }

  draw() {
    const { context, width, colour } = this.surface;
    this.drawAxis();
    context.save();
    context.beginPath();
    context.rect(this.left, 0, width - this.left, this.surface.height);
    context.clip();
    const colours = Object.fromEntries(
      ['done', 'failed', 'retry', 'lost', 'start', 'merge', 'fg', 'bg'].map((name) => [name, colour(name)]),
    );
    this.byLane.forEach((places, lane) => this.drawLane(places, lane, colours));
    this.drawRun(colours);
    this.drawLosses(colours);
    if (this.chosen >= 0) this.outline(this.chosen, colours.fg);
    context.restore();
    this.drawNames();
  }

  drawAxis() {
    const { context, width, colour } = this.surface;
    const bottom = this.y(this.data.lanes + 1);
    const step = timeStep(this.to - this.from, Math.max(2, (width - this.left) / 95));
    context.fillStyle = colour('soft');
    context.strokeStyle = colour('line');
    context.lineWidth = 1;
    context.textAlign = 'center';
    for (let tick = Math.ceil(this.from / step) * step; tick <= this.to; tick += step) {
      const x = Math.round(this.x(tick)) + 0.5;
      context.beginPath();
      context.moveTo(x, TOP - 4);
      context.lineTo(x, bottom + 4);
      context.stroke();
      const text = tick < step / 2 ? '0' : duration(tick);
      if (x >= this.left && x < width - 22) context.fillText(text, x, bottom + 14);
    }
  }

  drawLane(places, lane, colours) {
    const { context } = this.surface;
    const { begin, seconds, state } = this.tasks;
    const top = this.y(lane) + (this.laneHeight > 8 ? 2 : 0);
    const height = this.laneHeight > 8 ? this.laneHeight - 4 : Math.max(1, this.laneHeight - 1);
    let drawn = -1;
    let drawnPlain = true;
    for (const at of places) {
      if (begin[at] > this.to || begin[at] + seconds[at] < this.from) continue;
      const kind = this.kind(at);
      let start = this.x(begin[at]);
      let wide = seconds[at] * this.scale;
      // gaps narrower than a pixel would only make a pattern that means nothing
      if (drawn >= 0 && start - drawn < 0.8 && wide < 2 && kind === 'done') {
        wide += start - drawn;
        start = drawn;
      }
      // where many tasks share a pixel it is drawn once, and the unusual one wins
      if (start + wide < drawn + 0.5 && (kind === 'done' || !drawnPlain)) continue;
      context.fillStyle = colours[kind === 'mixed' ? 'done' : kind];
      context.globalAlpha = state[at] === UNDER_WAY ? 0.55 : 1;
      const shown = Math.max(0.7, wide - (wide > 4 ? 1 : 0));
      context.fillRect(start, top, shown, height);
      if (kind === 'mixed') {
        // some of its partitions failed: a foot in the colour of failures
        const foot = Math.max(1, Math.round(height * 0.3));
        context.fillStyle = colours.failed;
        context.fillRect(start, top + height - foot, shown, foot);
      }
      drawn = start + shown;
      drawnPlain = kind === 'done';
      if (height >= 11 && shown > 9 && !['done', 'mixed'].includes(kind)) this.sign(kind, start, top, height, colours.bg);
      else if (height >= 14 && shown > 34) this.label(at, start, top, shown, height, colours.bg);
    }
    context.globalAlpha = 1;
  }

  // what colour says is said by shape too
  sign(kind, x, y, height, colour) {
    const { context } = this.surface;
    const [left, right, top, bottom] = [x + 2.5, x + 7.5, y + height / 2 - 3, y + height / 2 + 3];
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.beginPath();
    if (kind === 'failed') {
      context.moveTo(left, top);
      context.lineTo(right, bottom);
      context.moveTo(right, top);
      context.lineTo(left, bottom);
    } else if (kind === 'lost') {
      context.moveTo(left, bottom);
      context.lineTo(right, top);
    } else {
      context.moveTo(left, bottom);
      context.lineTo((left + right) / 2, top);
      context.lineTo(right, bottom);
      context.closePath();
    }
    context.stroke();
  }

  label(at, x, y, wide, height, colour) {
    const { context } = this.surface;
    const count = this.tasks.partitions[at];
    const text = count === 1 ? `#${grouped(this.tasks.first[at])}` : `${grouped(count)}`;
    if (context.measureText(text).width > wide - 8) return;
    context.fillStyle = colour;
    context.textAlign = 'left';
    context.fillText(text, Math.max(x, this.left) + 4, y + height / 2 + 0.5);
  }

  drawRun(colours) {
    const { context } = this.surface;
    const { firstTask, reduce, end } = this.data;
    const top = this.y(this.data.lanes) + 1;
    const height = Math.max(2, this.laneHeight - 3);
    const stretch = (from, to, kind) => {
      context.fillStyle = colours[kind];
      context.fillRect(this.x(from), top, Math.max(1, (to - from) * this.scale), height);
    };
    stretch(0, firstTask ?? end, 'start');
    if (reduce !== null) stretch(reduce, end, 'merge');
  }

  drawLosses(colours) {
    const { context } = this.surface;
    for (const worker of this.data.workers) {
      if (worker.lost === null) continue;
      const x = this.x(worker.lost);
      context.fillStyle = colours.lost;
      context.fillRect(x - 1, this.y(worker.lane), 2, this.laneHeight);
    }
  }

  drawNames() {
    const { context, colour } = this.surface;
    if (this.laneHeight < 11) return;
    context.fillStyle = colour('fg');
    context.textAlign = 'right';
    for (let lane = 0; lane < this.data.lanes; lane++) {
      const own = this.data.workers.filter((worker) => worker.lane === lane);
      const more = own.length > 1 ? ` +${own.length - 1}` : '';
      const text = this.surface.clipped((own[0]?.name ?? '') + more, this.left - 16);
      context.fillText(text, this.left - 8, this.y(lane) + this.laneHeight / 2);
    }
    context.fillStyle = colour('soft');
    context.fillText('run', this.left - 8, this.y(this.data.lanes) + this.laneHeight / 2);
  }

  outline(at, colour) {
    const { context } = this.surface;
    const lane = this.data.workers[this.tasks.worker[at]].lane;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    const wide = Math.max(3, this.tasks.seconds[at] * this.scale);
    context.strokeRect(this.x(this.tasks.begin[at]) - 1, this.y(lane) + 1, wide + 1, this.laneHeight - 2);
  }

  text(at) {
    const tasks = this.tasks;
    const worker = this.data.workers[tasks.worker[at]];
    const first = tasks.first[at];
    const count = tasks.partitions[at];
    const lines = [`task ${grouped(tasks.number[at])} on ${worker.name}`];
    let what = counted(count, 'partition');
    if (!isNone(tasks.first, first)) {
      what =
        count === 1
          ? `partition ${grouped(first)}${this.names ? `: ${this.names[first]}` : ''}`
          : `${what}, the first is ${grouped(first)}`;
    }
    lines.push(what);
    lines.push(`${duration(tasks.seconds[at])}, from ${duration(tasks.begin[at])} on`);
    if (count > 1 && tasks.slowest[at]) lines.push(`slowest partition ${duration(tasks.slowest[at])}`);
    if (tasks.attempt[at] > 1) lines.push(`attempt ${tasks.attempt[at]}`);
    if (tasks.failed[at]) lines.push(`${counted(tasks.failed[at], 'failed attempt')}${this.errors(at)}`);
    if (tasks.memory[at]) lines.push(`peak memory of the worker ${size(tasks.memory[at] * 2 ** 20)}`);
    if (tasks.state[at] === LOST) lines.push(`lost with its worker: ${worker.cause}`);
    if (tasks.state[at] === UNDER_WAY) lines.push(this.data.ended ? 'not finished' : 'under way');
    lines.push(`at ${clock(this.data.origin + tasks.begin[at])}`);
    return lines.join('\n');
  }

  // the types of error among the failed attempts that were told when this task ended
  errors(at) {
    const { tasks, marks } = this;
    const end = tasks.begin[at] + tasks.seconds[at];
    const found = new Set();
    for (let mark = 0; mark < marks.at.length && found.size < 3; mark++) {
      const near = Math.abs(marks.at[mark] - end) < 0.25 && marks.worker[mark] === tasks.worker[at];
      if (near) found.add(this.data.markTexts.texts[this.markText[mark]]);
    }
    return found.size ? `: ${[...found].join(', ')}` : '';
  }

  // the task at a point; of several within two pixels the nearest
  find(x, y) {
    const lane = Math.floor((y - TOP) / this.laneHeight);
    const places = this.byLane[lane];
    if (!places || x < this.left) return -1;
    const { begin, seconds } = this.tasks;
    const time = this.from + (x - this.left) / this.scale;
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (begin[places[middle]] <= time) low = middle + 1;
      else high = middle;
    }
    let best = -1;
    let distance = 2 / this.scale;
    for (let near = Math.max(0, low - 3); near < Math.min(places.length, low + 2); near++) {
      const at = places[near];
      const off = Math.max(begin[at] - time, time - begin[at] - seconds[at], 0);
      if (off < distance || (off === 0 && distance > 0)) [best, distance] = [at, off];
    }
    return best;
  }

  zoom(factor, around = (this.from + this.to) / 2) {
    const least = Math.min(this.whole, Math.max(this.whole / 1e6, 1e-4));
    const span = Math.min(this.whole, Math.max(least, (this.to - this.from) * factor));
    this.show(around - ((around - this.from) / (this.to - this.from)) * span, span);
  }

  show(from, span = this.to - this.from) {
    this.from = Math.max(0, Math.min(this.whole - span, from));
    this.to = this.from + span;
    this.surface.soon();
  }

  choose(at) {
    if (at === undefined || at < 0) return;
    this.chosen = at;
    const { begin, seconds } = this.tasks;
    const span = this.to - this.from;
    if (begin[at] < this.from || begin[at] + seconds[at] > this.to) {
      this.show(begin[at] + seconds[at] / 2 - span / 2, span);
    }
    this.surface.soon();
    const lane = this.data.workers[this.tasks.worker[at]].lane;
    const x = Math.max(this.left, Math.min(this.surface.width - 20, this.x(begin[at])));
    this.surface.tell(this.text(at), x, this.y(lane) + this.laneHeight / 2, true);
  }

  step(along, across) {
    const lane = this.chosen < 0 ? -1 : this.data.workers[this.tasks.worker[this.chosen]].lane;
    if (lane < 0) return this.choose(this.byLane.find((places) => places.length)?.[0]);
    if (along) return this.choose(this.byLane[lane][this.byLane[lane].indexOf(this.chosen) + along]);
    for (let next = lane + across; this.byLane[next]; next += across) {
      const { begin } = this.tasks;
      const places = this.byLane[next];
      const after = places.findIndex((at) => begin[at] >= begin[this.chosen]);
      if (places.length) return this.choose(places[after < 0 ? places.length - 1 : after]);
    }
  }

  addTools(box) {
    const tools = document.createElement('div');
    tools.className = 'tools';
    const note = document.createElement('span');
    note.className = 'soft small';
    note.textContent = 'Drag to move, Ctrl and wheel to zoom; arrow keys go from task to task.';
    tools.append(
      button('Zoom in', 'Zoom into the timeline', () => this.zoom(0.5)),
      button('Zoom out', 'Zoom out of the timeline', () => this.zoom(2)),
      button('Whole run', 'Show the whole run', () => this.show(0, this.whole)),
      note,
    );
    box.before(tools);
  }

  listen() {
    const { canvas } = this.surface;
    let grabbed = null;
    canvas.addEventListener('pointerdown', (event) => {
      grabbed = { x: event.clientX, from: this.from };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (grabbed && this.to - this.from < this.whole) {
        this.surface.tell('');
        this.show(grabbed.from - (event.clientX - grabbed.x) / this.scale);
        return;
      }
      const [x, y] = this.surface.place(event);
      const at = this.find(x, y);
      this.surface.tell(at < 0 ? this.runText(x, y) : this.text(at), x, y);
    });
    for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, () => (grabbed = null));
    canvas.addEventListener('pointerleave', () => this.surface.tell(''));
    canvas.addEventListener('blur', () => this.surface.tell(''));
    canvas.addEventListener('dblclick', (event) => this.zoom(0.33, this.time(event)));
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.time(event));
      },
      { passive: false },
    );
    const keys = {
      ArrowRight: () => this.step(1, 0),
      ArrowLeft: () => this.step(-1, 0),
      ArrowDown: () => this.step(0, 1),
      ArrowUp: () => this.step(0, -1),
      '+': () => this.zoomAtChosen(0.5),
      '=': () => this.zoomAtChosen(0.5),
      '-': () => this.zoomAtChosen(2),
      0: () => this.show(0, this.whole),
      Escape: () => this.surface.tell(''),
    };
    canvas.addEventListener('keydown', (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
  }

  time(event) {
    return this.from + (this.surface.place(event)[0] - this.left) / this.scale;
  }

  zoomAtChosen(factor) {
    const { begin, seconds } = this.tasks;
    const at = this.chosen;
    this.surface.tell('');
    this.zoom(factor, at < 0 ? undefined : begin[at] + seconds[at] / 2);
  }

  runText(x, y) {
    const lane = Math.floor((y - TOP) / this.laneHeight);
    const time = this.from + (x - this.left) / this.scale;
    if (lane !== this.data.lanes || x < this.left) return '';
    const { firstTask, reduce, reducer, end } = this.data;
    if (time >= 0 && time < (firstTask ?? end)) {
      return `start-up: ${duration(firstTask ?? end)} until the first task began`;
    }
    if (reduce !== null && time >= reduce && time <= end) {
      return `merging with ${reducer}: ${duration(end - reduce)}`;
    }
    return '';
  }
}
