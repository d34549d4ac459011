import { CommandIDs } from '../commands';
import { attempt } from '../problems';
import { runWorkflow, stopWorkflow } from '../requests';
import { IParts } from './commands';

/** Add the commands that start and stop workflows. */
export function addWorkflowCommands({ app, store, targets, trans }: IParts): void {
  const settings = app.serviceManager.serverSettings;
  const describedBy = {
    args: {
      type: 'object',
      properties: { path: { type: 'string', description: trans.__('The workflow') } }
    }
  };
  app.commands.addCommand(CommandIDs.runWorkflow, {
    label: trans.__('Run Workflow'),
    caption: trans.__('Run the stages of the workflow, one after the other'),
    describedBy,
    execute: args =>
      attempt(
        trans.__('The workflow was not started'),
        async () => {
          const path = await targets.path(args, 'workflow');
          if (path !== null) {
            await runWorkflow(settings, { path });
            await store.refresh();
          }
        },
        trans
      )
  });
  app.commands.addCommand(CommandIDs.stopWorkflow, {
    label: trans.__('Stop Workflow'),
    caption: trans.__('Stop the workflow; what is finished is kept'),
    describedBy,
    execute: args =>
      attempt(
        trans.__('The workflow was not stopped'),
        async () => {
          const path = await targets.path(args, 'workflow');
          if (path === null) {
            return;
          }
          await stopWorkflow(settings, path, store.workflows.get(path)?.run_id ?? undefined);
        },
        trans
      )
  });
}
