// Numbers, times and sizes as people read them, and elements as short as they can be written.

function grouped(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function counted(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

function duration(seconds) {
  if (!isNumber(seconds) || seconds < 0) return '';
  if (seconds < 0.9995e-3) return seconds ? `${(seconds * 1e6).toFixed(0)} µs` : '0 s';
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(seconds < 9.95 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${grouped(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

function size(bytes) {
  if (!isNumber(bytes)) return '';
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let place = 0;
  while (bytes >= 999.5 && place < units.length - 1) {
    bytes /= 1000;
    place++;
  }
  return `${place && bytes < 9.95 ? bytes.toFixed(1) : Math.round(bytes)} ${units[place]}`;
}

function rate(perSecond) {
  if (!isNumber(perSecond) || perSecond <= 0) return '';
  for (const [factor, unit] of [
    [1, 's'],
    [60, 'min'],
  ]) {
    const value = perSecond * factor;
    if (value >= 0.995) return `${value < 9.95 ? value.toFixed(1) : grouped(value)}/${unit}`;
  }
  return `${(perSecond * 3600).toFixed(1)}/h`;
}

function clipped(text, most) {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];

// a round number of seconds, so that at most `most` of them fill a span
function timeStep(span, most) {
  const least = Math.max(span, 1e-6) / most;
  if (least <= 0.5) {
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999);
  }
  return TIME_STEPS.find((step) => step >= least) ?? 86400 * Math.ceil(least / 86400);
}

// the same for shares of one
function shareStep(span, most) {
  const least = Math.max(span, 1e-9) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999);
}

// make('p', { class: 'soft', text: '...' }, child, ...): other keys are attributes, functions are listeners
function make(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text') made.textContent = value;
    else if (typeof value === 'function') made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function button(text, pressed, options = {}) {
  return make('button', { type: 'button', text, click: pressed, ...options });
}

// write only what changed: the browser then lays out nothing anew
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let names = 0;

// a name for an element that no other view on the page has
function freshId(word) {
  names += 1;
  return `agl-${word}-${names}-${Math.random().toString(36).slice(2, 8)}`;
}
