"""Starts the emulator in a session of its own, after saying who it is.

Standard input is the state file, which this process holds locked for as long as
it lives. The last argument is what the state file is to hold besides the pid.
"""

import json
import os
import runpy
import stat
import sys
import zipfile

os.setsid()
state = json.loads(sys.argv.pop())
state["pid"] = os.getpid()
os.pwrite(0, json.dumps(state).encode(), 0)


def is_link(info):
    return stat.S_ISLNK(info.external_attr >> 16)


def extract_member(self, member, targetpath, pwd):
    """Unpacks a symbolic link as one, as Lambda does; zipfile makes a file of it."""
    info = member if isinstance(member, zipfile.ZipInfo) else self.getinfo(member)
    if not is_link(info):
        return unpatched(self, member, targetpath, pwd)
    path = os.path.join(targetpath, info.filename)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(self.read(info, pwd).decode(), path)
    return path


# The emulator sets the mode of what it has unpacked, so what a link leads to comes first.
unpatched = zipfile.ZipFile._extract_member
zipfile.ZipFile._extract_member = extract_member
zipfile.ZipFile.infolist = lambda self: sorted(self.filelist, key=is_link)

runpy.run_module("ministack", run_name="__main__", alter_sys=True)
