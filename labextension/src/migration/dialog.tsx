import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import type { ICellText } from '../cell/types';
import { previewMigration, RequestError } from '../requests';
import { CellDiff, NewFiles } from './diff_view';
import type { IPlace, IPreview, MigrationForm } from './types';

/** What was chosen in the dialog. */
export interface IChosen {
  readonly form: MigrationForm;
  readonly digest: string;
}

class PreviewBody extends ReactWidget {
  constructor(
    private readonly preview: IPreview,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-agilab-migration');
    this.addClass('jp-agilab-preview');
  }

  protected override render(): React.ReactElement {
    const { preview, trans } = this;
    return (
      <>
        {preview.cells.map(cell => (
          <CellDiff key={cell.cell} cell={cell} trans={trans} language={null} />
        ))}
        <NewFiles files={preview.files} trans={trans} />
        <p className="jp-agilab-soft">{trans.__('Nothing is run.')}</p>
      </>
    );
  }
}

/**
 * Show what converting a loop of an open notebook does, and ask.
 *
 * The form of stage cells is tried first, then that of calls, which fits loops inside of other blocks.
 *
 * @returns `null` where it was not wanted.
 * @throws RequestError where the loop cannot be converted.
 */
export async function chooseConversion(
  settings: ServerConnection.ISettings,
  asked: { path: string; cells: readonly ICellText[]; only: readonly IPlace[] },
  trans: TranslationBundle
): Promise<IChosen | null> {
  let preview: IPreview | null = null;
  let form: MigrationForm = 'magic';
  for (form of ['magic', 'python'] as const) {
    preview = await previewMigration(settings, { ...asked, form });
    if (preview.converted.length > 0) {
      break;
    }
  }
  if (preview === null || preview.converted.length === 0) {
    const reason = preview?.left[0]?.reason ?? trans.__('it cannot be converted');
    throw new RequestError(422, trans.__('The loop is left as it is: %1.', reason));
  }
  const result = await showDialog({
    title: trans.__('Convert the loop'),
    body: new PreviewBody(preview, trans),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Convert') })
    ]
  });
  return result.button.accept ? { form, digest: preview.digest } : null;
}
