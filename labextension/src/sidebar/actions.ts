import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { isActive } from '../store/types';
import { targetOf } from './model';
import { Row } from './rows';

/** A button on a row. */
export interface IAction {
  readonly command: string;
  readonly icon: 'run' | 'stop' | 'report' | 'retry' | 'open' | 'check';
}

/** What the row does when it is clicked twice, or with Enter; `null` where it only opens and closes. */
export function defaultCommand(row: Row): string | null {
  switch (row.kind) {
    case 'contract':
    case 'workflow':
    case 'clusters':
      return CommandIDs.open;
    case 'run':
      // the live view belongs to the contract's document
      return row.run.contract ? CommandIDs.openRun : CommandIDs.openReport;
    case 'cluster':
      return CommandIDs.checkCluster;
    default:
      return null;
  }
}

/** The buttons of a row. */
export function actionsOf(row: Row): readonly IAction[] {
  switch (row.kind) {
    case 'contract': {
      if (row.live) {
        return [{ command: CommandIDs.stopRun, icon: 'stop' }];
      }
      const last = row.contract.last_run;
      return [
        { command: CommandIDs.startRun, icon: 'run' },
        ...(last ? [{ command: CommandIDs.openReport, icon: 'report' } as const] : [])
      ];
    }
    case 'run': {
      if (isActive(row.run.state)) {
        return [{ command: CommandIDs.stopRun, icon: 'stop' }];
      }
      const retry = { command: CommandIDs.retryFailed, icon: 'retry' } as const;
      return [
        ...((row.run.failed ?? 0) > 0 && row.run.contract ? [retry] : []),
        { command: CommandIDs.openReport, icon: 'report' }
      ];
    }
    case 'workflow': {
      if (isActive(row.status?.state ?? row.workflow.last_state ?? '')) {
        return [{ command: CommandIDs.stopWorkflow, icon: 'stop' }];
      }
      const last = row.status?.run_id ?? row.workflow.last_run_id;
      return [
        { command: CommandIDs.runWorkflow, icon: 'run' },
        ...(last ? [{ command: CommandIDs.openReport, icon: 'report' } as const] : [])
      ];
    }
    case 'cluster': {
      const isUp = row.service !== null && ['starting', 'running'].includes(row.service.state);
      return [
        ...(row.service?.dashboard && isUp
          ? [{ command: CommandIDs.openDashboard, icon: 'open' } as const]
          : []),
        isUp
          ? { command: CommandIDs.stopCluster, icon: 'stop' }
          : { command: CommandIDs.startCluster, icon: 'run' },
        { command: CommandIDs.checkCluster, icon: 'check' }
      ];
    }
    default:
      return [];
  }
}

/** The arguments of a row's commands. */
export function argumentsOf(row: Row): ReadonlyPartialJSONObject {
  return { ...targetOf(row) };
}
