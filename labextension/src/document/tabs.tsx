import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

export interface ITab {
  name: string;
  label: string;
  /** The panes that are shown with it, where they are not the one of its name. */
  shows?: readonly string[];
}

/** Tabs as ARIA describes them: one stop of the tab key, arrows go between them. */
export function Tabs(props: {
  prefix: string;
  tabs: readonly ITab[];
  current: string;
  label: string;
  onChoose: (name: string) => void;
}): JSX.Element {
  const { prefix, tabs, current, label, onChoose } = props;
  const go = (event: React.KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const place = tabs.findIndex(tab => tab.name === current);
    const next =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? tabs.length - 1
          : step === undefined
            ? -1
            : (place + step + tabs.length) % tabs.length;
    if (next < 0) {
      return;
    }
    event.preventDefault();
    onChoose(tabs[next].name);
    document.getElementById(`${prefix}-tab-${tabs[next].name}`)?.focus();
  };
  return (
    <div role="tablist" aria-label={label} className="jp-agilab-Tabs" onKeyDown={go}>
      {tabs.map(tab => (
        <button
          key={tab.name}
          id={`${prefix}-tab-${tab.name}`}
          role="tab"
          aria-selected={tab.name === current}
          aria-controls={(tab.shows ?? [tab.name]).map(name => `${prefix}-pane-${name}`).join(' ')}
          tabIndex={tab.name === current ? 0 : -1}
          onClick={() => onChoose(tab.name)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

/** How good the document is, in some words. */
export function stateWords(
  trans: TranslationBundle,
  findings: readonly { severity: string }[],
  isEditable: boolean
): { text: string; tone: 'good' | 'warning' | 'error' } {
  const errors = findings.filter(each => each.severity === 'error').length;
  const warnings = findings.filter(each => each.severity === 'warning').length;
  if (errors > 0) {
    const text = trans._n('%1 error', '%1 errors', errors);
    return { text: isEditable ? text : trans.__('not TOML'), tone: 'error' };
  }
  if (warnings > 0) {
    return { text: trans._n('%1 warning', '%1 warnings', warnings), tone: 'warning' };
  }
  return { text: trans.__('No errors'), tone: 'good' };
}
