"""command_compare.py READER ROUNDS [ROOT]: the real systemctl, systemd-run and loginctl beside what is understood of their
arguments.

Sockets of our own stand where managers and buses listen, and tell which method was called, for which units, at which of
them; links that appear in scratch directories tell what was written without a manager. Nothing is done: every call is
refused, but those that more calls follow. What the command did must be what its arguments were taken for: at that scope,
one of the verbs, for these units. What is only read must call nothing that changes something.

It runs in a mount namespace of its own, with an empty /run, /etc/systemd, /root and /srv; with ROOT, these and the commands
are those of that directory, which is left as it is. Nothing here is a verb that ends the machine.
"""
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import threading

READER, ROUNDS = "/mnt/reader", int(sys.argv[2])
ROOT = "/mnt/root" if len(sys.argv) > 3 else ""
SOCKETS = {
    "/run/systemd/private": "system",
    "/run/dbus/system_bus_socket": "system",
    "/run/user/0/systemd/private": "user",
    "/run/user/0/bus": "user",
}
DIRECTORIES = {
    "/etc/systemd/system": "offline",
    "/etc/systemd/user": "global",
    "/root/.config/systemd/user": "offline",
    "/srv/image/etc/systemd/system": "offline",
    "/srv/image/etc/systemd/user": "offline",
}
VERBS = {
    "StartUnit": "start", "StopUnit": "stop", "ReloadUnit": "reload", "RestartUnit": "restart",
    "TryRestartUnit": "try-restart", "ReloadOrRestartUnit": "reload-or-restart",
    "ReloadOrTryRestartUnit": "try-reload-or-restart", "KillUnit": "kill", "ResetFailedUnit": "reset-failed",
    "ResetFailed": "reset-failed", "FreezeUnit": "freeze", "ThawUnit": "thaw", "CleanUnit": "clean",
    "SetUnitProperties": "set-property", "Reload": "daemon-reload", "SetEnvironment": "set-environment",
    "UnsetEnvironment": "unset-environment", "EnableUnitFiles": "enable", "ReenableUnitFiles": "reenable",
    "DisableUnitFiles": "disable", "DisableUnitFilesWithFlagsAndInstallInfo": "disable", "MaskUnitFiles": "mask",
    "UnmaskUnitFiles": "unmask", "LinkUnitFiles": "link", "PresetUnitFiles": "preset", "RevertUnitFiles": "revert",
    "PresetAllUnitFiles": "preset-all", "SetDefaultTarget": "set-default", "AddDependencyUnitFiles": "add-wants",
    "BindMountUnit": "bind", "CancelJob": "cancel", "ClearJobs": "cancel", "SetUserLinger": "enable-linger",
    "TerminateUser": "terminate-user",
}
# Which are asked on the way, or follow from another one.
FOLLOWS = {"Reload"}
CHANGES = {b: struct.pack("<II", 1, 0) for b in ("EnableUnitFiles", "ReenableUnitFiles", "PresetUnitFiles",
                                                 "DisableUnitFilesWithFlagsAndInstallInfo")}
CHANGES.update({b: struct.pack("<II", 0, 0) for b in ("MaskUnitFiles", "UnmaskUnitFiles", "LinkUnitFiles",
                                                      "DisableUnitFiles", "RevertUnitFiles")})
calls = []


