"""Stage work, written from a notebook cell."""


def work(path: str):
    """Words of one file, without "stop words".

    See https://example.org/words

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    object
        The value of the cell's last line.
    """
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
    return words + [raw]
    # the end


# Lines here = in the cell: 20-21=5, 25-27=11, 30-36=17
