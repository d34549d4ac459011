import type { IFinding } from '../findings';
import type { RunState } from '../store/types';

/** A cell as the editor has it. */
export interface ICellText {
  readonly id: string;
  readonly type: 'code' | 'markdown' | 'raw';
  readonly source: string;
}

/** What the form beside a cell says; "" is "not said". */
export interface IStageFields {
  readonly input: string;
  readonly split: string;
  readonly reducer: string;
  readonly item: string;
  readonly returns: string;
}

/** A name from outside the cell, and what becomes of it. */
export interface ICapture {
  readonly name: string;
  readonly becomes: string;
  readonly explanation: string;
  readonly line: number | null;
  readonly via: string;
}

/** A loop as migration judges it; lines are those of the cell, from 1. */
export interface ILoop {
  readonly cell: number;
  readonly cell_id: string;
  readonly line: number;
  readonly end_line: number;
  readonly form: string;
  readonly verdict: 'convert' | 'refuse';
  readonly rule: string;
  readonly reason: string | null;
  readonly message: string;
  readonly reason_line: number | null;
  readonly reason_cell: number | null;
  readonly helps: string;
  readonly gain: string;
  readonly rank: number;
  readonly iterable: string;
  readonly items: number | null;
  readonly outputs: readonly string[];
  readonly assumptions: readonly string[];
  readonly change: string;
  readonly in_function: string;
}

export interface ISuggestedInput {
  readonly input: string;
  readonly split: string | null;
  readonly why: string;
}

/** What a cell would become. */
export interface IAnalysis {
  readonly name: string;
  /** The line that would be written above the cell. */
  readonly header: string;
  readonly fields: IStageFields;
  readonly is_stage: boolean;
  /** No cell above loads our magics. */
  readonly needs_load: boolean;
  readonly ok: boolean;
  readonly function: string | null;
  readonly module: string;
  readonly captures: readonly ICapture[];
  readonly contract: {
    readonly input: string;
    readonly split: string;
    readonly partition_strategy: string;
    readonly reducer: string;
    readonly workers: number | 'auto';
    readonly backend: string;
    readonly output: string;
    readonly parameters: { readonly [name: string]: unknown };
  } | null;
  readonly contract_path: string;
  readonly changes: { readonly [path: string]: 'new' | 'changed' | 'unchanged' | 'edited' };
  readonly plan: {
    readonly partitions: number;
    readonly workers: number;
    readonly input_files: number;
    readonly rule: string;
  } | null;
  readonly findings: readonly IFinding[];
  readonly loops: readonly ILoop[];
  readonly inputs: readonly ISuggestedInput[];
  /** The names that a stage may give as its reducer. */
  readonly reducers: readonly string[];
}

export type Standing =
  'in step' | 'not written' | 'cell changed' | 'module changed' | 'contract changed';

/** The newest run of a stage. */
export interface ILastRun {
  readonly run: string;
  readonly state: RunState;
  readonly submitted: number;
  readonly seconds: number;
  readonly partitions: number;
  readonly finished: number;
  readonly failed: number;
  readonly reused: number;
  readonly message: string;
}

/** How one stage cell stands. */
export interface IStanding {
  readonly cell: number;
  readonly id: string;
  readonly name: string;
  readonly standing: Standing;
  readonly findings: readonly IFinding[];
  readonly contract_path: string;
  readonly run: ILastRun | null;
}

export interface IStandings {
  readonly cells: readonly IStanding[];
}

export interface INotebookLoops {
  readonly path: string;
  readonly loops: readonly ILoop[];
  readonly problems: readonly IFinding[];
}

export interface IFoundLoops {
  readonly notebooks: readonly INotebookLoops[];
  /** Give it as `after` to go on; `null` where all was looked at. */
  readonly next: string | null;
  readonly looked_at: number;
}
