"""Give a partition function what its signature asks for."""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import AgilabError, ContractError
from jupyter_agilab.partition.binding import Binding, Bound, bind
from jupyter_agilab.partition.fingerprints import is_unchanged
from jupyter_agilab.partition.signatures import Parameter, parameters_of_signature
from jupyter_agilab.partition.stores import is_url
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.elements import Elements, Inputs
from jupyter_agilab.run.randomness import GlobalSeeding, partition_rng, partition_seed
from jupyter_agilab.run.shared import load_shared
from jupyter_agilab.run.types import StageSpec

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Split

_COLUMNAR = frozenset(("df-pandas", "df-polars", "table-arrow", "rows"))
# all of it has to be read, whichever columns are wanted
_READ_AS_TEXT = frozenset(("csv", "tsv", "jsonl", "json", "text", "fasta", "fastq"))


class Arguments:
    """Makes the arguments of a stage's function, partition by partition.

    What is the same for all partitions (constants, shared data, how the signature is filled) is worked
    out once.
    """

    def __init__(self, spec: StageSpec, function: Callable[..., Any] | Sequence[Parameter]) -> None:
        self._spec = spec
        self._folder = Path(spec.folder)
        # from its source where nothing may be imported
        self._parameters = (
            parameters_of_signature(inspect.signature(function)) if callable(function) else function
        )
        self._annotations = {parameter.name: parameter.annotation for parameter in self._parameters}
        self._bindings: dict[tuple[tuple[str, ...], tuple[str, ...]], Binding] = {}
        self._elements = Elements(spec.workflow.get("feeds", {}), self._annotations)
        self._shared: dict[str, Any] = {}
        self._loading = threading.Lock()
        self._readers: dict[str, Mapping[str, Any]] = {}
        self._seeding = GlobalSeeding(spec.sources, spec.seed)

    def of(
        self, partition: Partition, stack: ExitStack, *, inputs: Inputs = (), state: Any = None
    ) -> tuple[list[Any], dict[str, Any]]:
        """Give the positional and named arguments of one partition, and start the global generators for it.

        Files that are opened for it are closed, and temporary ones removed, when `stack` is.

        Parameters
        ----------
        inputs
            Where the elements are that feed the partition; without, all results of those stages are searched.
        state
            What the ``setup`` of the stage's group gave.

        Raises
        ------
        ContractError
            A parameter cannot be filled.
        AgilabError
            The file was cut into pieces, and has changed since.
        OSError
            The input cannot be read.
        """
        if partition.kind in {"bytes", "rows"}:
            self._refuse_changed(partition)
        binding = self._binding(partition)
        arguments = binding.arguments(lambda bound: self._value(bound, partition, stack, inputs, state))
        if self._seeding.draws:
            # last, so that nothing but the function draws from then on
            self._seeding.start(partition.id)
        return arguments

    def each(self, partition: Partition, stack: ExitStack) -> Iterator[tuple[Bound, Callable[[], Any]]]:
        """Give what fills each parameter, and how its value is had; no generator is started.

        Raises as `of`.
        """
        if partition.kind in {"bytes", "rows"}:
            self._refuse_changed(partition)
        for bound in self._binding(partition).bound:
            yield bound, partial(self._value, bound, partition, stack)

    def _refuse_changed(self, piece: Partition) -> None:
        """Refuse a piece of a file that has changed: its ends need not be where records end any more."""
        if not is_unchanged(piece, self._folder):
            raise AgilabError(
                f"{piece.source} has changed since it was cut into partitions",
                hint="run again when it changes no more: it is then planned anew",
            )

    def _binding(self, partition: Partition) -> Binding:
        detail = partition.detail or {}
        elements = tuple(detail["elements"]) if partition.kind == "elements" else ()
        names = tuple(partition.parameters or ())
        binding = self._bindings.get((names, elements))
        if binding is None:
            binding = bind(
                self._parameters,
                split=cast("Split", self._spec.split),
                sweep_names=names,
                constants=tuple(self._spec.parameters),
                shared=tuple(self._spec.shared),
                elements=elements,
                has_state="setup" in self._spec.workflow.get("group", ()),
            )
            if errors_in(binding.findings):
                raise ContractError(f"{self._spec.function} cannot be called", binding.findings)
            self._bindings[names, elements] = binding
        return binding

    def _value(
        self, bound: Bound, partition: Partition, stack: ExitStack, inputs: Inputs = (), state: Any = None
    ) -> Any:
        name, spec = bound.name, self._spec
        match bound.source:
            case "sweep":
                return (partition.parameters or {})[name]
            case "params":
                return dict(partition.parameters or {})
            case "element":
                assert partition.detail is not None
                return self._elements.value(bound, partition.detail["elements"][bound.element], inputs)
            case "state":
                return state
            case "constant":
                # a list that one partition changes must not reach the next one
                return copy.deepcopy(spec.parameters[name])
            case "shared":
                with self._loading:
                    if name not in self._shared:
                        item, annotation = spec.shared[name], self._annotations.get(name)
                        self._shared[name] = load_shared(name, item, self._folder, annotation)
                return self._shared[name]
            case "partition":
                return partition
            case "seed":
                return partition_seed(spec.seed, partition.id)
            case "rng":
                return partition_rng(spec.seed, partition.id)
        return self._slice(bound, partition, stack)

    def _slice(self, bound: Bound, partition: Partition, stack: ExitStack) -> Any:
        from jupyter_agilab.partition import read

        folder, reader = self._folder, self._reader(bound, partition)
        # a whole local file goes by the name that the contract gives it, as it did in the cell
        has_own_name = partition.kind == "file" and not is_url(partition.source)
        match bound.source:
            case "path-str":
                path = stack.enter_context(read.temporary_file(partition, folder, reader))
                return partition.source if has_own_name else str(path)
            case "path-Path":
                path = stack.enter_context(read.temporary_file(partition, folder, reader))
                return Path(partition.source) if has_own_name else path
            case "file-binary":
                return stack.enter_context(read.open_bytes(partition, folder, reader))
            case "file-text":
                return stack.enter_context(read.open_text(partition, folder, reader))
            case "df-pandas":
                return read.pandas_frame(partition, folder, reader)
            case "df-polars":
                return read.polars_frame(partition, folder, reader)
            case "table-arrow":
                return read.arrow_table(partition, folder, reader)
            case "array":
                return read.array(partition, folder, reader)
            case "dataset":
                return read.dataset(partition, folder, reader)
            case "rows":
                return read.iter_rows(partition, folder, reader)
        return read.iter_lines(partition, folder, reader)

    def _reader(self, bound: Bound, partition: Partition) -> Mapping[str, Any]:
        """Give how the partition is read; where the function names columns for certain, only those."""
        reader = self._spec.reader
        if bound.source not in _COLUMNAR or partition.format in _READ_AS_TEXT or reader.get("columns"):
            return reader
        if bound.name not in self._readers:
            from jupyter_agilab.partition.used_columns import columns_for

            source = self._spec.sources.get(self._spec.entry, "")
            used = columns_for(source, self._spec.function, bound.name, bound.source)
            self._readers[bound.name] = {**reader, "used_columns": used} if used else reader
        return self._readers[bound.name]
