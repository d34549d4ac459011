/**
 * Times and sizes as people read them.
 */

/** A span of seconds. */
export function duration(seconds: number): string {
  if (seconds < 0.9995e-3) {
    return seconds > 0 ? `${(seconds * 1e6).toFixed(0)} µs` : '0 s';
  }
  if (seconds < 0.9995) {
    return `${Number((seconds * 1000).toPrecision(3))} ms`;
  }
  if (seconds < 59.95) {
    return `${Number(seconds.toFixed(seconds < 9.95 ? 2 : 1))} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  }
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A number of bytes. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let place = 0;
  while (bytes >= 999.5 && place < units.length - 1) {
    bytes /= 1000;
    place++;
  }
  return `${place > 0 && bytes < 9.95 ? bytes.toFixed(1) : Math.round(bytes)} ${units[place]}`;
}
