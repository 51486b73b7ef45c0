"""Control groups of Linux, versions 1 and 2 and both at once: what holds an attempt to its limits, and finds all of it."""
import fcntl
import os
import re
import signal

CONTROLLERS = ("memory", "pids")
SPARES = 32  # groups that wait for their next attempt, of each limit
PREFIX = "tributary-"
# Joins before it becomes the program, so that nothing the program does comes before its limits.
JOIN = b'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"'


def read(path):
    """The text of a file that the kernel makes up, in half of the calls that a file object makes; empty when there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return b"".join(iter(lambda: os.read(file, 1 << 16), b"")).decode()
    except OSError:
        return ""
    finally:
        os.close(file)


def write(path, text):
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def read_count(path, name):
    """The number behind a name in a file of lines `name number`; 0 when it is not there."""
    found = re.search(r"^%s (\d+)$" % name, read(path), re.MULTILINE)
    return int(found.group(1)) if found else 0


def find_homes(own, mounts):
    """controller → (version, folder of this process's group), from the texts of /proc/self/cgroup and mountinfo."""
    homes = {}
    for line in own.splitlines():
        number, names, path = line.split(":", 2)
        version = 2 if number == "0" and not names else 1
        home = find_folder(version, names.split(","), path, mounts)
        if home is None:
            continue
        usable = read(os.path.join(home, "cgroup.controllers")).split() if version == 2 else names.split(",")
        homes.update((name, (version, home)) for name in CONTROLLERS if name in usable)
    return homes


def find_folder(version, names, path, mounts):
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = [plain(field) for field in before.split(" ")[3:5]]
        kind, _, options = after.split(" ")[:3]
        if kind != ("cgroup2" if version == 2 else "cgroup"):
            continue
        if version == 1 and not set(names) & set(options.split(",")):
            continue
        if path == root or path.startswith(root.rstrip("/") + "/"):
            return os.path.normpath(point + "/" + path[len(root.rstrip("/")) :])
    return None


def plain(field):
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), field)


def list_members(folder):
    """The processes of a group and of all below it, but for this one, which is there for a moment when it starts one."""
    paths = [folder] if is_leaf(folder) else [path for path, _, _ in os.walk(folder)]
    return [pid for path in paths for pid in list_own(path)]


def list_own(folder):
    """The same of the group alone."""
    return [pid for pid in map(int, read(folder + "/cgroup.procs").split()) if pid != os.getpid()]


def is_bare(folder):
    """Whether there is neither a process in it nor a group below it."""
    return is_leaf(folder) and not list_own(folder)


def is_leaf(folder):
    try:
        return os.stat(folder).st_nlink == 2
    except OSError:
        return False


def remove(folder):
    """Removes a group and all below it; False while something lives there."""
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except FileNotFoundError:
            pass
        except OSError:
            return False
    return True


class Tree:
    """The groups of one launcher in one hierarchy: a folder below this process's own, with one for each attempt."""

    def __init__(self, version, home, controllers, name):
        self.version, self.home, self.controllers = version, home, controllers
        self.away = False  # this process is in the group of an attempt
        if version == 2:
            self.home = self.enable(home, controllers)
        self.folder = os.path.join(home, name)
        os.makedirs(self.folder, exist_ok=True)
        self.lock = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(self.lock, fcntl.LOCK_SH)  # tells other launchers that this one lives
        if version == 2:
            write(os.path.join(self.folder, "cgroup.subtree_control"), " ".join("+" + name for name in controllers))
        self.probe()

    def enable(self, home, controllers):
        """Hands controllers down to groups below; returns the group in which this process is afterwards."""
        control = os.path.join(home, "cgroup.subtree_control")
        if set(controllers) <= set(read(control).split()):
            return home
        if not is_ours(home):
            raise OSError(0, "its control group is not delegated to it (with systemd: Delegate=yes)")
        wanted = " ".join("+" + name for name in controllers)
        try:
            write(control, wanted)
            return home
        except OSError:
            pass  # version 2 wants no processes where groups below have controllers
        main = os.path.join(home, PREFIX + "main")
        os.makedirs(main, exist_ok=True)
        for pid in read(os.path.join(home, "cgroup.procs")).split():
            write(os.path.join(main, "cgroup.procs"), pid)
        write(control, wanted)
        return main

    def go_home(self):
        self.away = False
        try:
            write(os.path.join(self.home, "cgroup.procs"), "0")
        except OSError:
            pass  # it only keeps that group from being removed

    def probe(self):
        """Files may look writable and not be."""
        folder = os.path.join(self.folder, "probe")
        os.makedirs(folder, exist_ok=True)
        try:
            for controller in self.controllers:
                self.limit(folder, controller, 1 << 30 if controller == "memory" else 1000)
        finally:
            os.rmdir(folder)

    def limit(self, folder, controller, amount):
        if controller == "pids":
            write(os.path.join(folder, "pids.max"), str(amount))
            return
        names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes") if self.version == 1 else ("memory.max",)
        write(os.path.join(folder, names[0]), str(amount))
        # Without these the limit would move what is over it to the swap space, or end one process of many.
        further = [(name, amount) for name in names[1:]] or [("memory.swap.max", 0), ("memory.oom.group", 1)]
        for name, value in further:
            try:
                write(os.path.join(folder, name), str(value))
            except OSError:
                pass  # no swap accounting in this kernel


