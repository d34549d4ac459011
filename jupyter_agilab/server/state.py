"""What all requests share: the folder, the threads, what is known of the tree, and who listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jupyter_agilab.errors import UsageError
from jupyter_agilab.server.documents.trials import Trials
from jupyter_agilab.server.lanes import Lane
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.runs.statuses import Statuses
from jupyter_agilab.server.tree.index import TreeIndex
from jupyter_agilab.server.watching.hub import Hub
from jupyter_agilab.server.watching.news import News
from jupyter_agilab.server.workflows.told import WorkflowStatuses

_T = TypeVar("_T")

SETTING = "jupyter_agilab_state"
"""The name of the state among the web application's settings."""


class ServerState:
    """One for each server.

    Attributes
    ----------
    quick, slow
        Threads for what takes seconds at most, and for what may take minutes.
    looking, stopping
        Threads of their own for the tree, which may lie on a slow disk, and for ending runs, which must never
        wait behind what starts them.
    trials
        Trials under way, and what the last ones told.
    """

    def __init__(self) -> None:
        self.quick = Lane("quick", 4, 64)
        self.slow = Lane("slow", 8, 16)
        self.looking = Lane("tree", 1, 256)
        self.stopping = Lane("stop", 4, 64)
        self.trials = Trials()
        self._root: tuple[str, bool, Root] | None = None
        self._tree: TreeIndex | None = None
        self._hub: Hub | None = None
        self._kept: dict[type, Any] = {}

    def root(self, contents: Any) -> Root:
        """Give the folder that a server's contents manager shows.

        Raises
        ------
        UsageError
            Its files are not in this machine's file system.
        """
        from jupyter_server.services.contents.filemanager import FileContentsManager

        if not isinstance(contents, FileContentsManager):
            raise UsageError(
                f"the files of this server are kept by {type(contents).__name__}, not in a folder",
                hint="stages run on files in a folder: start the server with Jupyter's own file manager",
            )
        folder, hidden = contents.root_dir, contents.allow_hidden
        if self._root is None or self._root[:2] != (folder, hidden):
            self._root = (folder, hidden, Root(Path(folder).resolve(), hidden))
        return self._root[2]

    def root_or_none(self, contents: Any) -> Root | None:
        """Give the same, and None where there is none."""
        try:
            return self.root(contents)
        except UsageError:
            return None

    def tree(self, root: Root) -> TreeIndex:
        """Give what is known of the folder tree."""
        if self._tree is None or self._tree.root != root:
            self._tree = TreeIndex(root)
        return self._tree

    def hub(self, root: Root) -> Hub:
        """Give the loop that tells what is new."""
        index = self.tree(root)
        if self._hub is None or self._hub.news.index is not index:
            if self._hub is not None:
                self._hub.close()
            self._hub = Hub(News(index, self.kept(Statuses), self.kept(WorkflowStatuses)))
        return self._hub

    def nudge(self) -> None:
        """Let those who listen know soon that something was changed."""
        if self._hub is not None:
            self._hub.nudge()

    def kept(self, kind: type[_T], make: Callable[[], _T] | None = None) -> _T:
        """Give what a route keeps from request to request: the one object of its class, made when asked for.

        Where it has a method ``close`` that is called when the server ends.
        """
        if kind not in self._kept:
            self._kept[kind] = (make or kind)()
        kept: _T = self._kept[kind]
        return kept

    def close(self) -> None:
        """Let go of everything."""
        self.trials.close()
        if self._hub is not None:
            self._hub.close()
        for each in self._kept.values():
            if hasattr(each, "close"):
                each.close()
        for lane in (self.quick, self.slow, self.looking, self.stopping):
            lane.close()
