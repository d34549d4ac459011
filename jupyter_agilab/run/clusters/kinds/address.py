"""``address``: a Dask scheduler that is already there; it is left running."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.kinds.types import Started, Wish
from jupyter_agilab.run.clusters.model import AddressPlace

_CONNECT_TIMEOUT_S = 30


class StartedElsewhere(Started):
    """A scheduler that somebody else started."""

    def waiting(self) -> str:  # noqa: D102
        return f"the scheduler at {self.address} has no workers"


def start(cluster: AddressPlace, wish: Wish) -> Started:
    """See `jupyter_agilab.run.clusters.kinds.types.Kind`."""
    security = None
    if cluster.tls_ca_file or cluster.tls_cert or cluster.tls_key:
        from distributed import Security

        security = Security(
            tls_ca_file=cluster.tls_ca_file,
            tls_client_cert=cluster.tls_cert,
            tls_client_key=cluster.tls_key,
            require_encryption=True,
        )
    return StartedElsewhere(connect(cluster.address, security), cluster.address, security)


def connect(address: str, security: Any = None, *, timeout_s: float = _CONNECT_TIMEOUT_S) -> Any:
    """Connect to a scheduler; gives the `distributed.Client`.

    Raises
    ------
    ClusterError
        None answers there, or not to us; the cause in a sentence.
    """
    from distributed import Client

    try:
        return Client(address, security=security, timeout=timeout_s, set_as_default=False)
    except Exception as error:  # TLS and the network have errors of many classes
        raise ClusterError(f"no Dask scheduler answers at {address}: {_why(error, address)}") from error


def _why(error: BaseException, address: str) -> str:
    """Say in words why a connection failed, from the innermost cause."""
    causes = [error]
    while (inner := causes[-1].__cause__ or causes[-1].__context__) is not None and inner not in causes:
        causes.append(inner)
    told = " ".join(f"{type(cause).__name__} {cause}" for cause in causes)
    if isinstance(error, FileNotFoundError):
        return f"the file {Path(str(error.filename)).name} of its certificates is not there"
    if "certificate verify failed" in told or "CERTIFICATE_VERIFY_FAILED" in told:
        return "its certificate is not signed by the authority in tls_ca_file"
    if "PEM" in told or "KEY_VALUES_MISMATCH" in told:
        return "the files of tls_cert and tls_key are not a certificate and its key"
    if "FatalCommClosedError" in told or "SSL" in told:
        return "it does not take these TLS certificates, or does not speak TLS"
    if "ConnectionRefusedError" in told or "Connection refused" in told:
        return "nothing listens there; is the scheduler running?"
    if "gaierror" in told or "Name or service not known" in told:
        return "the name of its host is not known"
    if "CommClosedError" in told and address.startswith("tcp:"):
        return "it hangs up; if it speaks TLS, its address starts with tls: and the certificates are needed"
    return str(causes[0]) or type(causes[0]).__name__
