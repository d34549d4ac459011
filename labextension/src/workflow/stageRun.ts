import { IWorkflowStage } from './types';

/** How the run of a stage is named: its directory is `FOLDER/.agilab/runs/STAGE/RUN`. */
export function runOf(
  stage: IWorkflowStage
): { folder: string; stage: string; run: string } | null {
  const names = (stage.run_dir ?? '').split('/');
  const [home, runs, name, run] = names.slice(-4);
  return home === '.agilab' && runs === 'runs' && run !== undefined
    ? { folder: names.slice(0, -4).join('/'), stage: name, run }
    : null;
}
