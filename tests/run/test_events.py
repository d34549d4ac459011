"""The journal: appended only, read while it is written."""

from jupyter_agilab.run.events import EventReader, EventWriter, read_events


def test_a_reader_gets_each_event_once(tmp_path):
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    assert list(reader.read()) == []
    writer = EventWriter(path)
    writer.emit("task.started", task=1)
    assert [event["task"] for event in reader.read()] == [1]
    writer.emit("task.started", task=2)
    writer.emit("task.started", task=3)
    assert [event["task"] for event in reader.read()] == [2, 3]
    assert list(reader.read()) == []
    writer.close()


def test_a_torn_last_line_is_left_for_later(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"v":1,"t":1,"type":"a"}\n{"v":1,"t":2,"ty')
    reader = EventReader(path)
    assert [event["type"] for event in reader.read()] == ["a"]
    with path.open("ab") as file:
        file.write(b'pe":"b"}\n')
    assert [event["type"] for event in reader.read()] == ["b"]


def test_damage_and_newer_versions_are_passed_over(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'\xff\xfe\n{"v":2,"type":"new"}\n[1]\n"x"\n{"v":1,"t":1,"type":"good"}\n')
    assert [event["type"] for event in read_events(path)] == ["good"]
