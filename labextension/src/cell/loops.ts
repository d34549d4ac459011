import type { ILoop } from './types';

/** Whether a loop can be converted as it is written. */
export function isConvertible(loop: ILoop): boolean {
  return loop.verdict === 'convert' && loop.change === '';
}

/** Whether that is offered unasked: loops of functions run later, and elsewhere. */
export function isConvertedWhereItStands(loop: ILoop): boolean {
  return isConvertible(loop) && loop.in_function === '';
}