class Body:
    """Just enough of D-Bus's marshalling to find the names in a call."""

    def __init__(self, data, offset=0):
        self.data, self.at = data, offset

    def align(self, n):
        self.at += -self.at % n

    def number(self, letter, size):
        self.align(size)
        value, = struct.unpack_from("<" + letter, self.data, self.at)
        self.at += size
        return value

    def text(self, long):
        size = self.number("I", 4) if long else self.number("B", 1)
        value = self.data[self.at:self.at + size].decode(errors="surrogateescape")
        self.at += size + 1
        return value

    def value(self, signature):
        kind = signature[0]
        if kind in "so":
            return self.text(True), signature[1:]
        if kind == "g":
            return self.text(False), signature[1:]
        if kind in "ybnqiuxtdh":
            letter, size = {"y": "B1", "b": "I4", "n": "h2", "q": "H2", "i": "i4", "u": "I4", "h": "I4", "x": "q8",
                            "t": "Q8", "d": "d8"}[kind]
            return self.number(letter, int(size)), signature[1:]
        if kind == "v":
            return self.value(self.text(False))[0], signature[1:]
        if kind in "({":
            self.align(8)
            values, signature = [], signature[1:]
            while signature[0] not in ")}":
                value, signature = self.value(signature)
                values.append(value)
            return values, signature[1:]
        assert kind == "a", signature
        size = self.number("I", 4)
        if signature[1] in "({xtd":
            self.align(8)
        end, values, rest = self.at + size, [], None
        while self.at < end:
            value, rest = self.value(signature[1:])
            values.append(value)
        if rest is None:
            rest = skip(signature[1:])
        return values, rest


def skip(signature):
    """What follows the first type."""
    if signature[0] == "a":
        return skip(signature[1:])
    if signature[0] in "({":
        depth = 0
        for i, c in enumerate(signature):
            depth += (c in "({") - (c in ")}")
            if depth == 0:
                return signature[i + 1:]
    return signature[1:]


def receive(stream, size):
    data = b""
    while len(data) < size:
        more = stream.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def authenticate(stream):
    data = b""
    while not data.endswith(b"BEGIN\r\n"):
        more = stream.recv(1)
        if not more:
            raise EOFError
        data += more
        if data.endswith(b"\r\n"):
            line = data.rsplit(b"\r\n", 2)[-2].lstrip(b"\0")
            if line == b"AUTH EXTERNAL":
                stream.sendall(b"DATA\r\n")
            elif line.startswith((b"DATA", b"AUTH EXTERNAL ")):
                stream.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
            elif line == b"NEGOTIATE_UNIX_FD":
                stream.sendall(b"AGREE_UNIX_FD\r\n")


def string(text):
    return struct.pack("<I", len(text)) + text.encode() + b"\0"


def reply(stream, serial, member):
    error = None
    if member == "Hello":
        signature, body = "s", string(":1.1")
    elif member in CHANGES:
        signature, body = "ba(sss)" if CHANGES[member][0] else "a(sss)", CHANGES[member]
    elif member in ("Reload", "AddMatch", "RemoveMatch", "Subscribe", "Unsubscribe"):
        signature, body = "", b""
    else:
        error, signature, body = "org.freedesktop.DBus.Error.Failed", "s", string("recorded")
    fields = b"\5\1u\0" + struct.pack("<I", serial)
    if error:
        fields += b"\4\1s\0" + string(error)
        fields += b"\0" * (-len(fields) % 8)
    if signature:
        fields += b"\x08\1g\0" + bytes([len(signature)]) + signature.encode() + b"\0"
    header = struct.pack("<BBBBIII", ord("l"), 3 if error else 2, 1, 1, len(body), serial + 1000, len(fields))
    stream.sendall(header + fields + b"\0" * (-len(fields) % 8) + body)


def serve(stream, scope):
    try:
        authenticate(stream)
        while True:
            start = receive(stream, 16)
            body_size, serial, fields_size = struct.unpack("<4xIII", start)
            fields = start + receive(stream, fields_size + -fields_size % 8)
            body = receive(stream, body_size)
            values = dict((f[0], f[1]) for f in Body(fields, 12).value("a(yv)")[0])
            arguments, signature, reader = [], values.get(8, ""), Body(body)
            while signature:
                value, signature = reader.value(signature)
                arguments.append(value)
            if start[1] == 1:
                calls.append((scope, values.get(3), arguments))
                if not start[2] & 1:
                    reply(stream, serial, values.get(3))
    except (EOFError, OSError):
        stream.close()


def listen(path, scope):
    path = ROOT + path
    os.makedirs(os.path.dirname(path), exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0], scope), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


UNIT = "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=default.target\n"


