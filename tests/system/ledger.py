#!/usr/bin/python3
"""ledger.py ROOT LEDGER PATTERN [SOURCE RULE BY]: compare a copy of the ledger with the disk below ROOT, for names that
match PATTERN.

Looks for itself: at the database, and at the unit directories of the system manager. SOURCE, RULE and BY are regular
expressions that every entry must match. Prints what differs, and a line of counts; exit status 1 when something does.
"""
import hashlib
import os
import re
import sqlite3
import stat
import sys

FILE, LINK, DIRECTORY = range(3)
PLACES = ["etc/systemd/system", "usr/lib/systemd/system"]


def on_disk(root, pattern):
    """Path, as the container sees it, to (kind, mode, digest or target)."""
    found = {}
    for place in PLACES:
        for directory, below, files in os.walk(f"{root}/{place}"):
            for name in below + files:
                path = os.path.join(directory, name)
                if not pattern.search(path[len(root):]):
                    continue
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    facts = (LINK, None, os.readlink(path).encode())
                elif stat.S_ISDIR(mode):
                    facts = (DIRECTORY, mode & 0o7777, None)
                else:
                    with open(path, "rb") as file:
                        facts = (FILE, mode & 0o7777, hashlib.sha256(file.read()).digest())
                found[path[len(root):]] = facts
    return found


def in_ledger(copy, pattern):
    """The same from the ledger, and what each entry says of its source, rule and actor."""
    found, origins = {}, {}
    database = sqlite3.connect(copy)
    rows = database.execute("SELECT path, kind, mode, digest, target, source, rule, actor FROM entry").fetchall()
    database.close()
    for path, kind, mode, digest, target, *origin in rows:
        path = os.fsdecode(path)
        if not pattern.search(path):
            continue
        value = target if kind == LINK else digest if kind == FILE else None
        found[path] = (kind, None if kind == LINK else mode, value)
        origins[path] = [os.fsdecode(text) for text in origin]
    return found, origins


def main():
    root, copy, pattern = sys.argv[1], sys.argv[2], re.compile(sys.argv[3])
    wanted = [re.compile(text) for text in sys.argv[4:7]]
    disk = on_disk(root, pattern)
    ledger, origins = in_ledger(copy, pattern)
    wrong = [f"not in the ledger: {path}" for path in disk.keys() - ledger.keys()]
    wrong += [f"not on the disk: {path}" for path in ledger.keys() - disk.keys()]
    wrong += [f"differs: {path}: disk {disk[path]}, ledger {ledger[path]}"
              for path in disk.keys() & ledger.keys() if disk[path] != ledger[path]]
    wrong += [f"origin of {path}: {origin}" for path, origin in origins.items()
              if not all(regex.search(text) for regex, text in zip(wanted, origin))]
    print(*wrong[:10], sep="\n")
    print(f"{len(disk)} on the disk, {len(ledger)} in the ledger, {len(wrong)} wrong")
    return 1 if wrong else 0


sys.exit(main())
