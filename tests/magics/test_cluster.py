"""``%parallel_cluster`` in a real shell."""

import pytest

from jupyter_agilab import api


@pytest.fixture
def clusters(notebook, tmp_path, monkeypatch):
    """Give a notebook with a cluster of one worker beside it."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    notebook.write("clusters.toml", '[one]\nkind = "local"\nworkers = 1\n')
    yield notebook
    api.stop_all_clusters()


def test_check_start_status_and_stop(clusters):
    clusters.run("%parallel_cluster check one")
    assert "a run can work here" in clusters.text
    assert "fit" in clusters.html
    clusters.run("%parallel_cluster status")
    assert "no cluster is started" in clusters.text
    clusters.run("%parallel_cluster start one --lease 10m")
    assert "1 of 1" in clusters.text
    assert "running" in clusters.html
    clusters.run("%parallel_cluster status")
    assert "10 min" in clusters.text
    clusters.run("%parallel_cluster stop one")
    assert "no cluster is started" in clusters.text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "ACTION"),
        ("check", "name a cluster"),
        ("stop", "name one cluster"),
        ("stop one --all", "name one cluster"),
        ("start one --lease soon", "30m"),
        ("dance", "'check', 'start', 'status'"),
    ],
)
def test_misuse_is_told_in_a_sentence(clusters, line, told):
    clusters.fails(f"%parallel_cluster {line}")
    assert told in clusters.text or told in str(clusters.shown[-1].stderr)


def test_a_cluster_that_there_is_not(clusters):
    assert "there is no cluster named 'two'" in str(clusters.fails("%parallel_cluster check two"))
