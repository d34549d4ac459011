/**
 * The ids of all commands. `index.ts` lists the plugins that add them.
 *
 * Paths in arguments are relative to the server's root, with `/`, as everywhere in Jupyter. A run is named by
 * `{ folder, stage, run }`, with the contract as `path` where it is known. Commands without arguments take what is
 * selected in the sidebar or open in the main area, and ask where nothing is.
 */
export namespace CommandIDs {
  export const showSidebar = 'jupyter-agilab:show-sidebar';
  export const refresh = 'jupyter-agilab:refresh';

  /** `{ path }`: opens a contract, a workflow or a clusters file in its own view. */
  export const open = 'jupyter-agilab:open';
  /** `{ path }`: opens the same file as text. */
  export const openAsText = 'jupyter-agilab:open-as-text';

  /** `{ path }`: starts a driver for a contract. */
  export const startRun = 'jupyter-agilab:start-run';
  /** `{ path, cluster? }`: asks where, then starts a driver. */
  export const startRunOn = 'jupyter-agilab:start-run-on';
  /** `{ folder, stage, run }`. */
  export const stopRun = 'jupyter-agilab:stop-run';
  /** `{ folder, stage, run }`: runs again what failed. */
  export const retryFailed = 'jupyter-agilab:retry-failed';
  /** `{ folder, stage, run, path? }`: opens the live view of a run (src/view). */
  export const openRun = 'jupyter-agilab:open-run';
  /** `{ folder, stage, run }`: opens the report, sandboxed. */
  export const openReport = 'jupyter-agilab:open-report';
  /** `{ folder, stage, run }`: opens what the partitions printed. */
  export const openLogs = 'jupyter-agilab:open-logs';
  /** `{ path }`: opens what a run made. */
  export const openArtifact = 'jupyter-agilab:open-artifact';
  /** `{ folder, stage }`: asks, then removes earlier runs of a stage and their results. */
  export const cleanRuns = 'jupyter-agilab:clean-runs';

  /** `{ path }`. */
  export const runWorkflow = 'jupyter-agilab:run-workflow';
  /** `{ path }`. */
  export const stopWorkflow = 'jupyter-agilab:stop-workflow';

  /** `{ folder, name }`: a table of what each host or worker has. */
  export const checkCluster = 'jupyter-agilab:check-cluster';
  /** `{ folder, name }`: starts the cluster as a service of its own. */
  export const startCluster = 'jupyter-agilab:start-cluster';
  /** `{ folder, name }`: asks, then ends it. */
  export const stopCluster = 'jupyter-agilab:stop-cluster';
  /** `{ folder, name }`: opens Dask's own page, in dask-labextension where it is installed. */
  export const openDashboard = 'jupyter-agilab:open-dashboard';

  /** Makes the changes that are typed in a document's form, and saves it. */
  export const saveDocument = 'jupyter-agilab:save-document';
  export const undoInDocument = 'jupyter-agilab:undo-in-document';
  export const redoInDocument = 'jupyter-agilab:redo-in-document';

  // cells (src/cell)
  /** Shows what the active cell would become as a stage. */
  export const makeStage = 'jupyter-agilab:make-stage';
  /** Explains the loop at the cursor. */
  export const explainLoop = 'jupyter-agilab:explain-loop';
  /** `{ cell?, line? }`: converts a loop of the notebook, after a preview. */
  export const convertLoop = 'jupyter-agilab:convert-loop';
  /** Shows and hides the marks on loops. */
  export const toggleLoopMarks = 'jupyter-agilab:toggle-loop-marks';

  /** `{ path? }`: opens the migration view on a notebook or a folder (src/migration). */
  export const migrate = 'jupyter-agilab:migrate';
}