def lay_out():
    for directory in DIRECTORIES:
        directory = ROOT + directory
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        for name in ("x.service", "y.service", "z.timer"):
            with open(directory + "/" + name, "w") as file:
                file.write(UNIT.replace("Service", "Timer").replace("ExecStart=/bin/true", "OnBootSec=1h")
                           if name == "z.timer" else UNIT)


def links():
    found = set()
    for directory in DIRECTORIES:
        for where, _, names in os.walk(ROOT + directory):
            for name in names:
                path = os.path.join(where, name)
                if os.path.islink(path):
                    found.add((directory, path[len(ROOT + directory) + 1:], os.readlink(path)))
    return found


def written(before, after):
    """What links say was done without a manager."""
    for directory, path, target in after - before:
        name = os.path.basename(path)
        yield (DIRECTORIES[directory],
               {"mask"} if target == "/dev/null" else {"set-default"} if path == "default.target" else
               {"enable", "reenable", "add-wants", "preset", "preset-all"} if "/" in path else
               {"link", "enable", "preset", "preset-all"}, [] if path == "default.target" else [name])
    for directory, path, _ in before - after:
        yield DIRECTORIES[directory], {"disable", "reenable", "preset", "preset-all", "unmask"}, []


def called():
    """What calls say was asked for: scope, verbs that would be it, units."""
    for scope, member, arguments in calls:
        if member == "StartTransientUnit":
            names = [arguments[0]] + [extra[0] for extra in arguments[3]]
            yield scope, {names[0].rsplit(".", 1)[1]}, [n for n in names if not n.startswith("run-")]
        elif member == "Set":
            yield scope, {"log-level", "log-target", "service-watchdogs"}, []
        elif member in VERBS:
            verbs, units = {VERBS[member]}, []
            if member == "StartUnit" and len(arguments) > 1 and arguments[1] == "isolate":
                verbs = {"isolate"}
            if member == "SetUserLinger" and not arguments[1]:
                verbs = {"disable-linger"}
            if member == "AddDependencyUnitFiles":
                units = arguments[0] + [arguments[1]]
                verbs = {"add-wants", "add-requires"}
            elif member.endswith("UnitFiles") or member.startswith("DisableUnitFiles"):
                units = [os.path.basename(u) for u in arguments[0]] if isinstance(arguments[0], list) else []
            elif member.endswith(("Unit", "UnitProperties", "Target")):
                units = [arguments[0]]
            yield scope, verbs, units


