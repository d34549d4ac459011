import { MainAreaWidget } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

import { viewModel } from './connect';
import { IRunDoer, RunPane } from './runPane';

/** One run as a tab of its own, the newest without an id: the same live view as in the contract's document. */
export function runWidget(
  settings: ServerConnection.ISettings,
  doer: IRunDoer,
  run: string,
  trans: TranslationBundle
): MainAreaWidget<RunPane> {
  const pane = new RunPane(doer, viewModel(settings, trans), trans);
  const widget = new MainAreaWidget({ content: pane });
  widget.toolbar.hide();
  if (run !== '') {
    pane.showRun(run);
  }
  return widget;
}
