/** Workflows. */
import type { IWorkflowStatus } from '../store/types';
import type { IWorkflowGraph } from '../workflow/types';
import { request, requestText, type Settings } from './request';

/** A workflow as a graph: its newest run, or what would run. */
export const workflowStatus = (
  settings: Settings,
  path: string,
  isPlanned: boolean
): Promise<{ path: string; status: IWorkflowGraph }> =>
  request(settings, 'workflow', { query: { path, planned: isPlanned || undefined } });

/** The page of the report of a workflow's run, which is made when it is asked for. */
export function getWorkflowReport(settings: Settings, path: string, run: string): Promise<string> {
  return requestText(settings, 'workflowReport', { query: { path, run } });
}

export function runWorkflow(
  settings: Settings,
  body: { path: string; cluster?: string; flags?: string[] }
): Promise<{ status: IWorkflowStatus }> {
  return request(settings, 'runWorkflow', { body });
}

/** Stop a run of a workflow; where it is not named, the newest. */
export async function stopWorkflow(
  settings: Settings,
  path: string,
  run?: string
): Promise<{ status: IWorkflowStatus }> {
  const named = run ?? (await workflowStatus(settings, path, false)).status.run_id;
  return request(settings, 'stopWorkflow', { body: { path, run: named ?? '' } });
}
