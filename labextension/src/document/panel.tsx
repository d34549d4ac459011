import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { UUID } from '@lumino/coreutils';
import { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';
import * as React from 'react';

import { Complete, TextPane } from './editor';
import { IFormDoer } from './form/fieldView';
import { FormView } from './form/formView';
import { DocumentModel } from './model';
import { ITab, stateWords, Tabs } from './tabs';
import { IDocumentFinding, ISchema } from './types';

/** From this width on form and text stand side by side. */
const WIDE_PX = 1100;
const SIDES: readonly string[] = ['form', 'text'];

/** A pane beside form and text. */
export interface IPane {
  name: string;
  label: string;
  /** Made when it is first shown. */
  create(parts: IPanelParts): Widget;
  /** Whether it stands in front of the form. */
  isFirst?: boolean;
}

/** What panes may use of the panel that they stand in. */
export interface IPanelParts {
  readonly doer: IFormDoer;
  goTo(finding: IDocumentFinding): void;
}

export interface IPanelOptions {
  context: DocumentRegistry.CodeContext;
  model: DocumentModel;
  schema: ISchema;
  editors: IEditorServices;
  complete: Complete;
  panes: readonly IPane[];
  trans: TranslationBundle;
  /** A part of a section that only this kind of document has. */
  extra?: IFormDoer['extra'];
  reload(): Promise<void>;
}

/** A document with its form, its text and what else its kind has; one is shown at a time, form and text together where there is room. */
export class DocumentPanel extends Panel {
  constructor(private readonly options: IPanelOptions) {
    super();
    const { trans, model, panes } = options;
    this.addClass('jp-agilab-DocumentPanel');
    this.prefix = `jp-agilab-${UUID.uuid4()}`;
    const own: ITab[] = [
      { name: 'form', label: trans.__('Form') },
      { name: 'text', label: trans.__('Text') }
    ];
    this.tabs = [
      ...panes.filter(each => each.isFirst === true),
      ...own,
      ...panes.filter(each => each.isFirst !== true)
    ];
    const head = ReactWidget.create(
      <UseSignal signal={this.changed}>{() => this.head()}</UseSignal>
    );
    head.addClass('jp-agilab-DocumentHead');
    this.addWidget(head);
    model.stateChanged.connect(this.onState, this);
    void model.check();
    this.choose(this.tabs[0].name);
  }

  /** The name of the part that is shown. */
  get current(): string {
    return this._current;
  }

  /** Whether the file was changed by somebody else while there are changes here. */
  get isOutdated(): boolean {
    return this._isOutdated;
  }
  set isOutdated(isOutdated: boolean) {
    if (this._isOutdated !== isOutdated) {
      this._isOutdated = isOutdated;
      this.changed.emit();
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.options.model.stateChanged.disconnect(this.onState, this);
    super.dispose();
    Signal.clearData(this);
  }

  /** Show a part by its name. */
  choose(name: string): void {
    if (this.pane(name) === null) {
      return;
    }
    this._current = name;
    const areBeside = this.areBeside && SIDES.includes(name);
    const shown = areBeside ? SIDES : [name];
    shown.forEach(each => this.pane(each));
    for (const [each, widget] of this.panes) {
      widget.setHidden(!shown.includes(each));
      if (widget.parent === null) {
        this.insertWidget(this.placeOf(each), widget);
      }
    }
    this.toggleClass('jp-mod-beside', areBeside);
    const text = this.panes.get('text');
    text?.node.setAttribute('aria-labelledby', this.tabId(areBeside ? 'form' : 'text'));
    this.changed.emit();
  }

  /** Show the place of a finding in the text. */
  goTo(finding: IDocumentFinding): void {
    this.choose('text');
    const text = this.panes.get('text');
    if (text instanceof TextPane) {
      text.goTo(finding.line ?? 1, finding.column ?? 1);
    }
  }

  protected override onActivateRequest(_message: Message): void {
    const shown = this.panes.get(this._current);
    const first = shown?.node.querySelector<HTMLElement>(
      'input, select, textarea, button, [tabindex]'
    );
    if (shown instanceof TextPane) {
      shown.activate();
    } else if (!this.node.contains(document.activeElement)) {
      (first ?? this.node.querySelector<HTMLElement>('[role=tab][aria-selected=true]'))?.focus();
    }
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.fitSides();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.fitSides();
  }

  protected override onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this.fitSides();
  }

  private fitSides(): void {
    const width = this.node.offsetWidth;
    const areBeside = width >= WIDE_PX;
    // without a width it is not seen
    if (width > 0 && areBeside !== this.areBeside) {
      this.areBeside = areBeside;
      this.choose(this._current);
    }
  }

  private tabId(name: string): string {
    return `${this.prefix}-tab-${name}`;
  }

  /** Behind the head and the panes of the tabs before: they are read and reached in this order. */
  private placeOf(name: string): number {
    const before = this.tabs.slice(
      0,
      this.tabs.findIndex(tab => tab.name === name)
    );
    return 1 + before.filter(tab => (this.panes.get(tab.name)?.parent ?? null) !== null).length;
  }

  /** The tabs as they are now: one for both sides, where they are seen at once. */
  private tabsNow(): { tabs: readonly ITab[]; current: string } {
    if (!this.areBeside) {
      return { tabs: this.tabs, current: this._current };
    }
    const { trans } = this.options;
    const label = trans.__('Form and text');
    return {
      tabs: this.tabs
        .filter(tab => tab.name !== 'text')
        .map(tab => (tab.name === 'form' ? { ...tab, label, shows: SIDES } : tab)),
      current: SIDES.includes(this._current) ? 'form' : this._current
    };
  }

  private pane(name: string): Widget | null {
    const known = this.panes.get(name);
    if (known !== undefined) {
      return known;
    }
    const made = this.made(name);
    if (made === null) {
      return null;
    }
    made.node.id = `${this.prefix}-pane-${name}`;
    made.node.setAttribute('role', 'tabpanel');
    made.node.setAttribute('aria-labelledby', this.tabId(name));
    made.addClass('jp-agilab-DocumentPane');
    made.node.dataset.pane = name;
    this.panes.set(name, made);
    return made;
  }

  private made(name: string): Widget | null {
    const { context, model, editors, complete, panes, trans } = this.options;
    if (name === 'form') {
      return ReactWidget.create(
        <UseSignal signal={model.stateChanged}>{() => this.form()}</UseSignal>
      );
    }
    if (name === 'text') {
      return new TextPane(
        context,
        model,
        editors.factoryService.newDocumentEditor,
        complete,
        trans.__('Text of %1', context.localPath)
      );
    }
    const pane = panes.find(each => each.name === name);
    return pane?.create({ doer: this.doer(), goTo: finding => this.goTo(finding) }) ?? null;
  }

  private head(): JSX.Element {
    const { trans, model } = this.options;
    const state = stateWords(trans, model.findings, model.isEditable);
    return (
      <>
        <Tabs
          prefix={this.prefix}
          {...this.tabsNow()}
          label={trans.__('Parts of the document')}
          onChoose={name => this.choose(name)}
        />
        <span className="jp-agilab-State" data-tone={state.tone} role="status">
          {model.info === null ? (model.trouble === '' ? trans.__('Reading…') : '') : state.text}
        </span>
        {model.trouble !== '' ? (
          <span className="jp-agilab-Wrong" role="alert">
            {model.trouble}
          </span>
        ) : null}
        {this._isOutdated ? (
          <span className="jp-agilab-Outdated" role="alert">
            {trans.__('The file was changed by somebody else.')}
            <button
              className="jp-agilab-Button"
              onClick={() => void this.options.reload()}
              title={trans.__('Drops what was changed here')}
            >
              {trans.__('Take theirs')}
            </button>
            <button className="jp-agilab-Button" onClick={() => void this.options.context.save()}>
              {trans.__('Save mine')}
            </button>
          </span>
        ) : null}
      </>
    );
  }

  private form(): JSX.Element {
    const { model, schema } = this.options;
    return model.info === null ? (
      <p className="jp-agilab-Soft">{model.trouble}</p>
    ) : (
      <FormView
        prefix={this.prefix}
        schema={schema}
        values={model.values}
        findings={model.findings}
        doer={this.doer()}
      />
    );
  }

  private doer(): IFormDoer {
    const { model, trans, extra } = this.options;
    return {
      trans,
      isEditable: model.isEditable,
      edit: changes => void model.edit(changes),
      hold: (field, commit) => model.hold(field, commit),
      goTo: finding => this.goTo(finding),
      extra
    };
  }

  private onState(): void {
    this.changed.emit();
  }

  private readonly changed = new Signal<this, void>(this);
  private readonly panes = new Map<string, Widget>();
  private readonly tabs: readonly ITab[];
  private readonly prefix: string;
  private _current = '';
  private areBeside = false;
  private _isOutdated = false;
}
