import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IVerification } from './types';

/** Whether loops and stages gave the same, name by name. */
export function Verification({
  told,
  trans,
  stop
}: {
  told: IVerification;
  trans: TranslationBundle;
  stop: () => void;
}): React.ReactElement {
  const words = {
    running: trans.__(
      'Verifying: loops and stages run, in copies of the folder (%1 s).',
      Math.round(told.seconds)
    ),
    equal: trans.__('Verified: loops and stages give the same.'),
    different: trans.__('Loops and stages differ.'),
    failed: trans.__('Not verified.'),
    stopped: trans.__('The verification was stopped.')
  }[told.state];
  return (
    <section
      className={`jp-agilab-verified jp-mod-${told.state}`}
      aria-label={trans.__('Verification')}
    >
      <p role="status">{words}</p>
      {told.state === 'running' && (
        <>
          <progress aria-label={trans.__('Verification')} />
          <button type="button" className="jp-mod-styled" onClick={stop}>
            {trans.__('Stop')}
          </button>
        </>
      )}
      {told.message !== '' && told.state !== 'stopped' && <pre tabIndex={0}>{told.message}</pre>}
      {told.results.map(result => (
        <React.Fragment key={result.path}>
          {result.failed !== '' && <pre tabIndex={0}>{result.failed}</pre>}
          {result.compared.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">{trans.__('Name')}</th>
                  <th scope="col">{trans.__('Holds')}</th>
                  <th scope="col">{trans.__('Loop and stage')}</th>
                </tr>
              </thead>
              <tbody>
                {result.compared.map(each => (
                  <tr key={each.name}>
                    <td>
                      <code>{each.name}</code>
                    </td>
                    <td>{each.what}</td>
                    <td>{each.equal ? trans.__('equal') : each.difference}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </React.Fragment>
      ))}
    </section>
  );
}
