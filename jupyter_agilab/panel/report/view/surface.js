// A canvas in a chart's box: sharp on every screen, redrawn when its size or the theme changes, with a small
// text beside the pointer or beside what the keyboard has chosen, which is also said to screen readers.

class Surface {
  constructor(box, height, help) {
    this.box = box;
    this.heightOf = height;
    this.frame = document.createElement('div');
    this.frame.className = 'live';
    this.canvas = document.createElement('canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'application');
    this.canvas.setAttribute('aria-label', `${box.dataset.label} ${help}`);
    this.tip = document.createElement('div');
    this.tip.className = 'tip';
    this.tip.hidden = true;
    this.said = document.createElement('p');
    this.said.className = 'ag-unseen';
    this.said.setAttribute('role', 'status');
    this.frame.append(this.canvas, this.tip, this.said);
    box.append(this.frame);
    this.context = this.canvas.getContext('2d');
    this.waiting = 0;
  }

  // call `draw` now, and again whenever it must be
  start(draw) {
    this.draw = draw;
    new ResizeObserver(() => this.refresh()).observe(this.frame);
    this.refresh();
  }

  refresh() {
    const ratio = devicePixelRatio || 1;
    this.width = Math.max(1, this.frame.clientWidth);
    this.height = this.heightOf(this.width);
    const [wide, high] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.height = `${this.height}px`;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.font = '11.5px system-ui, -apple-system, "Segoe UI", sans-serif';
    this.context.textBaseline = 'middle';
    this.draw();
  }

  // redraw before the next picture of the screen, once however often this is called
  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.refresh();
    });
  }

  tell(text, x, y, aloud = false) {
    this.tip.textContent = text;
    this.tip.hidden = !text;
    if (aloud) this.said.textContent = text;
    if (!text) return;
    const { offsetWidth: wide, offsetHeight: high } = this.tip;
    const left = x + 14 + wide > this.width ? x - wide - 14 : x + 14;
    const top = y + 16 + high > this.height && y > high + 12 ? y - high - 12 : y + 16;
    this.tip.style.left = `${Math.max(4, left)}px`;
    this.tip.style.top = `${Math.max(4, top)}px`;
  }

  clipped(text, width) {
    if (this.context.measureText(text).width <= width) return text;
    let length = text.length;
    while (length > 1 && this.context.measureText(`${text.slice(0, length)}…`).width > width) length--;
    return `${text.slice(0, length)}…`;
  }

  place(event) {
    const edge = this.canvas.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  }
}

function button(text, label, pressed) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.setAttribute('aria-label', label);
  made.addEventListener('click', pressed);
  return made;
}
