import type { TranslationBundle } from '@jupyterlab/translation';

import type { IFinding } from '../findings';
import { agoWord, stateWord } from '../words';
import type { ILastRun, ILoop, Standing } from './types';

/** What a badge says of cell, module and contract. */
export function standingText(standing: Standing, trans: TranslationBundle): string {
  return {
    'in step': trans.__('in step'),
    'not written': trans.__('not written yet'),
    'cell changed': trans.__('cell changed'),
    'module changed': trans.__('module changed'),
    'contract changed': trans.__('contract changed')
  }[standing];
}

/** What a badge says of the last run. */
export function runText(run: ILastRun, trans: TranslationBundle, now?: number): string {
  const state = stateWord(run.state, trans);
  if (run.state === 'running' && run.partitions > 0) {
    return trans.__('%1, %2 of %3', state, run.finished + run.reused, run.partitions);
  }
  return run.submitted > 0 ? trans.__('%1 %2', state, agoWord(run.submitted, trans, now)) : state;
}

/** A finding in one text: where, what, and what to do. */
export function findingText(finding: IFinding, trans: TranslationBundle): string {
  const place = finding.line ? `${trans.__('Line %1', finding.line)}: ` : '';
  return [`${place}${finding.message}`, finding.hint].filter(Boolean).join('\n');
}

/** What a mark on a loop says first. */
export function verdictText(loop: ILoop, trans: TranslationBundle): string {
  return loop.verdict === 'convert'
    ? trans.__('This loop can run in parallel')
    : trans.__('This loop cannot run in parallel');
}

/** A sentence of the server's as one: a word at its start gets a capital, a name or a path does not. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') {
    return '';
  }
  const isWord = /^[a-z]+[ ,:]/.test(trimmed);
  const first = isWord ? trimmed[0].toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…:]$/.test(first) ? first : `${first}.`;
}
