#!/usr/bin/python3
"""race.py TRIES RACERS: plant units just when systemd looks, again and again.

Each try plants a fresh timer and service by rename, hard link or symlink, around the moment
at which an administrator's `systemctl start` makes the manager look for them, while another
administrator reloads the manager time and again. A try has loaded when the planted command ran
or the manager says that it knows either unit. Prints one line of counts, then what loaded.
"""
import collections
import os
import random
import subprocess
import sys
import threading
import time

UNITS, STAGE, MARKER = "/etc/systemd/system", "/srv/stage", "/srv/marker"
SERVICE = "[Service]\nType=oneshot\nExecStart=/usr/bin/touch {marker}\n"
TIMER = "[Timer]\nOnActiveSec=1ms\nAccuracySec=1ms\n"
AS_ADMIN = ["sh", "-c", 'echo 1000 >/proc/self/loginuid; exec "$@"', "sh"]

METHODS = {"rename": os.rename, "link": os.link, "symlink": os.symlink}
ORDERS = ["before", "during", "flap"]


def systemctl(*words):
    return subprocess.Popen(AS_ADMIN + ["systemctl", *words], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


class Race:
    """One try: its two units, and how they come into the directory."""

    def __init__(self, number):
        self.name = f"race-{number}"
        self.method = list(METHODS)[number % len(METHODS)]
        self.order = random.choices(ORDERS, weights=[2, 3, 1])[0]
        self.units = [f"{self.name}.service", f"{self.name}.timer"]

    def stage(self):
        text = SERVICE.format(marker=f"{MARKER}/{self.name}")
        for unit, content in zip(self.units, (text, TIMER)):
            with open(f"{STAGE}/{unit}", "w") as file:
                file.write(content)

    def plant(self):
        for unit in self.units:
            try:
                METHODS[self.method](f"{STAGE}/{unit}", f"{UNITS}/{unit}")
            except (FileExistsError, FileNotFoundError):
                pass

    def withdraw(self):
        for unit in self.units:
            try:
                os.unlink(f"{UNITS}/{unit}")
            except FileNotFoundError:
                pass

    def flap(self, starting):
        while starting.poll() is None:
            self.plant()
            time.sleep(random.uniform(0, 0.005))
            self.withdraw()
            self.stage()
        self.plant()

    def run(self):
        self.stage()
        if self.order == "before":
            self.plant()
        starting = systemctl("start", *self.units)
        if self.order == "during":
            time.sleep(random.uniform(0, 0.02))
            self.plant()
        elif self.order == "flap":
            self.flap(starting)
        starting.communicate()
        loaded = self.loaded()
        self.withdraw()
        return loaded

    def loaded(self):
        shown, _ = systemctl("show", "--property=LoadState", "--value", *self.units).communicate()
        return "loaded" in shown.split() or os.path.exists(f"{MARKER}/{self.name}")


def reload_until(done, reloads):
    while not done.is_set():
        if systemctl("daemon-reload").wait() == 0:
            reloads.append(1)
        time.sleep(random.uniform(0, 0.1))


def main():
    tries, racers = int(sys.argv[1]), int(sys.argv[2])
    numbers, reloads, lost, done = iter(range(tries)), [], [], threading.Event()
    lock = threading.Lock()

    def next_number():
        with lock:
            return next(numbers, None)

    def racer():
        while (number := next_number()) is not None:
            race = Race(number)
            if race.run():
                lost.append(race)

    reloader = threading.Thread(target=reload_until, args=(done, reloads))
    racing = [threading.Thread(target=racer) for _ in range(racers)]
    for thread in [reloader, *racing]:
        thread.start()
    for thread in racing:
        thread.join()
    done.set()
    reloader.join()

    # A timer may still have fired after its try was over.
    time.sleep(1)
    ran = {name for name in os.listdir(MARKER) if name.startswith("race-")}
    loads = ran | {race.name for race in lost}
    print(f"tries={tries} loads={len(loads)} ran={len(ran)} reloads={len(reloads)}")
    for (method, order), count in collections.Counter((r.method, r.order) for r in lost).items():
        print(f"loaded by {method}, {order} the start: {count}")


main()
