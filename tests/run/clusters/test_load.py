"""clusters.toml, read: the project's overlaid by the user's own, and all that is wrong told at once."""

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.load import chosen_cluster, named, own_clusters_path, read_clusters
from jupyter_agilab.run.clusters.model import KINDS, GatewayPlace, SshPlace, declared_slots
from jupyter_agilab.run.clusters.secret_values import is_from_environment, secret_value


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Give a function that lays the project's file and the user's own, and reads both."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "project").mkdir()

    def lay(project: str = "", own: str = ""):
        if project:
            (tmp_path / "project/clusters.toml").write_text(textwrap.dedent(project))
        if own:
            path = own_clusters_path()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_text(textwrap.dedent(own))
        return read_clusters(tmp_path / "project")

    return lay


def told(file) -> list[tuple[str, str, int]]:
    return [(each.code, each.key, each.line) for each in file.findings]


def test_without_files_there_is_this_machine(files):
    file = files()
    assert file.ok
    assert list(file.clusters) == ["local"]


def test_every_kind_is_read(files):
    file = files(
        """\
        schema = "agilab.clusters.v1"
        [here]
        kind = "local"
        workers = 3
        [there]
        kind = "address"
        address = "tcp://10.0.0.1:8786"
        [hosts]
        kind = "ssh"
        hosts = { "10.0.0.1" = 1, "10.0.0.2" = 2 }
        [web]
        kind = "gateway"
        address = "https://gateway.example.org"
        options = { worker_cores = 2 }
        [queue]
        kind = "slurm"
        walltime = "1-00:00:00"
        jobs = 2
        workers_per_job = 4
        prologue = ["module load python", ""]
        [other]
        kind = "pbs"
        """
    )
    assert file.findings == ()
    slots = {name: declared_slots(cluster) for name, cluster in file.clusters.items()}
    expected = {"here": 3, "there": None, "hosts": 3, "web": None, "queue": 8, "other": None, "local": None}
    assert slots == expected
    assert {cluster.kind for cluster in file.clusters.values()} <= set(KINDS)


def test_the_users_own_values_win_and_complete(files):
    file = files(
        """\
        [lab]
        kind = "ssh"
        hosts = { a = 1 }
        user = "nobody"
        environment = { ONE = "1", TWO = "2" }
        """,
        """\
        [lab]
        hosts = { b = 2 }
        user = "me"
        password = "so secret"
        key_file = "keys/id"
        environment = { TWO = "zwei" }
        [mine]
        kind = "local"
        """,
    )
    assert file.ok
    lab = file.clusters["lab"]
    assert isinstance(lab, SshPlace)
    # a host map is one thing: half of one and half of the other is nobody's
    assert (lab.hosts, lab.user, lab.password) == ({"b": 2}, "me", "so secret")
    assert lab.environment == {"ONE": "1", "TWO": "zwei"}
    assert lab.key_file == str(own_clusters_path().parent / "keys/id")
    assert "so secret" not in repr(lab)
    assert "mine" in file.clusters


def test_all_mistakes_are_told_at_once(files):
    file = files(
        """\
        stray = 3
        [lab]
        kind = "ssh"
        hosts = { a = 0 }
        usr = "root"
        queue = "x"
        port = "22"
        [queue]
        kind = "slrm"
        [nameless]
        knd = "local"
        [web]
        kind = "gateway"
        [secure]
        kind = "address"
        address = "tls://a:1"
        tls_ca_file = "ca.pem"
        [few]
        kind = "slurm"
        jobs = 5
        maximum_jobs = 2
        """
    )
    assert told(file) == [
        ("clusters.not-a-table", "stray", 1),
        ("clusters.value", "lab.hosts", 4),
        ("clusters.unknown-key", "lab.usr", 5),
        ("clusters.unknown-key", "lab.queue", 6),
        ("clusters.value", "lab.port", 7),
        ("clusters.value", "queue.kind", 9),
        ("clusters.missing-key", "nameless.knd", 11),
        ("clusters.missing-key", "web.address", 12),
        ("clusters.missing-key", "secure.tls_cert", 14),
        ("clusters.missing-key", "secure.tls_key", 14),
        ("clusters.value", "few.maximum_jobs", 21),
    ]
    hints = {each.key: each.hint for each in file.findings}
    assert hints["lab.usr"] == "did you mean 'user'?"
    assert hints["lab.queue"] == "it belongs to: slurm, pbs, lsf, sge"
    assert hints["queue.kind"] == "did you mean 'slurm'?"
    assert hints["nameless.knd"] == "did you mean 'kind'?"
    assert list(file.clusters) == ["local"]


@pytest.mark.parametrize(
    "line",
    ['password = "hunter2"', 'passphrase = "x"', 'token = "abc"', "[lab.connect]\nclient_secret = 'abc1234'"],
)
def test_a_secret_in_the_projects_file_is_an_error_that_does_not_show_it(files, line):
    file = files(f'[lab]\nkind = "ssh"\nhosts = {{ a = 1 }}\n{line}\n')
    codes = [each.code for each in file.findings]
    assert "clusters.secret" in codes
    assert not any("hunter2" in str(each) or "abc1234" in str(each) for each in file.findings)


@pytest.mark.parametrize("value", ["env:LAB_PASSWORD", "$LAB_PASSWORD", "${LAB_PASSWORD}"])
def test_the_name_of_a_variable_may_stand_there(files, value, monkeypatch):
    file = files(f'[lab]\nkind = "gateway"\naddress = "http://a"\npassword = "{value}"\n')
    assert file.findings == ()
    lab = file.clusters["lab"]
    assert isinstance(lab, GatewayPlace)
    with pytest.raises(ClusterError, match="LAB_PASSWORD"):
        secret_value(lab.password, "password")
    monkeypatch.setenv("LAB_PASSWORD", "found")
    assert secret_value(lab.password, "password") == "found"


def test_a_secret_that_others_can_read_is_a_warning(files):
    text = '[lab]\nkind = "gateway"\naddress = "http://a"\npassword = "x"\n'
    assert files(own=text).findings == ()
    own_clusters_path().chmod(0o644)
    assert [each.severity for each in files(own=text).findings] == ["warning"]


@pytest.mark.parametrize("text", ["kind = ", "\ufeff[a]", "a = 1\na = 2", "[a]\nkind = '''"])
def test_a_file_that_is_no_toml_is_a_finding(files, text):
    file = files(text)
    assert [each.level for each in file.findings] == ["syntax"]
    with pytest.raises(ClusterError, match=r"clusters\.toml"):
        named(file.path.parent, "lab")


def test_a_name_that_is_not_there_is_told_with_the_nearest(files):
    folder = files('[laboratory]\nkind = "local"\n').path.parent
    with pytest.raises(ClusterError, match="did you mean 'laboratory'"):
        named(folder, "laboratry")
    assert named(folder, "laboratory").kind == "local"
    assert chosen_cluster(folder, None, None).name == "local"
    assert chosen_cluster(folder, None, "tcp://a:1").kind == "address"


@given(st.text(max_size=200))
def test_any_text_is_a_file_with_findings_and_no_exception(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("any")
    (folder / "clusters.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder / "none"))
        read_clusters(folder)


def test_a_plain_text_is_no_name_of_a_variable():
    assert not any(map(is_from_environment, ["secret", "env:", "$", "${A", "a$B", ""]))


def test_a_folder_in_the_place_of_the_file_is_a_finding(files):
    (files().path).mkdir()
    assert [each.code for each in files().findings] == ["clusters.unreadable"]
    assert isinstance(files().path, Path)
