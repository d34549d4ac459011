/**
 * What the server tells about documents, and what the document's model needs of the world.
 */
import type { ISignal } from '@lumino/signaling';

import type { IFinding } from '../findings';

export type DocumentKind = 'contract' | 'clusters' | 'workflow';

/** A finding about a document; `here` says whether it is about this file. */
export interface IDocumentFinding extends IFinding {
  here?: boolean;
  column?: number | null;
  path?: string | null;
}

/** What JSON would not give back exactly: dates, 2.0, very large integers. */
export interface IToml {
  readonly $toml: string;
}

export type TomlValue =
  | string
  | number
  | boolean
  | null
  | IToml
  | readonly TomlValue[]
  | { readonly [name: string]: TomlValue };

export type TomlTable = { readonly [name: string]: TomlValue };

/** A text, what stands in it and what is wrong with it. */
export interface IDocument {
  path: string;
  kind: DocumentKind;
  text: string;
  /** null where the text is not TOML. */
  values: TomlTable | null;
  ok: boolean;
  findings: IDocumentFinding[];
}

/** One change of a value. */
export interface IChange {
  key: readonly string[];
  value?: TomlValue;
  remove?: boolean;
}

export interface ICompletion {
  label: string;
  text: string;
  kind: 'key' | 'table' | 'value';
  detail: string;
  about: string;
}

export interface ICompletions {
  start: number;
  stop: number;
  items: ICompletion[];
}

/** The part of JSON Schema that our schemas use. */
export interface ISchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly TomlValue[];
  readonly const?: TomlValue;
  readonly default?: TomlValue;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly items?: ISchema;
  readonly anyOf?: readonly ISchema[];
  readonly oneOf?: readonly ISchema[];
  readonly allOf?: readonly { readonly if?: ISchema; readonly then?: ISchema }[];
  readonly properties?: { readonly [name: string]: ISchema };
  readonly additionalProperties?: boolean | ISchema;
  readonly required?: readonly string[];
}

export interface ITrialFailure {
  error_type: string;
  message: string;
  traceback: string;
}

/** What one partition did. */
export interface ITrialReport {
  stage: string;
  described: string;
  ok: boolean;
  seconds: number;
  load_seconds: number;
  peak_memory_bytes: number;
  records: number;
  size_bytes: number;
  preview: string;
  output: string;
  failure: ITrialFailure | null;
  reducer: { count: number; ok: boolean; error: string; traceback: string }[];
  sizes: { described: string; seconds: number; memory_bytes: number; size_bytes: number }[];
}

export interface ITrial {
  id: string;
  path: string;
  state: 'running' | 'ended' | 'failed' | 'stopped';
  seconds: number;
  report?: ITrialReport;
  error?: { message: string; hint: string; findings: IDocumentFinding[] };
}

/** The text that is edited; others may edit it too. */
export interface ITextHolder {
  readonly path: string;
  readonly text: string;
  readonly changed: ISignal<unknown, unknown>;
  /** Replaces the whole text by changing as few characters as possible; can be undone. */
  replace(text: string): void;
}

/** What the document's model asks the server. */
export interface IDocumentServer {
  check(path: string, text: string, isThorough: boolean): Promise<IDocument>;
  edit(path: string, text: string, changes: readonly IChange[]): Promise<IDocument>;
}
