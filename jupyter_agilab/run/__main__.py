"""Be the driver of a stage's run; see `jupyter_agilab.run.coming_up`.

Worker processes import the main module of the one that starts them, unless it is a package's ``__main__``: so
they need not import the driver.
"""

from collections.abc import Callable

from jupyter_agilab.run.coming_up import be_driver
from jupyter_agilab.run.orders import Orders


def _load_main() -> Callable[[Orders], int]:
    from jupyter_agilab.run.driver import main

    return main


if __name__ == "__main__":
    be_driver(_load_main)
