export type MarkKind = 'convert' | 'refuse' | 'error' | 'warning' | 'info';

/** A mark in the gutter of a cell; lines are from 1. */
export interface IMark {
  readonly line: number;
  readonly endLine: number;
  readonly kind: MarkKind;
  /** What a pointer that rests on it is told. */
  readonly label: string;
}
