/** Cells of open notebooks. */
import type { IAnalysis, ICellText, IStageFields, IStandings } from '../cell/types';
import { request, type Settings } from './request';

/** What a cell would become; nothing is run or written. `said` is what the form says; "" takes a flag away. */
export const analyseCell = (
  settings: Settings,
  path: string,
  cells: readonly ICellText[],
  cell: string,
  said: Partial<IStageFields> & { name?: string },
  signal?: AbortSignal
): Promise<IAnalysis> =>
  request<IAnalysis>(settings, 'analyseCell', { body: { path, cells, cell, ...said }, signal });

/** How the stage cells of a notebook stand; `ran`: a cell was just executed, so that runs and contracts may be new. */
export const cellStates = (
  settings: Settings,
  path: string,
  cells: readonly ICellText[],
  ran: boolean,
  signal?: AbortSignal
): Promise<IStandings> =>
  request<IStandings>(settings, 'cellStates', { body: { path, cells, ran }, signal });
