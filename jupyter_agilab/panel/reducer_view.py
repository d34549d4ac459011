"""A cell as the custom reducer of a stage."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.panel.columns import named_values, printable
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, badge, code, element, facts
from jupyter_agilab.panel.stage_view import captures_html, file_states, files_html, module_html
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import captures_text, findings_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.stages import ReducerDraft

_WIDTH = 100


@dataclass(frozen=True, slots=True, repr=False)
class ReducerView(View):
    """A reducer's draft, and the files that were written of it; None where it was not written."""

    draft: ReducerDraft
    changed: tuple[str, ...] | None = None

    def text(self) -> str:
        """Give the reducer as text."""
        draft = self.draft
        files = file_states(draft.changes, self.changed or ())
        pairs = [
            ("function", self._signature()),
            ("artifact", artifact_path(draft.contract) if draft.extraction.ok else ""),
            ("notes", draft.contract.notes or ""),
            (
                "files",
                ", ".join(f"{name} ({state})" for name, state in files) if self.changed is not None else "",
            ),
        ]
        blocks = [
            "\n".join([f"reducer of {printable(draft.stage)}: {self._state()}", *named_values(pairs, _WIDTH)])
        ]
        told = findings_text(draft.findings)
        if told:
            blocks.append(told)
        if draft.extraction.captures:
            blocks.append("names from outside the cell\n" + captures_text(draft.extraction.captures))
        if self.changed is not None:
            blocks.append(f"next: %parallel_trial {printable(draft.stage)} tries it on one partition")
        return "\n\n".join(blocks)

    def html(self) -> Markup:
        """Give the reducer as a card."""
        draft = self.draft
        head = element(
            "div",
            element("span", f"Reducer of {draft.stage}", class_="ag-title"),
            badge(self._state(), "bad" if self.changed is None else "good"),
            class_="ag-head",
        )
        numbers = facts(
            [
                ("function", code(self._signature())),
                ("artifact", code(artifact_path(draft.contract)) if draft.extraction.ok else None),
                ("notes", draft.contract.notes),
            ]
        )
        after = element("p", "Next: ", code(f"%parallel_trial {draft.stage}"), " tries it on one partition.")
        return card(
            f"Reducer of stage {draft.stage}",
            head,
            numbers,
            findings_html(draft.findings),
            captures_html(draft.extraction.captures),
            module_html(draft.extraction),
            files_html(draft.changes, self.changed) if self.changed is not None else None,
            after if self.changed is not None else None,
        )

    def _signature(self) -> str:
        extraction = self.draft.extraction
        if not extraction.ok:
            return f"missing: the cell has {counted(len(errors_in(extraction.findings)), 'problem')}"
        return f"{extraction.function_name}({', '.join(map(str, extraction.signature))})"

    def _state(self) -> str:
        if self.changed is None:
            return "not written"
        return "written" if self.changed else "unchanged"
