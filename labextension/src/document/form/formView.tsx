import * as React from 'react';

import { IDocumentFinding, ISchema, TomlTable } from '../types';
import { findingsElsewhere, formOf, ISection } from './fields';
import { FieldView, Findings, IFormDoer, Prose } from './fieldView';

/** A document as a form: the keys of the top level, and a part that can be opened for each table. */
export function FormView(props: {
  prefix: string;
  schema: ISchema;
  values: TomlTable;
  findings: readonly IDocumentFinding[];
  doer: IFormDoer;
}): JSX.Element {
  const { prefix, schema, values, findings, doer } = props;
  const { trans } = doer;
  const form = React.useMemo(() => formOf(schema, values, findings), [schema, values, findings]);
  const elsewhere = findingsElsewhere(form, findings);
  return (
    <div className="jp-agilab-Form" data-editable={doer.isEditable}>
      {doer.isEditable ? null : (
        <p className="jp-agilab-Notice" role="status">
          {trans.__(
            'The text is not TOML at the moment: correct it in Text. The form shows what stood in it before.'
          )}
        </p>
      )}
      <Findings findings={elsewhere} doer={doer} />
      {form.fields.length > 0 ? (
        <div className="jp-agilab-Fields">
          {form.fields.map(field => (
            <FieldView key={field.name} prefix={prefix} field={field} doer={doer} />
          ))}
        </div>
      ) : null}
      {form.sections.map(section => (
        <SectionView key={section.title} prefix={prefix} section={section} doer={doer} />
      ))}
      <Adder section={form} doer={doer} />
    </div>
  );
}

function SectionView(props: { prefix: string; section: ISection; doer: IFormDoer }): JSX.Element {
  const { prefix, section, doer } = props;
  const [isOpen, setOpen] = React.useState(section.isUsed);
  const hadFindings = React.useRef(section.findings.length);
  const wrong = wrongIn(section);
  React.useEffect(() => {
    // what is newly wrong must be seen
    if (wrong > hadFindings.current) {
      setOpen(true);
    }
    hadFindings.current = wrong;
  }, [wrong]);
  const { trans } = doer;
  return (
    <details
      className="jp-agilab-Section"
      data-key={section.key.join('.')}
      open={isOpen}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span className="jp-agilab-SectionTitle">{section.title}</span>
        {wrong > 0 ? (
          <span className="jp-agilab-Count" data-severity="error">
            {trans._n('%1 error', '%1 errors', wrong)}
          </span>
        ) : null}
        <span className="jp-agilab-SectionHelp">
          <Prose text={section.help} />
        </span>
      </summary>
      {isOpen ? (
        <div className="jp-agilab-SectionBody">
          <Findings findings={section.findings} doer={doer} />
          {doer.extra?.(section.key)}
          <div className="jp-agilab-Fields">
            {section.fields.map(field => (
              <FieldView key={field.name} prefix={prefix} field={field} doer={doer} />
            ))}
          </div>
          {section.sections.map(inner => (
            <SectionView key={inner.title} prefix={prefix} section={inner} doer={doer} />
          ))}
          <div className="jp-agilab-Buttons">
            <Adder section={section} doer={doer} />
            {section.canRemove ? (
              <button
                className="jp-agilab-Button"
                disabled={!doer.isEditable}
                onClick={() => doer.edit([{ key: section.key, remove: true }])}
              >
                {trans.__('Remove %1', section.title)}
              </button>
            ) : null}
          </div>
        </div>
      ) : null}
    </details>
  );
}

function wrongIn(section: ISection): number {
  const own = section.findings.filter(each => each.severity === 'error').length;
  const fields = section.fields.reduce(
    (sum, field) => sum + field.findings.filter(each => each.severity === 'error').length,
    0
  );
  return section.sections.reduce((sum, inner) => sum + wrongIn(inner), own + fields);
}

/** A name, and a button that adds it to a table whose names are free. */
function Adder({ section, doer }: { section: ISection; doer: IFormDoer }): JSX.Element | null {
  const [name, setName] = React.useState('');
  const { trans } = doer;
  if (section.adds === '') {
    return null;
  }
  const isTaken =
    section.fields.some(field => field.name === name.trim()) ||
    section.sections.some(inner => inner.title === name.trim());
  const add = (): void => {
    const wanted = name.trim();
    if (wanted === '' || isTaken) {
      return;
    }
    const key = [...section.key, wanted];
    if (section.adds === 'table') {
      const first = Object.entries(section.startsWith);
      doer.edit(
        first.length === 0
          ? [{ key, value: {} }]
          : first.map(([each, value]) => ({
              key: [...key, each],
              // contracts are named after their stage
              value: each === 'contract' ? `${wanted}.parallel_stage.toml` : value
            }))
      );
    } else if (section.adds !== '') {
      doer.edit([{ key, value: { value: '', number: 1, flag: false }[section.adds] }]);
    }
    setName('');
  };
  const what = section.title || trans.__('table');
  const label =
    section.adds === 'table'
      ? section.title
        ? trans.__('New name in %1', what)
        : trans.__('Name of a new table')
      : trans.__('New key in %1', what);
  return (
    <form
      className="jp-agilab-Adder"
      onSubmit={event => {
        event.preventDefault();
        add();
      }}
    >
      <input
        type="text"
        value={name}
        placeholder={label}
        aria-label={label}
        disabled={!doer.isEditable}
        onChange={event => setName(event.target.value)}
      />
      <button
        className="jp-agilab-Button"
        disabled={!doer.isEditable || name.trim() === '' || isTaken}
        type="submit"
      >
        {trans.__('Add')}
      </button>
    </form>
  );
}
