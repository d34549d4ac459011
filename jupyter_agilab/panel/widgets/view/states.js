// The states of a partition: a word, a colour, and a pattern that says the same to who cannot tell the colours.

const STATES = [
  { key: 'waiting', word: 'waiting', sign: '○' },
  { key: 'planned', word: 'planned', sign: '▨' },
  { key: 'running', word: 'running', sign: '▶' },
  { key: 'done', word: 'done', sign: '✓' },
  { key: 'failed', word: 'failed', sign: '✕' },
  { key: 'resumed', word: 'taken over', sign: '●' },
  { key: 'retried', word: 'tried again', sign: '△' },
  { key: 'stopped', word: 'stopped', sign: '■' },
];
const STATE = Object.fromEntries(STATES.map((state, code) => [state.key, { ...state, code }]));
const PLANNED = STATE.planned.code;
const RUNNING = STATE.running.code;
const FAILED = STATE.failed.code;

function stateWord(key) {
  return STATE[key]?.word ?? key ?? '';
}

// drawn in this order, so that what is unusual lies on top
const PAINT_ORDER = [1, 0, 5, 3, 7, 2, 6, 4];

const TILE = 8;

// small tiles that repeat: slanting lines, upright lines, dots
function tile(ratio, paint) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = TILE * ratio;
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  paint(context);
  return canvas;
}

function lines(context, stretches) {
  context.beginPath();
  for (const [fromX, fromY, toX, toY] of stretches) {
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
  }
  context.stroke();
}

const RISING = [
  [-1, 5, 5, -1],
  [-1, 9, 9, -1],
  [3, 9, 9, 3],
];
const FALLING = RISING.map(([fromX, fromY, toX, toY]) => [fromX, TILE - fromY, toX, TILE - toY]);

const TILES = {
  planned(context, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 1.1;
    lines(context, RISING);
  },
  stopped(context, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    lines(context, FALLING);
  },
  running(context, colour, ground) {
    context.fillStyle = colour;
    context.fillRect(0, 0, TILE, TILE);
    context.fillStyle = ground;
    context.globalAlpha = 0.55;
    context.fillRect(5, 0, 2, TILE);
  },
  resumed(context, colour, ground) {
    context.fillStyle = colour;
    context.fillRect(0, 0, TILE, TILE);
    context.fillStyle = ground;
    for (const [x, y] of [
      [2, 2],
      [6, 6],
    ]) {
      context.beginPath();
      context.arc(x, y, 1.1, 0, 2 * Math.PI);
      context.fill();
    }
  },
};

// what paints bars: colours of the theme, and patterns made of them
class Brush {
  constructor(colours, ratio) {
    this.colours = colours;
    this.ratio = ratio;
    this.patterns = {};
  }

  pattern(context, key) {
    if (!TILES[key]) return this.colours[key];
    if (!this.patterns[key]) {
      const made = tile(this.ratio, (on) => TILES[key](on, this.colours[key], this.colours.bg));
      const pattern = context.createPattern(made, 'repeat');
      pattern.setTransform(new DOMMatrix().scale(1 / this.ratio));
      this.patterns[key] = pattern;
    }
    return this.patterns[key];
  }

  // a bar; narrow ones are plain, because a pattern needs room
  bar(context, code, x, y, width, height) {
    const { key } = STATES[code] ?? STATES[0];
    const colour = this.colours[key];
    if (width < 4) {
      context.globalAlpha = code === PLANNED ? 0.5 : 1;
      context.fillStyle = colour;
      if (code === FAILED) context.fillRect(x, y - 2, Math.max(width, 1.5), height + 4);
      else context.fillRect(x, y, width, height);
      context.globalAlpha = 1;
      return;
    }
    if (key !== 'waiting') {
      context.fillStyle = this.pattern(context, key);
      context.fillRect(x, y, width, height);
    }
    if (key === 'waiting' || key === 'planned' || key === 'stopped') {
      context.strokeStyle = colour;
      context.lineWidth = 1;
      context.setLineDash(key === 'waiting' ? [2, 2] : []);
      context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
      context.setLineDash([]);
    }
    if (height >= 9 && width >= 10) this.sign(context, code, x, y, height);
  }

  sign(context, code, x, y, height) {
    if (code !== FAILED && code !== STATE.retried.code) return;
    const [left, right] = [x + 2.5, x + 8.5];
    const [top, bottom] = [y + height / 2 - 3, y + height / 2 + 3];
    context.strokeStyle = this.colours.bg;
    context.lineWidth = 1.7;
    if (code === FAILED) {
      lines(context, [
        [left, top, right, bottom],
        [right, top, left, bottom],
      ]);
      return;
    }
    context.beginPath();
    context.moveTo(left, bottom);
    context.lineTo((left + right) / 2, top);
    context.lineTo(right, bottom);
    context.closePath();
    context.stroke();
  }
}

// bars of each state, as they are drawn
function legend() {
  const list = make('ul', { class: 'agl-legend', 'aria-label': 'What the bars mean' });
  const swatches = STATES.map((state, code) => {
    const canvas = make('canvas', { class: 'agl-swatch', 'aria-hidden': 'true' });
    list.append(make('li', { 'data-state': state.key }, canvas, make('span', { text: state.word })));
    return { canvas, code };
  });
  const paint = (brush) => {
    const { ratio } = brush;
    for (const { canvas, code } of swatches) {
      canvas.width = Math.round(26 * ratio);
      canvas.height = Math.round(14 * ratio);
      const context = canvas.getContext('2d');
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      brush.bar(context, code, 0, 1, 26, 12);
    }
  };
  const keepOnly = (present) => {
    for (const item of list.children) item.hidden = !present.has(item.dataset.state);
  };
  return { list, paint, keepOnly };
}
