/**
 * The form of a document, made from its JSON Schema: sections with fields, each with its value and its findings.
 */
import { IChange, IDocumentFinding, ISchema, TomlTable, TomlValue } from '../types';
import { isTable, isToml, keyNames, tomlText } from './toml';

export type FieldKind =
  'text' | 'note' | 'choice' | 'flag' | 'integer' | 'number' | 'number-or-word' | 'lines' | 'value';

export interface IField {
  key: readonly string[];
  name: string;
  help: string;
  kind: FieldKind;
  /** What is shown; empty where the key is not there. */
  shown: string;
  isThere: boolean;
  isRequired: boolean;
  /** Whether the schema knows the key. */
  isKnown: boolean;
  /** What holds where the key is not there; empty where nothing is said. */
  standard: string;
  choices: readonly string[];
  findings: readonly IDocumentFinding[];
}

export interface ISection {
  key: readonly string[];
  title: string;
  help: string;
  fields: readonly IField[];
  sections: readonly ISection[];
  findings: readonly IDocumentFinding[];
  /** Whether something stands in it, or is wrong with it. */
  isUsed: boolean;
  /** What can be added: a key with any value, a table by name, or nothing. */
  adds: 'value' | 'number' | 'flag' | 'table' | '';
  /** Keys that a new table begins with, and their values. */
  startsWith: TomlTable;
  canRemove: boolean;
}

/** The form. The first section is the top level. */
export function formOf(
  schema: ISchema,
  values: TomlTable,
  findings: readonly IDocumentFinding[]
): ISection {
  return sectionOf(schema, values, [], '', {
    findings: findings.filter(each => each.here !== false),
    canRemove: false
  });
}

/** Findings that stand beside no field. */
export function findingsElsewhere(
  form: ISection,
  findings: readonly IDocumentFinding[]
): IDocumentFinding[] {
  const placed = new Set<IDocumentFinding>();
  const walk = (section: ISection): void => {
    section.findings.forEach(each => placed.add(each));
    section.fields.forEach(field => field.findings.forEach(each => placed.add(each)));
    section.sections.forEach(walk);
  };
  walk(form);
  return findings.filter(each => !placed.has(each));
}

/**
 * The change that a field's text means.
 *
 * @returns the change, null where nothing is to be changed, or why the text cannot be taken.
 */
export function changeOf(
  field: IField,
  typed: string
): IChange | 'no-integer' | 'no-number' | null {
  if (typed === field.shown) {
    return null;
  }
  const { key } = field;
  const text = typed.trim();
  if (text === '' && !(field.isRequired && isTextual(field.kind))) {
    return field.isThere ? { key, remove: true } : null;
  }
  switch (field.kind) {
    case 'flag':
      return { key, value: text === 'true' };
    case 'integer':
      return /^[+-]?\d{1,15}$/.test(text) ? { key, value: Number(text) } : 'no-integer';
    case 'number':
      return isNumber(text) ? { key, value: Number(text) } : 'no-number';
    case 'number-or-word':
      return { key, value: /^[+-]?\d{1,15}$/.test(text) ? Number(text) : text };
    case 'lines':
      return {
        key,
        value: typed
          .split('\n')
          .map(line => line.trim())
          .filter(line => line !== '')
      };
    case 'value':
      return { key, value: { $toml: text } };
    case 'note':
      return { key, value: typed };
    default:
      return { key, value: text };
  }
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text));
}

function isTextual(kind: FieldKind): boolean {
  return kind === 'text' || kind === 'choice' || kind === 'number-or-word' || kind === 'note';
}

interface IAround {
  findings: readonly IDocumentFinding[];
  canRemove: boolean;
}

function sectionOf(
  given: ISchema,
  values: TomlTable,
  key: readonly string[],
  title: string,
  around: IAround
): ISection {
  const schema = withConditions(given, values);
  const properties = schema.properties ?? {};
  const rest = schema.additionalProperties;
  const restSchema: ISchema = typeof rest === 'object' ? rest : {};
  const own = around.findings.filter(each => isBelow(keyNames(each.key ?? ''), key));
  const fields: IField[] = [];
  const sections: ISection[] = [];
  const inner = (name: string, inside: ISchema, canRemove: boolean): void => {
    const value = values[name];
    sections.push(
      sectionOf(inside, isTable(value) ? value : {}, [...key, name], name, {
        findings: own,
        canRemove
      })
    );
  };
  for (const [name, inside] of Object.entries(properties)) {
    const value = values[name];
    // a table where the schema wants one; anything else that stands there is a field, so that it is seen
    if (isSection(inside) && (value === undefined || isTable(value))) {
      inner(name, inside, value !== undefined);
    } else {
      const isRequired = (schema.required ?? []).includes(name);
      fields.push(fieldOf(inside, value, [...key, name], own, { isRequired, isKnown: true }));
    }
  }
  for (const [name, value] of Object.entries(values)) {
    if (name in properties) {
      continue;
    }
    if (isTable(value) && (isSection(restSchema) || hasTables(value))) {
      inner(name, isSection(restSchema) ? restSchema : {}, true);
    } else if (isTable(value) && key.length === 0) {
      inner(name, {}, true);
    } else {
      const isKnown = typeof rest === 'object' || adds(schema, key) !== '';
      fields.push(fieldOf(restSchema, value, [...key, name], own, { isRequired: false, isKnown }));
    }
  }
  const ownFindings = own.filter(each => sameKey(keyNames(each.key ?? ''), key));
  return {
    key,
    title,
    help: schema.description ?? '',
    fields,
    sections,
    findings: key.length === 0 ? [] : ownFindings,
    isUsed: Object.keys(values).length > 0 || (key.length > 0 && own.length > 0),
    adds: adds(schema, key),
    startsWith: beginningOf(restSchema),
    canRemove: around.canRemove
  };
}

