#!/usr/bin/env python3
"""A sweep when an iTerm2 session ends: ~/Library/Application Support/iTerm2/Scripts/AutoLaunch/pj.py.

Does: ends what wrapped jobs left behind whose guards are gone.
Fires: when a session terminates, by the Python API's SessionTerminationMonitor (Settings > General > Magic: enable the
Python API). Shells belong to iTerm2's own daemon and survive its crash or upgrade: then nothing has ended and nothing
fires.
Run here: NOT RUN (macOS only); written from iTerm2's documentation and only parsed.
"""

import os
import subprocess

import iterm2


async def main(connection):
    async with iterm2.SessionTerminationMonitor(connection) as monitor:
        while True:
            await monitor.async_get()
            subprocess.Popen(
                [os.path.expanduser("~/.local/bin/pj-sweep"), "-q"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )


iterm2.run_forever(main)
