// The worker map on its canvas: the predicted schedule, what really happened over it, names, loads, the axis.

class MapPicture {
  constructor(map) {
    this.map = map;
  }

  get context() {
    return this.map.base.context;
  }

  draw() {
    const { map, context } = this;
    const { colours } = map.theme;
    const { width, viewHeight, lanes } = map;
    context.clearRect(0, 0, width, viewHeight);
    context.font = `12px ${map.theme.font}`;
    context.textBaseline = 'middle';
    this.grounds(colours);
    this.axis(colours);
    context.save();
    context.beginPath();
    context.rect(map.left, 0, map.right - map.left, viewHeight - AXIS_HEIGHT);
    context.clip();
    context.translate(0, -map.scrolled);
    const brush = map.theme.brushNow();
    for (const layer of map.layers)
      this.bars(map.bars[layer], brush, layer === 'run' ? 5 : map.hasRun ? 1 : 3);
    this.now(colours);
    context.restore();
    this.names(colours);
    if (!lanes.count) this.empty(colours);
  }

  grounds(colours) {
    const { map, context } = this;
    context.save();
    context.beginPath();
    context.rect(0, 0, map.width, map.viewHeight - AXIS_HEIGHT);
    context.clip();
    context.translate(0, -map.scrolled);
    context.fillStyle = colours.raised;
    map.lanes.order.forEach((at, place) => {
      if (place % 2 === 0) context.fillRect(0, map.lanes.tops[at], map.width, map.lanes.laneHeight);
    });
    context.restore();
  }

  axis(colours) {
    const { map, context } = this;
    const bottom = map.viewHeight - AXIS_HEIGHT;
    const most = Math.max(2, (map.right - map.left) / 90);
    // without times, shares of the whole in round percents
    const step = map.isTimed
      ? timeStep(map.to - map.from, most)
      : map.end * shareStep((map.to - map.from) / map.end, most);
    context.strokeStyle = colours.line;
    context.fillStyle = colours.soft;
    context.lineWidth = 1;
    context.textAlign = 'center';
    context.beginPath();
    context.moveTo(map.left, bottom + 0.5);
    context.lineTo(map.right, bottom + 0.5);
    for (let tick = Math.ceil(map.from / step) * step; tick <= map.to; tick += step) {
      const x = Math.round(map.x(tick)) + 0.5;
      context.moveTo(x, 0);
      context.lineTo(x, bottom + 4);
      const text = map.span(Math.abs(tick) < step / 2 ? 0 : tick);
      if (x > map.left - 2 && x < map.right - 14) context.fillText(text, Math.max(x, 12), bottom + 14);
    }
    context.stroke();
    if (!map.loadWidth || !map.lanes.count) return;
    context.textAlign = 'right';
    context.fillText(map.hasRun ? 'busy' : 'load', map.width - 6, bottom + 14);
  }

  bars(bars, brush, inset) {
    const { map, context } = this;
    const { numbers, count } = bars;
    const { tops, laneHeight } = map.lanes;
    const top = map.scrolled - laneHeight;
    const bottom = map.scrolled + map.viewHeight;
    const high = laneHeight - 2 * inset;
    const scale = map.scale;
    const groups = STATES.map(() => []);
    for (let at = 0, place = 0; at < count; at++, place += FIELDS) {
      const y = tops[numbers[place]];
      if (y === undefined || y < top || y > bottom) continue;
      if (numbers[place + 2] < map.from || numbers[place + 1] > map.to) continue;
      groups[numbers[place + 3]]?.push(place);
    }
    context.globalAlpha = 1;
    for (const code of PAINT_ORDER) {
      const state = STATES[code];
      context.fillStyle = brush.colours[state.key];
      for (const place of groups[code]) {
        const x = map.x(numbers[place + 1]);
        const wide = (numbers[place + 2] - numbers[place + 1]) * scale;
        // a gap of a pixel shows where one ends and the next begins
        const shown = Math.max(0.8, wide > 5 ? wide - 1 : wide);
        brush.bar(context, code, x, tops[numbers[place]] + inset, shown, high);
        if (numbers[place + 4] < 0 && shown > 26 && high > 11)
          this.many(-numbers[place + 4], x, tops[numbers[place]] + laneHeight / 2, shown);
      }
    }
  }

  many(count, x, y, width) {
    const { map, context } = this;
    const text = grouped(count);
    const wide = context.measureText(text).width + 6;
    if (wide > width - 4) return;
    context.fillStyle = map.theme.colours.bg;
    context.fillRect(x + (width - wide) / 2, y - 7, wide, 14);
    context.fillStyle = map.theme.colours.fg;
    context.textAlign = 'center';
    context.fillText(text, x + width / 2, y + 0.5);
  }

