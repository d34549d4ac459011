import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { RequestError } from './requests';

/** Say what went wrong: a note in the corner, or a dialog where there are findings to read. */
async function tellProblem(title: string, error: unknown, trans: TranslationBundle): Promise<void> {
  const problem = error instanceof Error ? error : new Error(String(error));
  const all = problem instanceof RequestError ? problem.findings : [];
  const errors = all.filter(each => each.severity === 'error');
  const findings = errors.length > 0 ? errors : all;
  const hint = problem instanceof RequestError ? problem.hint : '';
  if (findings.length === 0) {
    const told = [title, problem.message, hint].filter(Boolean).join('\n');
    Notification.error(told, { autoClose: 10_000 });
    return;
  }
  await showDialog({
    title,
    body: (
      <div className="jp-agilab-problem">
        <p>{problem.message}</p>
        <ul>
          {findings.map((finding, at) => (
            <li key={at}>
              {finding.key ? <code>{finding.key}</code> : null} {finding.message}
              {finding.hint ? <div className="jp-agilab-hint">{finding.hint}</div> : null}
            </li>
          ))}
        </ul>
        {hint ? <p>{hint}</p> : null}
      </div>
    ),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}

/** Do something, and say it where it fails; `null` then. */
export async function attempt<T>(
  title: string,
  action: () => Promise<T>,
  trans: TranslationBundle
): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    await tellProblem(title, error, trans);
    return null;
  }
}
