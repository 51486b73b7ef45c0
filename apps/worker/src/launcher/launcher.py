#!/usr/bin/env python3
"""Starts the processes of one worker, and outlives that worker.

Run as: launcher.py '{"socket", "lock", "log", "scope", "idleSeconds", "keepSeconds", "graceSeconds"}' (one JSON object).
It listens on the unix socket, leaves its parent and its terminal behind, prints "ready", and serves the requests
that protocol.ts describes. Python 3.8 or newer, standard library only. There is one thread, which makes it safe to
change the working directory for a spawn.
"""
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback

sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # an isolated interpreter does not look there

from attempt import Attempt, Refused, check_start  # noqa: E402
from cgroups import Groups  # noqa: E402
from clients import Clients, listen  # noqa: E402
from processes import LINUX, Kinship, read_start_time, send  # noqa: E402

VERSION = 1
SIGNALS = {"TERM": signal.SIGTERM, "KILL": signal.SIGKILL, "INT": signal.SIGINT}
UNKILLABLE_SECONDS = 5.0  # what lives that long after KILL (another user's, stuck in the kernel) is counted, not awaited
SWEEP_SECONDS = 0.05
TIDY_SECONDS = 1.0
LOOK_SECONDS = 60.0
LOG_LIMIT = 1 << 20
EXIT_ANOTHER_SERVES = 3


class Launcher:
    def __init__(self, options, listener):
        self.options = options
        self.attempts = {}
        self.kin = Kinship(options["scope"])
        self.groups = Groups(options["scope"], self.note)
        self.leaving = False
        self.idle_since = time.monotonic()
        self.start_time = read_start_time(os.getpid())
        self.selector = selectors.DefaultSelector()
        self.clients = Clients(listener, self.selector, self.obey, self.note)

    # Requests.

    def obey(self, verb, ask):
        if verb == "hello":
            return self.hello()
        if verb == "start":
            return self.start(ask["attempt"])
        if verb == "signal":
            return self.signal(ask["id"], ask["signal"])
        if verb == "forget":
            return self.forget(ask["id"])
        if verb == "shutdown":
            return self.shutdown()
        raise Refused("unknown request: %s" % verb)

    def hello(self):
        attempts = self.attempts.values()
        return {
            "version": VERSION,
            "kind": "python",
            "pid": os.getpid(),
            "startTime": self.start_time,
            "adopts": self.kin.adopts,
            "control": self.groups.describe(),
            "live": [attempt.report() for attempt in attempts if not attempt.gone],
            "ended": [attempt.report() for attempt in attempts if attempt.gone],
        }

    def start(self, ask):
        check_start(ask)
        self.reap()  # what ended meanwhile is told between two spawns of a batch, not after all of them
        attempt = self.attempts.get(ask["id"])
        if attempt is None:
            attempt = self.attempts[ask["id"]] = Attempt(ask["id"])
            attempt.start(ask, self.options["scope"], self.groups)
            if attempt.gone:
                self.drop_group(attempt)
                self.clients.tell_worker({"event": "ended", "ended": attempt.end})
            else:
                self.kin.mains[attempt.pid] = attempt
        return attempt.report()

    def signal(self, ident, name):
        if name not in SIGNALS:
            raise Refused("signal must be one of %s" % ", ".join(SIGNALS))
        attempt = self.attempts.get(ident)
        if attempt is None or attempt.gone:
            return False
        self.strike(attempt, self.kin.members().get(ident, []), SIGNALS[name])
        return True

    def strike(self, attempt, members, number):
        """Signals the group at once, and one by one those that left it."""
        if not LINUX or attempt.pid in self.kin.mains or any(member.group == attempt.pid for member in members):
            send(-attempt.pid, number)
        for member in members:
            if member.group != attempt.pid:
                send(member.pid, number)
        if number == signal.SIGKILL and attempt.group:
            attempt.group.kill()

    def forget(self, ident):
        attempt = self.attempts.get(ident)
        if attempt and not attempt.gone:
            raise Refused("attempt %s has not ended" % ident)
        if attempt:
            del self.attempts[ident]
            attempt.discard()

    def shutdown(self):
        live = self.live()
        if self.attempts:
            raise Refused("%d attempts live, and %d ends are not forgotten" % (live, len(self.attempts) - live))
        self.leaving = True

    # Ends.

    def reap(self):
        while self.kin.mains or self.kin.adopts:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.kin.owners.pop(pid, None)
            attempt = self.kin.mains.pop(pid, None)
            if attempt:
                attempt.ended(status, usage, 1024 if LINUX else 1, self.options["graceSeconds"])
                self.kin.ending.append(attempt)
                # The number of a group cannot be given out again while it has members, and no time has passed.
                if not send(-pid, signal.SIGTERM) and self.kin.nothing_left(attempt):
                    self.finish(attempt)

    def sweep(self):
        """Ends what attempts left behind: TERM once, KILL after the grace time, until nothing is found."""
        if not self.kin.ending:
            return
        members = self.kin.members()
        for attempt in list(self.kin.ending):
            found = members.get(attempt.id, [])
            overdue = time.monotonic() - attempt.kill_at
            if not found and (LINUX or not send(-attempt.pid, 0)):
                self.finish(attempt)
            elif overdue > UNKILLABLE_SECONDS:
                self.kin.disown(found)
                self.finish(attempt, len(found) or 1)
            elif overdue > 0:
                self.strike(attempt, found, signal.SIGKILL)
            else:
                # The group itself was told when the attempt's process ended.
                for member in found:
                    if member.pid not in attempt.told and member.group != attempt.pid:
                        send(member.pid, signal.SIGTERM)
                    attempt.told.add(member.pid)

    def finish(self, attempt, left=0):
        self.kin.ending.remove(attempt)
        attempt.finish(left)
        self.drop_group(attempt)
        self.clients.tell_worker({"event": "ended", "ended": attempt.end})

    def drop_group(self, attempt):
        if attempt.group:
            self.groups.give_up(attempt.group)
            attempt.group = None

    # The loop.

    def live(self):
        return sum(not attempt.gone for attempt in self.attempts.values())

    def needed(self):
        if self.leaving:
            return self.live() > 0
        if self.live() or self.clients.worker:
            self.idle_since = time.monotonic()
            return True
        return time.monotonic() < self.idle_since + self.patience()

    def patience(self):
        """Seconds without a client. Ends wait longer for one, unless the folder of the worker was removed."""
        if self.attempts and os.path.isdir(os.path.dirname(self.options["lock"])):
            return self.options["keepSeconds"]
        return self.options["idleSeconds"]

    def timeout(self):
        patience = self.clients.patience()
        if patience is not None:
            return patience
        if self.kin.ending:
            return SWEEP_SECONDS
        if self.groups.left:
            return TIDY_SECONDS
        if self.live() or self.clients.worker:
            return None
        return min(LOOK_SECONDS, max(0.0, self.idle_since + self.patience() - time.monotonic()))

    def serve(self):
        woken, waker = socket.socketpair()
        woken.setblocking(False)
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "leaving", True))
        self.selector.register(woken, selectors.EVENT_READ, lambda _mask: woken.recv(4096))
        while self.needed():
            for key, mask in self.selector.select(self.timeout()):
                self.guard(key.data, mask)
            self.guard(self.reap)
            self.guard(self.clients.flush_waiting)
            self.guard(self.sweep)
            self.guard(self.groups.go_home)
            if self.groups.left:
                self.guard(self.groups.tidy)

    def guard(self, act, *values):
        """A fault in one act must not end the attempts of all."""
        try:
            act(*values)
        except Exception:
            self.note(traceback.format_exc())

    def note(self, text):
        try:
            with open(self.options["log"], "a", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                if file.tell() < LOG_LIMIT:
                    file.write("%s %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%S%z"), text))
        except OSError:
            pass  # a full disk must not end the attempts