  now(colours) {
    const { map, context } = this;
    if (!map.isRunning || !(map.now >= map.from && map.now <= map.to)) return;
    const x = Math.round(map.x(map.now)) + 0.5;
    context.strokeStyle = colours.fg;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, map.lanes.height);
    context.stroke();
    context.setLineDash([]);
  }

  names(colours) {
    const { map, context } = this;
    const { lanes } = map;
    context.save();
    context.beginPath();
    context.rect(0, 0, map.width, map.viewHeight - AXIS_HEIGHT);
    context.clip();
    context.translate(0, -map.scrolled);
    for (const head of lanes.heads) {
      context.fillStyle = colours.fg;
      context.textAlign = 'left';
      context.font = `600 12px ${map.theme.font}`;
      context.fillText(
        this.clipped(head.host || 'this machine', map.left + 120),
        6,
        head.top + HOST_HEIGHT / 2,
      );
      context.font = `12px ${map.theme.font}`;
      this.load(head.load, head.top + HOST_HEIGHT / 2, colours);
    }
    for (const at of lanes.order) {
      const y = lanes.tops[at] + lanes.laneHeight / 2;
      const { pinned } = lanes.lanes[at];
      context.fillStyle = colours.fg;
      context.textAlign = 'left';
      const pin = pinned ? ' ⚑' : '';
      context.fillText(this.clipped(lanes.label(at), map.left - 14 - (pin ? 14 : 0)) + pin, 6, y);
      this.load(lanes.lanes[at].load_s, y, colours);
    }
    context.restore();
  }

  load(seconds, y, colours) {
    const { map, context } = this;
    if (!map.loadWidth || !isNumber(seconds)) return;
    context.fillStyle = colours.soft;
    context.textAlign = 'right';
    context.fillText(map.load(seconds), map.width - 6, y);
  }

  clipped(text, width) {
    const { context } = this;
    if (context.measureText(text).width <= width) return text;
    let length = text.length;
    while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
    return `${text.slice(0, length)}…`;
  }

  empty(colours) {
    const { map, context } = this;
    context.fillStyle = colours.soft;
    context.textAlign = 'center';
    const text = map.isRunning ? 'No worker has started yet.' : 'There is no plan to show yet.';
    context.fillText(text, map.width / 2, (map.viewHeight - AXIS_HEIGHT) / 2);
  }

  // what pointer and keyboard are at, on the canvas above: the bars need not be drawn again for it
  over() {
    const { map } = this;
    const { context } = map.cover;
    const { colours } = map.theme;
    context.clearRect(0, 0, map.width, map.viewHeight);
    context.save();
    context.beginPath();
    context.rect(0, 0, map.width, map.viewHeight - AXIS_HEIGHT);
    context.clip();
    context.translate(0, -map.scrolled);
    for (const index of map.chosen) {
      for (const layer of map.hasRun ? ['run'] : ['plan']) {
        const at = map.bars[layer].findIndex(index);
        if (at >= 0) this.outline(context, map.bars[layer].describe(at), colours.accent, 2);
      }
    }
    if (map.pointed) this.outline(context, map.pointed, colours.fg, 1.5);
    if (map.walked && map.hasFocus) this.outline(context, map.walked, colours.fg, 3);
    if (map.drag?.isPin) this.drop(context, colours);
    context.restore();
  }

  outline(context, bar, colour, width) {
    const { map } = this;
    const y = map.lanes.tops[bar.lane];
    if (y === undefined) return;
    const from = Math.max(map.left, map.x(bar.start));
    const to = Math.min(map.right, map.x(bar.stop));
    if (to < map.left || from > map.right) return;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(from - 1, y + 1, Math.max(3, to - from) + 1, map.lanes.laneHeight - 2);
  }

  drop(context, colours) {
    const { map } = this;
    const { drag, lanes } = map;
    context.strokeStyle = colours.accent;
    context.lineWidth = 2;
    if (drag.lane >= 0) context.strokeRect(1, lanes.tops[drag.lane] + 1, map.width - 2, lanes.laneHeight - 2);
    const head = lanes.heads.find((each) => each.host === drag.host);
    if (head) context.strokeRect(1, head.top + 1, map.width - 2, HOST_HEIGHT - 2);
    const wide = Math.max(8, (drag.bar.stop - drag.bar.start) * map.scale);
    context.globalAlpha = 0.75;
    map.theme.brushNow().bar(context, PLANNED, drag.x - wide / 2, drag.y - 9, wide, 18);
    context.globalAlpha = 1;
  }
}
