import type { IFoundLoops } from '../cell/types';
import type { IFinding } from '../findings';

/** How a rewritten notebook calls its stages: in stage cells, by calls, or as plain functions. */
export type MigrationForm = 'magic' | 'python' | 'functions';

/** A loop: the cell's index from 0, and the line in it from 1. */
export interface IPlace {
  readonly cell: number;
  readonly line: number;
}

export interface INewCell {
  readonly source: string;
  /** It goes on as the cell that it takes the place of. */
  readonly keeps: boolean;
}

export interface IChangedCell {
  readonly cell: number;
  readonly id: string;
  readonly before: string;
  readonly after: readonly INewCell[];
}

export interface IPreview {
  readonly path: string;
  /** Of the notebook that was looked at. */
  readonly digest: string;
  readonly cells: readonly IChangedCell[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly converted: readonly (IPlace & { readonly stage: string })[];
  readonly left: readonly (IPlace & { readonly reason: string })[];
  readonly problems: readonly IFinding[];
}

export interface IApplied extends IPreview {
  /** The files that were written, with their digests. */
  readonly written: { readonly [path: string]: string };
  /** The notebook that was written; `null` where the editor writes it. */
  readonly notebook: string | null;
}

export interface IUndone {
  readonly path: string;
  readonly removed: readonly string[];
  readonly kept: readonly string[];
}

export interface IVerification {
  readonly job: string;
  readonly path: string;
  readonly state: 'running' | 'equal' | 'different' | 'failed' | 'stopped';
  readonly seconds: number;
  readonly message: string;
  readonly results: readonly {
    readonly path: string;
    readonly equal: boolean;
    readonly items: number | null;
    readonly failed: string;
    readonly compared: readonly {
      readonly name: string;
      readonly what: string;
      readonly equal: boolean;
      readonly difference: string;
    }[];
  }[];
}

/** A notebook that is open in an editor: its text counts, and it is changed there. */
export interface IOpenNotebook {
  readonly isDirty: boolean;
  save(): Promise<void>;
  /** Read the file again, after it was written. */
  reload(): Promise<void>;
}

/** What the model asks of the server and of the page. */
export interface IMigrationSource {
  find(path: string, after?: string): Promise<IFoundLoops>;
  preview(path: string, form: MigrationForm, only: readonly IPlace[]): Promise<IPreview>;
  apply(
    path: string,
    form: MigrationForm,
    only: readonly IPlace[],
    digest: string
  ): Promise<IApplied>;
  undo(path: string, force: boolean): Promise<IUndone>;
  verify(
    path: string,
    form: MigrationForm,
    only: readonly IPlace[],
    sample: number,
    digest: string
  ): Promise<IVerification>;
  verification(job: string): Promise<IVerification>;
  stop(job: string): Promise<IVerification>;
  /** The notebook in the editor; `null` where it is not open. */
  opened(path: string): IOpenNotebook | null;
}