def understand(preset, words, environment):
    out = subprocess.run([READER, preset] + words, env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
    facts = [line.split(" ") for line in out.splitlines()]
    return {
        "unclear": [" ".join(f[1:]) for f in facts if f[0] == "unclear"],
        "scope": [f[1] for f in facts if f[0] == "scope"][0],
        "verbs": {f[1]: f[2] for f in facts if f[0] == "verb"},
        "units": {f[1] for f in facts if f[0] == "unit"},
        "unknown": any(f[0] == "units-unknown" for f in facts),
    }


def differs(said, did):
    """Why this cannot be what was understood, or None."""
    scope, verbs, units = did
    if said["unclear"]:
        return None
    if scope != said["scope"]:
        return "it was done at scope %s" % scope
    if not any(said["verbs"].get(verb, "read") != "read" for verb in verbs):
        return "it did %s" % "/".join(sorted(verbs))
    for unit in units:
        if unit not in said["units"] and not said["unknown"]:
            return "it was done for %s" % unit
    return None


def spelled(chance, name, argument=None):
    """An option, written in one of the ways there are."""
    if len(name) == 1:
        return ["-" + name] if argument is None else chance.choice([["-" + name, argument], ["-" + name + argument]])
    word = "--" + name[:chance.randint(2, len(name))] if chance.random() < 0.4 else "--" + name
    if argument is None:
        return [word]
    return chance.choice([[word, argument], [word + "=" + argument]])


SYSTEMCTL_OPTIONS = [
    ("user",), ("user",), ("user",), ("system",), ("global",), ("global",), ("now",), ("now",), ("runtime",),
    ("root", "/srv/image"), ("root", "/srv/image"), ("root", ""), ("root", "--user"), ("no-block",), ("quiet",), ("q",),
    ("f",), ("force",), ("type", "service"), ("t", "service"), ("p", "--user"), ("property", "--global"), ("all",),
    ("a",), ("help",), ("version",), ("H", "box"), ("host", "box"), ("M", "box"), ("job-mode", "fail"), ("no-reload",),
    ("lines", "5"), ("n5",), ("alq",), ("aqH", "box"), ("no-wall",), ("failed",), ("kill-whom", "main"), ("state", "x"),
    ("Z",), ("frobnicate",), (".x",), ("value",), ("show-types",), ("preset-mode", "full"), ("message", "start"),
]
SYSTEMCTL_WORDS = [
    ["start", "x"], ["start", "x", "y"], ["stop", "x.service"], ["restart", "/home"], ["reload", "/dev/sda"],
    ["try-restart", "x"], ["condrestart", "x"], ["force-reload", "x"], ["condreload", "x"], ["condstop", "x"],
    ["reload-or-restart", "x"], ["kill", "x"], ["reset-failed", "x"], ["freeze", "x"], ["thaw", "x"], ["clean", "x"],
    ["isolate", "multi-user"], ["set-property", "x", "MemoryMax=1G"], ["daemon-reload"], ["set-environment", "A=b"],
    ["unset-environment", "A"], ["cancel"], ["clear-jobs"], ["log-level", "info"], ["log-level"],
    ["enable", "x"], ["enable", "z.timer"], ["enable", "x", "y"], ["disable", "x"], ["reenable", "x"], ["mask", "w"],
    ["unmask", "x"], ["link", "/srv/linked.service"], ["enable", "/srv/linked.service"], ["preset", "x"],
    ["preset-all"], ["set-default", "multi-user"], ["add-wants", "default", "x"], ["revert", "x"],
    ["status", "x"], ["show", "x"], ["list-units"], [], ["is-active", "x"], ["is-enabled", "x"], ["cat", "x"],
    ["list-timers"], ["get-default"], ["frobnicate", "x"], [""], ["start", ""], ["start", "a b~c/d"], ["start", "//a/./b/"],
    ["start", "/a/../b"], ["start", "x@y.z"], ["start", "/.a"], ["stop", "-"], ["start", "x*"],
]
RUN_OPTIONS = [
    ("user",), ("user",), ("system",), ("scope",), ("unit", "u1"), ("u", "u2.service"), ("unit", "u3.timer"),
    ("on-active", "5"), ("on-calendar", "daily"), ("on-boot", "5"), ("timer-property", "AccuracySec=1"),
    ("path-property", "PathExists=/x"), ("socket-property", "ListenStream=1"), ("quiet",), ("collect",), ("G",),
    ("r",), ("remain-after-exit",), ("property", "MemoryMax=1G"), ("p", "MemoryMax=1G"), ("E", "A=--user"),
    ("description", "--user"), ("no-block",), ("help",), ("uid", "0"), ("H", "box"), ("Z",), ("same-dir",),
]
RUN_WORDS = [["true"], ["true", "--user"], ["true", "--on-active=5"], ["true", "--help"], ["sh", "-c", "true"], []]
LOGINCTL_OPTIONS = [("no-pager",), ("property", "enable-linger"), ("p", "x"), ("H", "box"), ("help",), ("all",), ("l",)]
LOGINCTL_WORDS = [["enable-linger"], ["disable-linger", "root"], ["list-sessions"], [], ["terminate-user", "root"]]
COMMANDS = [
    ("systemctl", SYSTEMCTL_OPTIONS, SYSTEMCTL_WORDS, 8), ("systemd-run", RUN_OPTIONS, RUN_WORDS, 3),
    ("loginctl", LOGINCTL_OPTIONS, LOGINCTL_WORDS, 1),
]
VARIABLES = [
    {}, {}, {}, {}, {}, {"POSIXLY_CORRECT": "1"}, {"SYSTEMCTL_INSTALL_CLIENT_SIDE": "1"},
    {"SYSTEMCTL_INSTALL_CLIENT_SIDE": "no"}, {"SYSTEMD_OFFLINE": "1"},
]


def invent(chance):
    preset, options, words, _ = chance.choices(COMMANDS, [c[3] for c in COMMANDS])[0]
    pieces = [[word] for word in chance.choice(words)]
    for option in chance.choices(options, k=chance.choice([0, 1, 1, 2, 2, 3])):
        # Those of systemd-run's come first, or they are its program's.
        at = 0 if preset == "systemd-run" and chance.random() < 0.8 else chance.randint(0, len(pieces))
        pieces.insert(at, spelled(chance, *option))
    if chance.random() < 0.15:
        pieces.insert(chance.randint(0, len(pieces)), ["--"])
    return preset, sum(pieces, []), chance.choice(VARIABLES)


def compare(preset, words, variables):
    lay_out()
    calls.clear()
    environment = {"PATH": "/srv/programs:" + os.environ["PATH"], "HOME": "/root", "XDG_RUNTIME_DIR": "/run/user/0",
                   "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/0/bus", "SYSTEMD_PAGER": "", "SYSTEMCTL_SKIP_SYSV": "1",
                   "SYSTEMD_IGNORE_CHROOT": "1", **variables}
    said = understand(preset, [preset] + words, environment)
    before = links()
    command = (["chroot", ROOT] if ROOT else []) + [preset] + words
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=30)
    did = list(called())
    if any(not verbs & {"daemon-reload"} for _, verbs, _ in did):
        did = [d for d in did if d[1] != {"daemon-reload"}]
    did += list(written(before, links()))
    return said, did


