# Words of one file, without "stop words".
# See https://example.org/words

# the stop words
STOP = {"the", "a"}  # very short
text = """
  The # is not a comment
"""  # but this is


def is_word(w):  # noqa: D103
    # inside
    return w not in STOP


# filter
words = [
    w  # each
    for w in (path + text).lower().split()
    if is_word(w)  # kept
]
raw = r"\d+" + 'single "quotes"' + f"{len(words)!r:>4}"
words + [raw]
# the end
