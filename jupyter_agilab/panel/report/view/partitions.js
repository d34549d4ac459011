// The time of each partition: over its planned size where sizes differ, else in the order of the plan.

class Partitions {
  constructor(box, data, names) {
    this.index = unpacked(data.index);
    this.seconds = unpacked(data.seconds);
    this.weight = data.weight && unpacked(data.weight);
    this.sized = data.sized;
    this.names = names;
    this.order = null;
    this.chosen = -1;
    this.fit();
    this.surface = new Surface(box, (width) => Math.round(Math.min(320, 180 + width / 8)), this.help());
    this.surface.start(() => this.draw());
    this.listen();
  }

  help() {
    return 'Left and right go through the partitions from the slowest to the fastest.';
  }

  fit() {
    let [low, high, left, right] = [Infinity, 0, Infinity, -Infinity];
    const across = this.weight ?? this.index;
    for (let at = 0; at < across.length; at++) {
      const y = Math.max(this.seconds[at], 1e-6);
      if (y < low) low = y;
      if (y > high) high = y;
      if (across[at] < left) left = across[at];
      if (across[at] > right) right = across[at];
    }
    if (high < 1.2 * low) [low, high] = [low / 1.5, high * 1.5];
    this.log = Boolean(this.weight) && left > 0;
    Object.assign(this, { across, low, high, left, right });
  }

  x(at) {
    const span = this.log ? Math.log(this.right / this.left) : this.right - this.left;
    const part = this.log ? Math.log(this.across[at] / this.left) : this.across[at] - this.left;
    return 66 + (part / (span || 1)) * (this.surface.width - 84);
  }

  yOf(seconds) {
    const part = Math.log(Math.max(seconds, this.low) / this.low) / Math.log(this.high / this.low);
    return 12 + (1 - part) * (this.surface.height - 58);
  }

  draw() {
    const { context, colour, width, height } = this.surface;
    context.strokeStyle = colour('line');
    context.fillStyle = colour('soft');
    context.textAlign = 'right';
    for (const value of logTicks(this.low, this.high)) {
      const y = Math.round(this.yOf(value)) + 0.5;
      context.beginPath();
      context.moveTo(62, y);
      context.lineTo(width - 10, y);
      context.stroke();
      context.fillText(duration(value), 56, y);
    }
    this.drawAcross(context, width, height);
    this.drawDots(context, colour);
  }

  drawAcross(context, width, height) {
    const words = (value) => (this.weight ? this.weightText(value) : grouped(value));
    context.textAlign = 'left';
    context.fillText(words(this.left), 66, height - 32);
    context.textAlign = 'right';
    context.fillText(words(this.right), width - 14, height - 32);
    context.textAlign = 'center';
    const title = this.weight ? 'planned size' : 'partition, in the order of the plan';
    context.fillText(title, (66 + width) / 2, height - 14);
  }

  drawDots(context, colour) {
    const count = this.seconds.length;
    const radius = count > 20000 ? 0.75 : count > 2000 ? 1.25 : 2.5;
    context.fillStyle = colour('done');
    context.globalAlpha = count > 20000 ? 0.35 : count > 2000 ? 0.5 : 0.7;
    for (let at = 0; at < count; at++) {
      const [x, y] = [this.x(at), this.yOf(this.seconds[at])];
      if (radius > 2) {
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.fill();
      } else context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    }
    context.globalAlpha = 1;
    if (this.chosen < 0) return;
    context.strokeStyle = colour('fg');
    context.lineWidth = 2;
    context.beginPath();
    context.arc(this.x(this.chosen), this.yOf(this.seconds[this.chosen]), 6, 0, 2 * Math.PI);
    context.stroke();
    context.lineWidth = 1;
  }

  weightText(value) {
    return this.sized ? size(value) : String(Number(value.toPrecision(4)));
  }

  text(at) {
    const lines = [`partition ${grouped(this.index[at])}`];
    if (this.names) lines.push(this.names[this.index[at]]);
    lines.push(duration(this.seconds[at]));
    if (this.weight) lines.push(`planned size ${this.weightText(this.weight[at])}`);
    return lines.join('\n');
  }

  find(x, y) {
    let best = -1;
    let least = 144;
    for (let at = 0; at < this.seconds.length; at++) {
      const across = this.x(at) - x;
      if (across > 12 || across < -12) continue;
      const distance = across ** 2 + (this.yOf(this.seconds[at]) - y) ** 2;
      if (distance < least) [best, least] = [at, distance];
    }
    return best;
  }

  choose(place) {
    this.order ??= Array.from(this.seconds.keys()).sort((a, b) => this.seconds[b] - this.seconds[a]);
    const next = Math.max(0, Math.min(this.order.length - 1, place));
    this.place = next;
    this.chosen = this.order[next];
    this.surface.soon();
    const at = this.chosen;
    this.surface.tell(this.text(at), this.x(at), this.yOf(this.seconds[at]), true);
  }

  listen() {
    const { canvas } = this.surface;
    canvas.addEventListener('pointermove', (event) => {
      const [x, y] = this.surface.place(event);
      const at = this.find(x, y);
      this.surface.tell(at < 0 ? '' : this.text(at), x, y);
    });
    canvas.addEventListener('pointerleave', () => this.surface.tell(''));
    canvas.addEventListener('blur', () => this.surface.tell(''));
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.choose((this.place ?? -1) + step);
    });
  }
}
