"""One attempt: its pipes, its process and what is told about it."""
import errno
import fcntl
import os
import signal
import stat
import sys
import termios
import time

from processes import read_start_time

# Whatever the worker or this process ignores or blocks must not reach an attempt.
RESET = [number for number in signal.valid_signals() if number not in (signal.SIGKILL, signal.SIGSTOP)]


# (name, PATH) → program, and until when that is believed: many attempts that start in a row look for the same one.
FOUND = {}
FOUND_SECONDS = 1.0
MOST_FOUND = 1000


class Refused(Exception):
    """Answered to the client as the reason why a request was not carried out."""


def check_start(ask):
    """Refuses a start whose fields have the wrong shape. Whether it can be carried out shows later, as an end."""
    argv, env = ask["argv"], ask["env"]
    if not (isinstance(argv, list) and argv and all(isinstance(text, str) for text in argv)):
        raise Refused("argv must be a list of texts that begins with the program")
    if not (isinstance(env, dict) and all(isinstance(text, str) for text in env.values())):
        raise Refused("env must map names to texts")
    if not (isinstance(ask["id"], str) and ask["id"]):
        raise Refused("id must be a text")
    for field in ("cwd", "out", "err"):
        if not (isinstance(ask[field], str) and ask[field].startswith("/")):
            raise Refused("%s must be an absolute path" % field)
    limits = ask.get("limits", {})
    if not (isinstance(limits, dict) and all(isinstance(amount, int) and amount > 0 for amount in limits.values())):
        raise Refused("limits must map names to whole numbers above 0")


class Attempt:
    """Lives until its process and everything which that left behind are gone; then it is kept until `forget`."""

    def __init__(self, ident):
        self.id = ident
        self.pid = 0
        self.start_time = 0
        self.started_at = now_ms()
        self.began = time.monotonic()
        self.end = None  # set when its process ended
        self.gone = False  # set when nothing of it is left; only then its end is told
        self.readers, self.writers, self.made = [], [], []
        self.kill_at = 0.0
        self.told = set()  # numbers of those left behind that were asked to end
        self.group = None  # its control groups, where there are any

    def report(self):
        if self.gone:
            return self.end
        told = {"id": self.id, "pid": self.pid, "startTime": self.start_time, "startedAt": self.started_at}
        return dict(told, groups=self.group.folders()) if self.group else told

    def start(self, ask, scope, groups):
        """Starts the process; a failure becomes the attempt's end."""
        env = dict(ask["env"], TRIBUTARY_ATTEMPT=self.id, TRIBUTARY_LAUNCHER=scope)
        limits = ask.get("limits", {})
        try:
            self.open_pipes((ask["out"], ask["err"]))
            self.group = groups.make(self.id, {"memory": limits.get("memoryBytes"), "pids": limits.get("pids")})
            self.pid = spawn(ask, env, self.group)
            self.start_time = read_start_time(self.pid)
        except OSError as error:
            self.fail(error.strerror)
        except ValueError as error:
            self.fail('cannot start "%s": %s' % (ask["argv"][0], error))

    def fail(self, text):
        self.end = {"id": self.id, "error": text, "endedAt": now_ms()}
        self.finish()

    def open_pipes(self, paths):
        for path in paths:
            try:
                self.open_pipe(path)
            except OSError as error:
                raise OSError(error.errno, "cannot use the pipe %s: %s" % (path, error.strerror))

    def open_pipe(self, path):
        # Held at both ends: the death of a worker neither loses what a pipe holds nor ends the attempt by SIGPIPE.
        try:
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            os.mkfifo(path, 0o600)
            self.made.append(path)
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.readers.append(reader)
        if not stat.S_ISFIFO(os.fstat(reader).st_mode):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self.writers.append(os.open(path, os.O_WRONLY | os.O_NONBLOCK))

    def ended(self, status, usage, rss_unit, grace):
        """Takes the exit status. `report` tells it only after `finish`."""
        outcome = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"code": os.WEXITSTATUS(status)}
        used = {"cpuSeconds": round(usage.ru_utime + usage.ru_stime, 6), "maxRssBytes": usage.ru_maxrss * rss_unit}
        self.end = dict(self.report(), **outcome, endedAt=now_ms(), usage=used)
        self.kill_at = time.monotonic() + grace

    def finish(self, left=0):
        if left:
            self.end["left"] = left
        exceeded = self.group.exceeded() if self.group else {}
        if exceeded:
            self.end["exceeded"] = exceeded
        unread = count_unread(self.readers)
        if unread is not None:
            self.end["unread"] = unread
        self.gone = True
        # From here on whoever reads meets the end of the file after the last byte; `readers` keep unread bytes alive.
        while self.writers:
            os.close(self.writers.pop())

    def discard(self):
        while self.readers:
            os.close(self.readers.pop())
        for path in self.made:
            try:
                os.unlink(path)
            except OSError:
                pass  # removed with its folder


def count_unread(readers):
    """Bytes that wait in pipes; None where the system does not tell."""
    total, count = 0, bytearray(4)
    try:
        for reader in readers:
            fcntl.ioctl(reader, termios.FIONREAD, count)
            total += int.from_bytes(count, sys.byteorder)
    except OSError:
        return None
    return total


def now_ms():
    return int(time.time() * 1000)


def find_program(name, path):
    """The file that runs for a name under the attempt's own PATH (posix_spawnp would search this process's)."""
    if "/" in name:
        return name
    now = time.monotonic()
    known = FOUND.get((name, path))
    if known and now < known[1]:
        return known[0]
    found = search(name, path)
    if os.path.isabs(found):
        if len(FOUND) >= MOST_FOUND:
            FOUND.clear()
        FOUND[name, path] = found, now + FOUND_SECONDS
    return found


def search(name, path):
    denied = False
    for folder in path.split(":"):
        candidate = os.path.join(folder or ".", name)
        if os.path.isfile(candidate):
            if os.access(candidate, os.X_OK):
                return candidate
            denied = True
    if denied:
        raise PermissionError(errno.EACCES, "found in PATH, but it is not executable")
    raise FileNotFoundError(errno.ENOENT, "not found in PATH (%s)" % path)


def spawn(ask, env, group):
    """Starts the program of a request in a session of its own; returns its number. Raises OSError or ValueError."""
    try:
        os.chdir(ask["cwd"].encode())
    except OSError as error:
        raise OSError(error.errno, 'cannot enter the working directory "%s": %s' % (ask["cwd"], error.strerror))
    try:
        program = find_program(ask["argv"][0], env.get("PATH", "/bin:/usr/bin")).encode()
        argv = [text.encode() for text in ask["argv"]]
        options = {
            "file_actions": [
                (os.POSIX_SPAWN_OPEN, 0, b"/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, ask["out"].encode(), os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, ask["err"].encode(), os.O_WRONLY, 0),
            ],
            "setsid": True,
            "setsigmask": [],
            "setsigdef": RESET,
        }
        env = {key.encode(): value.encode() for key, value in env.items()}
        if group:
            return group.spawn(lambda program, argv: spawn_program(program, argv, env, options), program, argv)
        return spawn_program(program, argv, env, options)
    except OSError as error:
        FOUND.clear()  # it may have gone
        raise OSError(error.errno, 'cannot start "%s": %s' % (ask["argv"][0], error.strerror))
    finally:
        os.chdir("/")  # so that no folder is kept busy


def spawn_program(program, argv, env, options):
    try:
        return os.posix_spawn(program, argv, env, **options)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        # A script whose first line names no interpreter goes to the shell, as with execvp.
        return os.posix_spawn(b"/bin/sh", [b"sh", program] + argv[1:], env, **options)