def mount(*arguments):
    subprocess.run(("mount",) + arguments, check=True)


def isolate():
    """All mounts go with the namespace."""
    if "COMMAND_COMPARE" not in os.environ:
        os.environ["COMMAND_COMPARE"] = "isolated"
        os.execvp("unshare", ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable]
                  + sys.argv)
    mount("-t", "tmpfs", "tmpfs", "/mnt")
    shutil.copy(sys.argv[1], READER)
    if ROOT:
        for name in ("root", "upper", "work"):
            os.mkdir("/mnt/" + name)
        mount("-t", "overlay", "overlay", "-o", "lowerdir=%s,upperdir=/mnt/upper,workdir=/mnt/work" % sys.argv[3], ROOT)
        mount("-t", "proc", "proc", ROOT + "/proc")
    for directory in ("/run", "/root", "/srv", "/etc/systemd"):
        mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", ROOT + directory)
    os.chdir("/mnt")


def main():
    isolate()
    version = subprocess.run((["chroot", ROOT] if ROOT else []) + ["systemctl", "--version"], stdout=subprocess.PIPE)
    chance = random.Random(int(os.environ.get("SEED", "1")))
    for path, scope in SOCKETS.items():
        listen(path, scope)
    os.makedirs(ROOT + "/run/systemd/system", exist_ok=True)
    os.makedirs(ROOT + "/srv/programs")
    with open(ROOT + "/srv/programs/ssh", "w") as file:
        file.write("#!/bin/sh\nexit 1\n")
    os.chmod(ROOT + "/srv/programs/ssh", 0o755)
    with open(ROOT + "/srv/linked.service", "w") as file:
        file.write(UNIT)
    same = unclear = silent = wrong = 0
    for _ in range(ROUNDS):
        preset, words, variables = invent(chance)
        said, did = compare(preset, words, variables)
        reasons = [reason for reason in (differs(said, d) for d in did) if reason]
        if reasons:
            wrong += 1
            print("differs: %s %s %s: %s\n    %r\n    %r" % (variables, preset, words, reasons[0], said, did))
        elif said["unclear"]:
            unclear += 1
            if did and os.environ.get("VERBOSE"):
                print("careful: %s %s %s: %s\n    %r" % (variables, preset, words, said["unclear"], did))
        elif did:
            same += 1
        else:
            silent += 1
    print("%s: of %d lines %d did what was understood, %d were unclear, %d changed nothing, %d differ"
          % (" ".join(version.stdout.decode().split()[:2]), ROUNDS, same, unclear, silent, wrong))
    sys.exit(1 if wrong or same < ROUNDS // 5 else 0)


main()
