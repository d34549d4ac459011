"""The extension behind a base URL and with the headers of a server of JupyterHub's, and over HTTPS."""

from __future__ import annotations

import datetime
import ipaddress
import json
from pathlib import Path
from typing import Any

import pytest

MODULE = '''"""Squares."""


def squares(number: int) -> int:
    """Give one."""
    return number * number
'''

CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "squares"
function = "stages/squares.py:squares"
split = "parameter-sweep"
input = "numbers.json"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "pool"
output = "artifacts/squares.json"
"""


@pytest.fixture
def certificate(tmp_path: Path, require: Any) -> tuple[Path, Path]:
    """Give a certificate that was signed by itself, and its key."""
    x509 = require("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    cert, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, secret


def test_everything_works_below_a_base_url_and_over_https(lab_elsewhere, certificate) -> None:
    """REST, both WebSockets and the report's frame find their way."""
    lab = lab_elsewhere(place="/user/m%C3%A9", certificate=certificate)
    lab.write("stages/squares.py", MODULE)
    lab.write("numbers.json", json.dumps([{"number": n} for n in range(5)]))
    lab.write("squares.parallel_stage.toml", CONTRACT)
    lab.execute("jupyter-agilab:show-sidebar")
    lab.execute("jupyter-agilab:refresh")
    lab.page.locator(".jp-agilab-row[data-kind='contract']").wait_for()
    lab.execute("jupyter-agilab:start-run", path="squares.parallel_stage.toml")
    # told over the stream of events
    lab.page.locator(".Toastify__toast", has_text="squares has finished").wait_for()
    assert json.loads((lab.root / "artifacts/squares.json").read_text()) == [0, 1, 4, 9, 16]
    lab.execute("jupyter-agilab:open-report", path="squares.parallel_stage.toml")
    lab.page.frame_locator("iframe[title='Report of squares']").locator("h1").first.wait_for()
    lab.execute("jupyter-agilab:open-run", path="squares.parallel_stage.toml")
    # the rows come over the view's own socket
    lab.page.locator(".agl .agl-row").first.wait_for()
    assert not [each for each in lab.errors if "jupyter-agilab" in each]
