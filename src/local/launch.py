"""Starts the emulator in a session of its own, after saying who it is.

Standard input is the state file, which this process holds locked for as long as
it lives. The last argument is what the state file is to hold besides the pid.
"""

import json
import os
import runpy
import sys

os.setsid()
state = json.loads(sys.argv.pop())
state["pid"] = os.getpid()
os.pwrite(0, json.dumps(state).encode(), 0)
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
