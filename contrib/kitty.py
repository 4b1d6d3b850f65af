"""A sweep when a kitty window closes: copy to ~/.config/kitty/pj.py, and `watcher pj.py` in kitty.conf.

Does: ends what wrapped jobs left behind whose guards are gone; in a session of its own, so that it outlives kitty.
Fires: when a window (a pane, in other terminals' words) is closed or its program ends. Not when kitty itself is killed
or loses its X server; pj-sweep must be in kitty's PATH, which on a desktop is not your shell's: else write it in full.
Run here: kitty 0.26 by its close button (tests/real).
"""

import subprocess
from typing import Any, Dict


def on_close(boss: Any, window: Any, data: Dict[str, Any]) -> None:
    try:
        subprocess.Popen(
            ["pj-sweep", "-q"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        pass  # pj is not installed here; a window must close all the same.