def is_ours(home):
    """Whether it is the top of what this process sees, or the service manager gave it away."""
    if read("/proc/self/cgroup").rstrip("\n").endswith("0::/"):
        return True
    for name in ("user.delegate", "trusted.delegate"):
        try:
            return os.getxattr(home, name) == b"1"
        except OSError:
            pass
    return False


class Group:
    """The groups of one attempt, one in each tree that has a limit for it.

    Those without a limit of memory serve one attempt after another: to make and to remove them takes half as long as a
    short process.
    """

    def __init__(self, ident, places, limits):
        self.spent = "memory" in limits  # it cannot serve another attempt
        name = ident if re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", ident) else ident.encode().hex()
        self.limits = limits
        self.bare = False  # nothing is in it, and nothing can come any more
        self.places = []  # (tree, folder)
        for tree in places:
            folder = os.path.join(tree.folder, name)
            os.mkdir(folder)
            self.places.append((tree, folder))
            for controller in tree.controllers:
                if limits.get(controller):
                    tree.limit(folder, controller, limits[controller])

    def folders(self):
        return [folder for _, folder in self.places]

    def spawn(self, spawn, program, argv):
        """Calls `spawn` with a program and arguments so that they are in the groups from their first moment on."""
        entries = [os.path.join(folder, "cgroup.procs") for folder in self.folders()]
        if self.limits.get("memory"):
            entries = [entry.encode() for entry in entries]
            return spawn(b"/bin/sh", [b"sh", b"-c", JOIN, b"sh", *entries, b"--", *argv])
        # Much cheaper than a shell. With a limit of memory, this process might be ended instead of the program.
        try:
            for entry in entries:
                write(entry, "0")
            return spawn(program, argv)
        finally:
            # It goes home later: that takes its time, which nobody waits for then, and the next start makes it needless.
            for tree, _ in self.places:
                tree.away = True

    def is_left(self):
        """Whether nothing lives in them, once the attempt's process has ended."""
        self.bare = all(is_bare(folder) for folder in self.folders())
        return self.bare or not self.members()

    def members(self):
        return {pid for folder in self.folders() for pid in list_members(folder)}

    def kill(self):
        self.spent = True
        for tree, folder in self.places:
            if tree.away:
                tree.go_home()
            try:
                if tree.version == 2:
                    write(os.path.join(folder, "cgroup.kill"), "1")
                elif "pids" in tree.controllers:
                    write(os.path.join(folder, "pids.max"), "0")  # nothing multiplies while it is killed
            except OSError:
                pass  # an old kernel: one by one then
        for pid in self.members():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass  # gone by now

    def exceeded(self):
        """What the kernel did because of a limit: `memory` with limit and peak in bytes, `pids` with the limit."""
        found = {}
        for tree, folder in self.places:
            if tree.version == 1:
                kills, peak = "memory.oom_control", "memory.max_usage_in_bytes"
            else:
                kills, peak = "memory.events", "memory.peak"
            if self.limits.get("memory") and read_count(os.path.join(folder, kills), "oom_kill"):
                most = read(os.path.join(folder, peak)).strip()
                limit = self.limits["memory"]
                found["memory"] = {"limit": limit, "peak": int(most) if most else limit}
            if self.limits.get("pids") and read_count(os.path.join(folder, "pids.events"), "max"):
                found["pids"] = {"limit": self.limits["pids"]}
        self.spent = self.spent or bool(found)
        return found

    def is_as_new(self):
        return not self.spent and (self.bare or all(is_bare(folder) for folder in self.folders()))

    def remove(self):
        self.places = [(tree, folder) for tree, folder in self.places if not remove(folder)]
        return not self.places


