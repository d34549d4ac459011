"""Give a partition function what its signature asks for."""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from jupyter_agilab.contract.model import Split
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import AgilabError, ContractError
from jupyter_agilab.partition.binding import Binding, Bound, bind, parameters_of_signature
from jupyter_agilab.partition.types import Partition, digest_of
from jupyter_agilab.run.randomness import partition_rng, partition_seed
from jupyter_agilab.run.shared import load_shared
from jupyter_agilab.run.types import StageSpec


class Arguments:
    """Makes the arguments of a stage's function, partition by partition.

    What is the same for all partitions (constants, shared data, how the signature is filled) is worked
    out once.
    """

    def __init__(self, spec: StageSpec, function: Callable[..., Any]) -> None:
        self._spec = spec
        self._folder = Path(spec.folder)
        self._parameters = parameters_of_signature(inspect.signature(function))
        self._annotations = {parameter.name: parameter.annotation for parameter in self._parameters}
        self._bindings: dict[tuple[str, ...], Binding] = {}
        self._shared: dict[str, Any] = {}
        self._loading = threading.Lock()

    def of(self, partition: Partition, stack: ExitStack) -> tuple[list[Any], dict[str, Any]]:
        """Give the positional and named arguments of one partition.

        Files that are opened for it are closed, and temporary ones removed, when `stack` is.

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
        binding = self._binding(tuple(partition.parameters or ()))
        return binding.arguments(lambda bound: self._value(bound, partition, stack))

    def _refuse_changed(self, piece: Partition) -> None:
        """Refuse a piece of a file that has changed: its ends need not be where records end any more."""
        now = (self._folder / piece.source).stat()
        where = (piece.kind, piece.source, piece.start, piece.stop, piece.header_bytes, piece.format)
        if digest_of(*where, now.st_size, now.st_mtime_ns) != piece.fingerprint:
            raise AgilabError(
                f"{piece.source} has changed since it was cut into partitions",
                hint="run again when it changes no more: it is then planned anew",
            )

    def _binding(self, names: tuple[str, ...]) -> Binding:
        binding = self._bindings.get(names)
        if binding is None:
            binding = bind(
                self._parameters,
                split=cast("Split", self._spec.split),
                sweep_names=names,
                constants=tuple(self._spec.parameters),
                shared=tuple(self._spec.shared),
            )
            if errors_in(binding.findings):
                raise ContractError(f"{self._spec.function} cannot be called", binding.findings)
            self._bindings[names] = binding
        return binding

    def _value(self, bound: Bound, partition: Partition, stack: ExitStack) -> Any:
        name, spec = bound.name, self._spec
        match bound.source:
            case "sweep":
                return (partition.parameters or {})[name]
            case "params":
                return dict(partition.parameters or {})
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

        folder, reader = self._folder, self._spec.reader
        match bound.source:
            case "path-str":
                path = stack.enter_context(read.temporary_file(partition, folder, reader))
                # the whole file goes by the name that the contract gives it, as it did in the cell
                return partition.source if partition.kind == "file" else str(path)
            case "path-Path":
                path = stack.enter_context(read.temporary_file(partition, folder, reader))
                return Path(partition.source) if partition.kind == "file" else path
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
            case "rows":
                return read.iter_rows(partition, folder, reader)
        return read.iter_lines(partition, folder, reader)
