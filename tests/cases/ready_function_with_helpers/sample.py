from pathlib import Path

Path("a.txt").write_text("one two three 4\n")
arguments = {"text_file": "a.txt"}
call = "count_words(text_file)"
