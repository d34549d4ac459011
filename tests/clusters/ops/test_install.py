"""Installing over SSH: only what is missing, verified, and told."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from jupyter_agilab import __version__, api
from jupyter_agilab.cli import main
from jupyter_agilab.errors import UsageError


def wheel(folder: Path, version: str) -> None:
    """Write a wheel of a small library."""
    folder.mkdir(exist_ok=True)
    record = f"aid_lib-{version}.dist-info"
    with zipfile.ZipFile(folder / f"aid_lib-{version}-py3-none-any.whl", "w") as file:
        file.writestr("aid_lib/__init__.py", "VALUE = 1\n")
        file.writestr(f"{record}/METADATA", f"Metadata-Version: 2.1\nName: aid_lib\nVersion: {version}\n")
        file.writestr(f"{record}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{record}/RECORD", "")


@pytest.fixture
def apart(project):
    """Give a project whose hosts have an environment of their own, with Dask and nothing of the stage's."""
    home = project.home / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for version in ("1.0", "2.0"):
        wheel(project.home / "wheels", version)
    # what installs: a stand-in for pip that takes wheels of a folder only
    (site / "pip.py").write_text(
        "import sys, zipfile, pathlib, shutil\n"
        f"site = pathlib.Path({str(site)!r})\n"
        "for pin in [each for each in sys.argv[1:] if '==' in each]:\n"
        "    name, version = pin.split('==')\n"
        "    for old in site.glob(f'{name}*'): shutil.rmtree(old)\n"
        f"    zipfile.ZipFile(next(pathlib.Path({str(project.home / 'wheels')!r})"
        ".glob(f'{name}-{version}-*'))).extractall(site)\n"
    )
    project.python = home / "bin/python"
    project.cluster(python=str(project.python), environment={"PYTHONPATH": "", "PATH": "/usr/bin:/bin"})
    project.site_packages = site
    return project


def test_what_is_missing_is_put_there_once(apart, capsys):
    hosts = apart.hosts
    assert not api.check_cluster("two", apart.path).ok
    first, second = api.install_cluster("two", apart.path)
    assert (first.host, first.failed) == (hosts.first, "")
    assert set(first.changed) >= {"aid_lib 1.0"}
    assert set(first.changed) <= {"aid_lib 1.0", f"jupyter-agilab {__version__}"}
    # both hosts see the same environment
    assert (second.changed, second.failed) == ((), "")
    assert api.check_cluster("two", apart.path).sentences() == []
    assert [each.changed for each in api.install_cluster("two", apart.path)] == [(), ()]
    assert main(["cluster", "install", "two", str(apart.path)]) == 0
    assert "nothing was missing" in capsys.readouterr().out


def test_another_version_is_replaced_and_nothing_else(apart):
    api.install_cluster("two", apart.path)
    apart.library("2.0", apart.home / "newer")
    (apart.site_packages / "aid_lib-1.0.dist-info").rename(apart.site_packages / "aid_lib-2.0.dist-info")
    metadata = apart.site_packages / "aid_lib-2.0.dist-info/METADATA"
    metadata.write_text(metadata.read_text().replace("1.0", "2.0"))
    assert "aid_lib 2.0 (here 1.0)" in " ".join(api.check_cluster("two", apart.path).sentences())
    first, _ = api.install_cluster("two", apart.path)
    assert first.changed == ("aid_lib 1.0",)


def test_what_cannot_be_installed_is_told(apart, capsys):
    for path in (apart.home / "wheels").iterdir():
        path.unlink()
    assert main(["cluster", "install", "two", str(apart.path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert "aid_lib==1.0 cannot be installed" in told["hosts"][0]["failed"]


def test_a_host_that_is_down_does_not_keep_the_others_waiting(apart):
    hosts = apart.hosts
    apart.cluster(
        hosts={hosts.nobody: 1, hosts.first: 1},
        python=str(apart.python),
        environment={"PYTHONPATH": "", "PATH": "/usr/bin:/bin"},
    )
    down, up = api.install_cluster("two", apart.path)
    assert "no SSH server listens" in down.failed
    assert up.changed
    assert not up.failed


def test_another_python_is_not_touched(apart, require):
    apart.program(apart.home / "bin/other", require("pypy3"))
    apart.cluster(python=str(apart.home / "bin/other"))
    first, _ = api.install_cluster("two", apart.path)
    assert "and this one is" in first.failed
    assert first.changed == ()


def test_a_python_that_is_missing_is_made(apart):
    """With the hosts' own tools; where they have none, that is told."""
    target = apart.home / "made/bin/python"
    apart.cluster(python=str(target), environment={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"})
    first, _ = api.install_cluster("two", apart.path)
    version = ".".join(map(str, sys.version_info[:2]))
    assert target.exists() or f"neither uv nor Python {version}" in first.failed
    assert (f"Python {version}" in first.changed) == target.exists()


def test_clusters_whose_workers_somebody_else_starts_are_refused(apart):
    (apart.folder / "clusters.toml").write_text('[there]\nkind = "address"\naddress = "tcp://127.0.0.1:1"\n')
    with pytest.raises(UsageError, match="whoever starts them"):
        api.install_cluster("there", apart.path)
    (done,) = api.install_cluster("local", apart.path)
    assert (done.changed, done.failed) == ((), "")
