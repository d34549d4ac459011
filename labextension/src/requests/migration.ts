/** Loops, and what becomes of them. */
import type { ICellText, IFoundLoops } from '../cell/types';
import type {
  IApplied,
  IPlace,
  IPreview,
  IUndone,
  IVerification,
  MigrationForm
} from '../migration/types';
import { request, type Settings } from './request';

/** The loops of a notebook or a folder; `cells` are those of an open notebook, `after` goes on with a folder. */
export const findLoops = (
  settings: Settings,
  path: string,
  {
    cells,
    after,
    signal
  }: { cells?: readonly ICellText[]; after?: string; signal?: AbortSignal } = {}
): Promise<IFoundLoops> =>
  request<IFoundLoops>(settings, 'migrateFindings', { body: { path, cells, after }, signal });

export interface IMigrationRequest {
  path: string;
  /** Of an open notebook: the stages are written, the cells are left to the editor. */
  cells?: readonly ICellText[];
  form: MigrationForm;
  only?: readonly IPlace[];
}

export const previewMigration = (settings: Settings, body: IMigrationRequest): Promise<IPreview> =>
  request<IPreview>(settings, 'migratePreview', { body: { ...body } });

/** Writes the stages and, without `cells`, the notebook. */
export const applyMigration = (
  settings: Settings,
  body: IMigrationRequest & { digest: string; overwrite?: boolean }
): Promise<IApplied> => request<IApplied>(settings, 'migrateApply', { body: { ...body } });

/** Restores the notebook; with `files` only takes away what `applyMigration` wrote for an open one. */
export const undoMigration = (
  settings: Settings,
  body: { path: string; force?: boolean; files?: { readonly [path: string]: string } }
): Promise<IUndone> => request<IUndone>(settings, 'migrateUndo', { body });

/** Runs the notebook's code, in copies of its folder. */
export const startVerification = (
  settings: Settings,
  body: {
    path: string;
    form: MigrationForm;
    only?: readonly IPlace[];
    sample: number;
    digest?: string;
  }
): Promise<IVerification> => request<IVerification>(settings, 'migrateVerify', { body });

export const verification = (settings: Settings, job: string): Promise<IVerification> =>
  request<IVerification>(settings, 'migrateVerify', { query: { job } });

export const stopVerification = (settings: Settings, job: string): Promise<IVerification> =>
  request<IVerification>(settings, 'migrateVerify', { method: 'DELETE', query: { job } });