class Groups:
    """Which limits this system can keep, and the groups that keep them."""

    def __init__(self, scope, note):
        self.note = note  # writes a fault down
        self.trees = {}  # controller → tree
        self.why = {}  # controller → why there is no limit
        self.left = []  # folders that could not be removed yet
        self.spare = {}  # limit of processes → groups that serve nobody
        own, mounts = read("/proc/self/cgroup"), read("/proc/self/mountinfo")
        homes = find_homes(own, mounts)
        for controller in CONTROLLERS:
            if controller not in homes:
                self.why[controller] = "the kernel offers no control group for it here"
        for version, home in sorted(set(homes.values())):
            self.open(version, home, [name for name in CONTROLLERS if homes.get(name) == (version, home)], scope)

    def open(self, version, home, controllers, scope):
        name = PREFIX + re.sub(r"[^A-Za-z0-9-]", "", scope)
        try:
            clear_dead(home)
            try:
                tree = Tree(version, home, controllers, name)
            except FileNotFoundError:  # another launcher that started took it for a dead one's
                tree = Tree(version, home, controllers, name)
            self.trees.update((name, tree) for name in controllers)
            # Of a launcher of the same folder that died; what lives there is swept by the worker.
            before = [os.path.join(tree.folder, name) for name in next(os.walk(tree.folder))[1]]
            self.left.extend(folder for folder in before if not remove(folder))
        except OSError as error:
            for name in controllers:
                self.why[name] = "%s: %s" % (error.filename, error.strerror) if error.filename else error.strerror

    def describe(self):
        kinds = {name: "v%d" % tree.version for name, tree in self.trees.items()}
        trees = sorted({tree.folder for tree in self.trees.values()})
        return dict({name: None for name in CONTROLLERS}, **kinds, why=self.why, folders=trees)

    def make(self, ident, limits):
        """The group of an attempt; None when nothing can be limited."""
        kept = {name: amount for name, amount in limits.items() if amount and name in self.trees}
        if list(kept) == ["pids"]:
            spare = self.spare.get(kept["pids"])
            if spare:
                group = spare.pop()
                group.bare = False
                return group
        else:
            self.go_home()  # what is started must not be in another's groups, not even for a moment
        places = sorted({self.trees[name] for name in kept}, key=lambda tree: tree.folder)
        try:
            return Group(ident, places, kept) if places else None
        except OSError as error:
            self.note("attempt %s runs without limits: %s" % (ident, error))
            return None

    def go_home(self):
        """Takes this process out of the groups of attempts."""
        for tree in self.trees.values():
            if tree.away:
                tree.go_home()

    def give_up(self, group):
        spare = self.spare.setdefault(group.limits.get("pids"), [])
        if len(spare) < SPARES and group.is_as_new():
            spare.append(group)
        elif not group.remove():
            self.left.extend(group.folders())

    def tidy(self):
        self.left = [folder for folder in self.left if not remove(folder)]

    def close(self):
        self.go_home()
        self.tidy()
        for tree in set(self.trees.values()):
            remove(tree.folder)


def clear_dead(home):
    """Removes the groups of launchers that were killed."""
    for name in next(os.walk(home))[1]:
        if not name.startswith(PREFIX) or name == PREFIX + "main":
            continue
        folder = os.path.join(home, name)
        try:
            handle = os.open(folder, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder)
        except OSError:
            pass  # one that lives
        finally:
            os.close(handle)
