import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';

/** The domain under which `jupyterlab-translate` collects this extension's texts. */
export const DOMAIN = 'jupyter_agilab';

/** The texts in the user's language; English where nobody translates. */
export function texts(translator?: ITranslator | null): TranslationBundle {
  return (translator ?? nullTranslator).load(DOMAIN);
}