// a table without a key would hardly be seen: what is needed, or else the first key that has a value of its own
function beginningOf(schema: ISchema): TomlTable {
  const properties = Object.entries(schema.properties ?? {});
  const needed = properties.filter(([name]) => (schema.required ?? []).includes(name));
  if (needed.length > 0) {
    return Object.fromEntries(needed.map(([name]) => [name, '']));
  }
  const first =
    properties.find(([, inside]) => inside.default !== undefined) ??
    properties.find(([, inside]) => inside.enum !== undefined);
  return first === undefined ? {} : { [first[0]]: first[1].default ?? first[1].enum?.[0] ?? '' };
}

function adds(schema: ISchema, key: readonly string[]): ISection['adds'] {
  const rest = schema.additionalProperties;
  if (typeof rest === 'object') {
    if (isSection(rest)) {
      return 'table';
    }
    if (rest.type === 'boolean') {
      return 'flag';
    }
    return rest.type === 'number' || rest.type === 'integer' ? 'number' : 'value';
  }
  if (key.length === 0 || rest === false) {
    return '';
  }
  // a table without keys of its own is free; the options of a reducer stand beside its function
  return Object.keys(schema.properties ?? {}).length === 0 || key[key.length - 1] === 'reduce'
    ? 'value'
    : '';
}

function isSection(schema: ISchema): boolean {
  return schema.type === 'object';
}

function hasTables(value: TomlTable): boolean {
  return Object.values(value).some(isTable);
}

// of the rules that look at values, those that add keys: a cluster's kind decides which it has
function withConditions(schema: ISchema, values: TomlTable): ISchema {
  const holding = (schema.allOf ?? []).filter(
    each =>
      each.then?.properties !== undefined &&
      Object.entries(each.if?.properties ?? {}).every(
        ([name, rule]) => rule.const !== undefined && values[name] === rule.const
      )
  );
  if (holding.length === 0) {
    return schema;
  }
  const properties: { [name: string]: ISchema } = { ...schema.properties };
  let description = schema.description;
  for (const { then } of holding) {
    description ??= then?.description;
    for (const [name, inside] of Object.entries(then?.properties ?? {})) {
      properties[name] = { ...inside, ...properties[name] };
    }
  }
  return { ...schema, description, properties };
}

function fieldOf(
  schema: ISchema,
  value: TomlValue | undefined,
  key: readonly string[],
  findings: readonly IDocumentFinding[],
  { isRequired, isKnown }: { isRequired: boolean; isKnown: boolean }
): IField {
  const { kind, choices } = kindOf(schema, value);
  return {
    key,
    name: key[key.length - 1],
    help: schema.description ?? '',
    kind,
    shown: shownOf(kind, value),
    isThere: value !== undefined,
    isRequired,
    isKnown,
    standard: schema.default === undefined ? '' : plain(schema.default),
    choices,
    findings: findings.filter(each => isBelow(keyNames(each.key ?? ''), key))
  };
}

function kindOf(
  schema: ISchema,
  value: TomlValue | undefined
): { kind: FieldKind; choices: readonly string[] } {
  const options = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const choices = options.flatMap(each => [
    ...(each.enum ?? []),
    ...(each.const === undefined ? [] : [each.const])
  ]);
  const texts = choices.filter((each): each is string => typeof each === 'string');
  const kind = plainKind(schema, options, texts);
  return { kind: fits(kind, value) ? kind : 'value', choices: texts };
}

function plainKind(
  schema: ISchema,
  options: readonly ISchema[],
  texts: readonly string[]
): FieldKind {
  if (options.some(each => each.type === 'integer') && texts.length > 0) {
    return 'number-or-word';
  }
  if (schema.type === 'boolean') {
    return 'flag';
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    return schema.type;
  }
  if (schema.type === 'array') {
    return schema.items?.type === 'string' ? 'lines' : 'value';
  }
  if (schema.enum !== undefined || schema.const !== undefined) {
    return 'choice';
  }
  if (schema.type === 'string') {
    const isFree = schema.pattern === undefined && schema.anyOf === undefined;
    return isFree && schema.description?.startsWith('Free text') ? 'note' : 'text';
  }
  return schema.anyOf !== undefined && options.every(each => each === schema || isTextOption(each))
    ? 'text'
    : 'value';
}

function isTextOption(schema: ISchema): boolean {
  return schema.type === 'string' || schema.enum !== undefined || schema.pattern !== undefined;
}

// what stands there may be of another type than the schema wants: then it is shown as it is written
function fits(kind: FieldKind, value: TomlValue | undefined): boolean {
  if (value === undefined || kind === 'value') {
    return true;
  }
  switch (kind) {
    case 'flag':
      return typeof value === 'boolean';
    case 'integer':
      return typeof value === 'number';
    case 'number':
      return typeof value === 'number' || (isToml(value) && isNumber(value.$toml));
    case 'number-or-word':
      return typeof value === 'number' || typeof value === 'string';
    case 'lines':
      return (
        Array.isArray(value) &&
        value.every(each => typeof each === 'string' && each.trim() === each && each !== '')
      );
    default:
      return typeof value === 'string';
  }
}

function shownOf(kind: FieldKind, value: TomlValue | undefined): string {
  if (value === undefined) {
    return '';
  }
  if (kind === 'value') {
    return tomlText(value);
  }
  if (kind === 'lines') {
    return (value as string[]).join('\n');
  }
  return plain(value);
}

function plain(value: TomlValue): string {
  return typeof value === 'string' ? value : tomlText(value);
}

function sameKey(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, place) => name === other[place]);
}

function isBelow(key: readonly string[], above: readonly string[]): boolean {
  return key.length >= above.length && above.every((name, place) => name === key[place]);
}
