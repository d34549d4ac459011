/**
 * A workflow as the server tells it, before, during and after a run.
 */
export type StageState =
  | 'planned'
  | 'off'
  | 'waiting'
  | 'running'
  | 'finished'
  | 'partial'
  | 'failed'
  | 'skipped'
  | 'stopped';

export interface IWorkflowStage {
  name: string;
  contract: string;
  state: StageState | null;
  partitions: number | null;
  finished: number | null;
  failed: number | null;
  skipped: number | null;
  reused: number | null;
  running: number | null;
  seconds: number | null;
  artifact: string | null;
  group: string | null;
  when: string | null;
  /** The directory of the stage's own run, where it has begun. */
  run_dir?: string | null;
  message?: string | null;
}

export interface IWorkflowEdge {
  from: string;
  to: string;
  kind: 'elements' | 'artifact' | 'after';
}

export interface IWorkflowGraph {
  name: string;
  run_id: string | null;
  state: string | null;
  started: number | null;
  ended: number | null;
  message: string | null;
  stages: IWorkflowStage[];
  edges: IWorkflowEdge[];
}
