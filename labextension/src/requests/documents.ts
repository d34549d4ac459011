/** Contracts, workflows and clusters files as documents; trials of one partition. */
import type {
  DocumentKind,
  IChange,
  ICompletions,
  IDocument,
  ISchema,
  ITrial
} from '../document/types';
import { request, type Settings } from './request';

/** Checks a text; `isThorough` looks for the files, the module and the function that it names too. */
export const checkDocument = (
  settings: Settings,
  path: string,
  text: string,
  isThorough: boolean
): Promise<IDocument> =>
  request<IDocument>(settings, 'documentCheck', { body: { path, text, thorough: isThorough } });

/** Gives a text in which some values are others; nothing is written. */
export const editDocument = (
  settings: Settings,
  path: string,
  text: string,
  changes: readonly IChange[]
): Promise<IDocument> =>
  request<IDocument>(settings, 'documentEdit', { body: { path, text, changes } });

/** What could be typed at a place, 0-based, in code points. */
export const completeDocument = (
  settings: Settings,
  body: { path: string; text: string; line: number; column: number }
): Promise<ICompletions> => request<ICompletions>(settings, 'documentComplete', { body });

/** Runs one partition. */
export const startTrial = (
  settings: Settings,
  body: { path: string; partition?: number; sizes?: boolean; wait_s?: number }
): Promise<ITrial> => request<ITrial>(settings, 'trial', { body });

/** How a trial is doing, when it has ended or after some seconds. */
export const trialState = (settings: Settings, id: string, waitS: number): Promise<ITrial> =>
  request<ITrial>(settings, 'trial', { query: { id, wait_s: waitS } });

export const stopTrial = (settings: Settings, id: string): Promise<ITrial> =>
  request<ITrial>(settings, 'trial', { method: 'DELETE', query: { id } });

/** The JSON Schema of a kind of document. */
export const documentSchema = (settings: Settings, kind: DocumentKind): Promise<ISchema> =>
  request<ISchema>(
    settings,
    (
      {
        contract: 'schemaContract',
        clusters: 'schemaClusters',
        workflow: 'schemaWorkflow'
      } as const
    )[kind]
  );

/** How many partitions of a contract are pinned to workers, and the file that says which. */
export const pinsOf = (
  settings: Settings,
  path: string
): Promise<{ count: number; work_plan: string }> =>
  request(settings, 'documentPins', { query: { path } });
