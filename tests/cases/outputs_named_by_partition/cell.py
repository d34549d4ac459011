stem = Path(path).stem
target = Path(out) / f"{stem}.txt"
target.parent.mkdir(exist_ok=True)
target.write_text("done")
with open("settings.txt", "w" if False else "r") as f:
    f.read()
target.as_posix()
