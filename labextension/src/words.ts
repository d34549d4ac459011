import { TranslationBundle } from '@jupyterlab/translation';

/** A state of a run, a workflow or one of its stages as people read it. */
export function stateWord(state: string, trans: TranslationBundle): string {
  switch (state) {
    case 'submitted':
      return trans.__('starting');
    case 'running':
      return trans.__('running');
    case 'reducing':
      return trans.__('merging results');
    case 'finished':
      return trans.__('finished');
    case 'partial':
      return trans.__('finished in part');
    case 'failed':
      return trans.__('failed');
    case 'stopped':
      return trans.__('stopped');
    case 'interrupted':
      return trans.__('interrupted');
    case 'waiting':
      return trans.__('waiting');
    case 'skipped':
      return trans.__('skipped');
    case 'off':
      return trans.__('switched off');
    case 'planned':
      return trans.__('not run yet');
    default:
      return state;
  }
}

/** A span as one or two figures: "8 s", "3 min", "2 h 5 min", "4 d 3 h", "40 d", "3 years". */
export function spanWord(seconds: number, trans: TranslationBundle): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return trans.__('%1 s', whole);
  }
  const minutes = Math.round(whole / 60);
  if (minutes < 60) {
    return trans.__('%1 min', minutes);
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    return minutes % 60 === 0
      ? trans.__('%1 h', hours)
      : trans.__('%1 h %2 min', hours, minutes % 60);
  }
  const days = Math.floor(hours / 24);
  if (days >= 730) {
    return trans.__('%1 years', Math.floor(days / 365));
  }
  return hours % 24 === 0 || days >= 10
    ? trans.__('%1 d', days)
    : trans.__('%1 d %2 h', days, hours % 24);
}

/** How long ago something was, in as few letters as possible. */
export function agoWord(time: number, trans: TranslationBundle, now = Date.now() / 1000): string {
  const passed = now - time;
  return passed < 60 ? trans.__('just now') : trans.__('%1 ago', spanWord(passed, trans));
}