def detach():
    """Goes on in a grandchild without a terminal; says "ready" on the inherited stdout, then lets go of it."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir("/")
    try:
        os.write(1, b"ready\n")
    except OSError:
        pass  # whoever asked has gone; the next one finds the socket
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)  # with an inherited pipe left open, whoever reads it would wait for ever
    os.close(null)


def close_inherited():
    """Descriptors that whoever started this left open would be every attempt's too."""
    for name in os.listdir("/dev/fd"):
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                pass  # the one that listed them


def check_system():
    try:
        os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", ":"], {}, setsid=True), 0)
    except (AttributeError, NotImplementedError, TypeError, OSError) as error:
        sys.exit("this Python cannot start a process in a session of its own: %r" % error)


def main():
    options = json.loads(sys.argv[1])
    path = options["socket"]
    close_inherited()
    check_system()
    lock = os.open(options["lock"], os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until this process ends
        listener = listen(path)
    except (BlockingIOError, FileExistsError):
        sys.exit(EXIT_ANOTHER_SERVES)
    except OSError as error:
        sys.exit("cannot listen on %s: %s" % (path, error.strerror))
    detach()
    os.ftruncate(lock, 0)
    os.write(lock, b"%d\n" % os.getpid())  # for whoever wonders who holds it
    launcher = Launcher(options, listener)
    launcher.guard(launcher.serve)
    launcher.guard(launcher.groups.close)
    if os.path.lexists(path):
        os.unlink(path)


if __name__ == "__main__":
    main()
