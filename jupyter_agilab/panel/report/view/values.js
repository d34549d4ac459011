// Numbers: unpacked from the page's data, and put into words as the rest of the page puts them.

const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array };

function unpacked([type, text]) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  // packed little-endian, as every machine that runs a browser today reads it
  return new TYPES[type](bytes.buffer);
}

function unpackedAll(columns) {
  return Object.fromEntries(Object.entries(columns).map(([name, packed]) => [name, unpacked(packed)]));
}

// the largest value of an integer type stands for none
function isNone(column, value) {
  return value === 2 ** (8 * column.BYTES_PER_ELEMENT) - 1;
}

function grouped(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function counted(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function duration(seconds) {
  if (seconds < 0.9995e-3) return `${(seconds * 1e6).toFixed(0)} µs`;
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(seconds < 9.95 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${grouped(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

function size(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let place = 0;
  while (bytes >= 999.5 && place < units.length - 1) {
    bytes /= 1000;
    place++;
  }
  return `${place && bytes < 9.95 ? bytes.toFixed(1) : Math.round(bytes)} ${units[place]}`;
}

const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];

// a round number of seconds, so that at most `most` of them fill a span
function timeStep(span, most) {
  const least = span / most;
  if (least <= 0.5) {
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least);
  }
  return TIME_STEPS.find((step) => step >= least) ?? 86400 * Math.ceil(least / 86400);
}

// a few round numbers inside a range, for a logarithmic axis
function logTicks(least, most) {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const ticks = [];
  for (let power = first; power <= last; power += Math.max(1, Math.ceil((last - first) / 6))) {
    for (const factor of last - first <= 2 ? [1, 2, 5] : [1]) ticks.push(factor * 10 ** power);
  }
  const inside = ticks.filter((tick) => tick >= 0.999 * least && tick <= 1.001 * most);
  return inside.length ? inside : [least, most];
}

function clock(epoch) {
  return new Date(epoch * 1000).toLocaleTimeString([], { hour12: false });
}
