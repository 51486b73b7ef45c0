"""What the system tells about processes, and which of them belong to which attempt."""
import os
import sys
import time

LINUX = sys.platform.startswith("linux")
PAGE = 4096
SHORT_LIFE = 2.0  # seconds in which a system cannot give out all of its process numbers


class Process:
    """One line of /proc/<pid>/stat, as far as it matters here."""

    __slots__ = ("pid", "parent", "group", "session", "start_time", "dead")

    def __init__(self, pid, line):
        fields = line.rpartition(b")")[2].split()  # the name before it may hold spaces and parentheses
        self.pid = pid
        self.parent, self.group, self.session = int(fields[1]), int(fields[2]), int(fields[3])
        self.start_time = int(fields[19])
        # The first thread of a process that lives on in other threads looks dead as well.
        self.dead = fields[0] in (b"Z", b"X") and int(fields[17]) <= 1


def read_small(path):
    """The first page of a file that the kernel makes up, in a third of the calls that a file object makes. Raises OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, PAGE)
    finally:
        os.close(file)


def read_process(pid):
    try:
        return Process(pid, read_small("/proc/%d/stat" % pid))
    except (OSError, IndexError, ValueError):
        return None


def read_start_time(pid):
    """What names a process together with its number: clock ticks since boot, or seconds since 1970 without /proc."""
    process = read_process(pid) if LINUX else None
    if process:
        return process.start_time
    import subprocess

    try:
        text = subprocess.check_output(["ps", "-o", "lstart=", "-p", str(pid)], env={"LC_ALL": "C", "PATH": os.defpath})
        return int(time.mktime(time.strptime(text.decode().strip(), "%a %b %d %H:%M:%S %Y")))
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def read_cookie(pid):
    """(scope, attempt) that the environment of a process names, or None."""
    try:
        with open("/proc/%d/environ" % pid, "rb", 0) as file:
            pairs = dict(pair.partition(b"=")[::2] for pair in file.readall().split(b"\0"))
        return pairs[b"TRIBUTARY_LAUNCHER"].decode(), pairs[b"TRIBUTARY_ATTEMPT"].decode()
    except (OSError, KeyError, UnicodeDecodeError):
        return None


def read_youngest():
    """The process number given out last, or -1."""
    try:
        return int(read_small("/proc/loadavg").split()[-1])
    except (OSError, ValueError, IndexError):
        return -1


def read_children():
    """The numbers of this process's children; None where the kernel was built without that list."""
    try:
        with open("/proc/self/task/%d/children" % os.getpid(), "rb", 0) as file:
            return [int(number) for number in file.readall().split()]
    except (OSError, ValueError):
        return None


def list_processes():
    """pid → Process of all that are not dead. Empty without /proc."""
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()] if LINUX else []
    found = {pid: read_process(pid) for pid in numbers}
    return {pid: process for pid, process in found.items() if process and not process.dead}


def send(pid, number):
    """Signals a process, or a group by its negated number; False when there is none."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's: it is there, and that is all that can be said
    return True


def adopt_orphans():
    """Makes orphaned grandchildren children of this process (PR_SET_CHILD_SUBREAPER); False where that is impossible."""
    try:
        import ctypes

        return LINUX and ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0
    except (ImportError, OSError, AttributeError):
        return False


class Kinship:
    """Finds all processes of an attempt, wherever they went.

    With adoption every process that an attempt leaves behind hangs below this process: at the top a child that no
    start asked for. Without it, only the environment tells. Without /proc nothing is found.
    """

    def __init__(self, scope):
        self.scope = scope
        self.adopts = adopt_orphans()
        self.mains = {}  # pid → attempt, from its spawn until its process is reaped
        self.ending = []  # attempts whose process was reaped, until nothing else of them is left
        self.owners = {}  # pid → (attempt id or None, start time) of processes that were once found

    def members(self):
        """attempt id → processes of that attempt."""
        processes = list_processes()
        children = {}
        for process in processes.values():
            children.setdefault(process.parent, []).append(process.pid)
        # What was found once is known for good: its parent or its session may be gone when it is looked for again.
        known = {pid for pid, (_, start_time) in self.owners.items() if self.is_same(processes.get(pid), start_time)}
        self.owners = {pid: self.owners[pid] for pid in known}
        tops = children.get(os.getpid(), []) if self.adopts else list(processes)
        found, grouped = {}, self.grouped()
        for pid in grouped.keys() & processes.keys():
            found.setdefault(grouped[pid], {})[pid] = processes[pid]
        for top in tops:
            owner = grouped.get(top) or self.owner(processes[top])
            for pid in descend(top, children) if owner is not None else ():
                found.setdefault(owner, {})[pid] = processes[pid]
                self.owners[pid] = (owner, processes[pid].start_time)
        return {owner: list(those.values()) for owner, those in found.items()}

    def grouped(self):
        """pid → attempt id of all that are in the control groups of attempts, which nothing leaves by itself."""
        active = list(self.mains.values()) + self.ending
        return {pid: attempt.id for attempt in active if attempt.group for pid in attempt.group.members()}

    def owner(self, process):
        """The attempt of a process: by its environment, by its session, or because no other can have started it."""
        if process.pid in self.mains:
            return self.mains[process.pid].id
        if process.pid in self.owners:
            return self.owners[process.pid][0]
        active = list(self.mains.values()) + self.ending
        scope, ident = read_cookie(process.pid) or (None, None)
        if scope == self.scope:
            return ident if any(attempt.id == ident for attempt in active) else None
        for attempt in active:
            if attempt.pid in (process.group, process.session):
                return attempt.id
        possible = [attempt.id for attempt in active if attempt.start_time <= process.start_time]
        return possible[0] if self.adopts and len(possible) == 1 else None

    def is_same(self, process, start_time):
        return process is not None and process.start_time == start_time

    def disown(self, processes):
        """Takes processes that cannot be ended for nobody's, lest they are held against another attempt."""
        self.owners.update((process.pid, (None, process.start_time)) for process in processes)

    def nothing_left(self, attempt):
        """A cheap proof that an attempt that ended left nothing; False says that `members` has to be asked.

        What it left is among this process's children and has a later number than its own. So where children cannot be
        listed, few numbers need to be looked at after a short attempt.
        """
        if not LINUX:
            return True
        if attempt.group and not attempt.group.is_left():
            return False
        if any(owner == attempt.id for owner, _ in self.owners.values()):
            return False
        children = read_children() if self.adopts else None
        if children is not None:
            return all(self.belongs_elsewhere(pid, attempt) for pid in children)
        youngest = read_youngest()
        if time.monotonic() - attempt.began > SHORT_LIFE or not 0 <= youngest - attempt.pid <= 256:
            return False
        for pid in range(attempt.pid + 1, youngest + 1):
            process = None if self.belongs_elsewhere(pid, attempt) else read_process(pid)
            if process and (process.parent == os.getpid() or (not self.adopts and read_cookie(pid))):
                return False
        return True

    def belongs_elsewhere(self, pid, attempt):
        owner, start_time = self.owners.get(pid, (attempt.id, 0))
        return pid in self.mains or (owner != attempt.id and self.is_same(read_process(pid), start_time))


def descend(pid, children):
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(children.get(found[-1], ()))
    return found
