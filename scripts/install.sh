# Sourced by every command of package.json, in sh, because nothing else is there yet in a fresh clone.
# Installs the packages when the lock file asks for others than were installed last, and leaves in $node a Node that
# runs the sources. Of the machine's own Node only npx is used.

set -eu
cd "$(dirname "$0")/.."

pnpm=pnpm@12.21.0
stamp=node_modules/.cache/tributary/installed

say() { printf 'tributary: %s\n' "$1" >&2; }
fail() { say "$1"; exit 1; }

need() { command -v "$1" >/dev/null 2>&1 || fail "$1 was not found. $2"; }

# Runs one step so that a signal ends the step too: npm tells only this shell.
step() {
  "$@" &
  child=$!
  trap 'kill "$child" 2>/dev/null || :; exit 143' TERM HUP
  trap 'kill "$child" 2>/dev/null || :; exit 130' INT
  code=0
  wait "$child" || code=$?
  trap - TERM HUP INT
  return "$code"
}

# What decides which packages are installed.
wanted() {
  { cat pnpm-lock.yaml pnpm-workspace.yaml package.json apps/*/package.json proto/package.json e2e/package.json bench/package.json; uname -sm; } |
    git hash-object --stdin
}

# npm puts node_modules/.bin first, where an install that was cut off may have left half a Node.
path_outside() { printf '%s' "$PATH" | tr ':' '\n' | grep -v 'node_modules/\.bin$' | paste -s -d : -; }

# The kernel lets go of the lock when the program ends, however it ends.
locked='import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR, 0o644)
fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
os.execvp(sys.argv[2], sys.argv[2:])'

why_not_installed() {
  if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT' "$1"; then
    echo "The registry of npm packages could not be reached. The first start needs it: check the network, the proxy, or npm config get registry, and try again."
  elif grep -q ENOSPC "$1"; then
    echo "The disk is full. About 1 GB is needed: make room and try again."
  elif grep -qE 'EACCES|EPERM' "$1"; then
    echo "Files could not be written here. Check who owns this folder and node_modules, and try again."
  elif grep -q OUTDATED_LOCKFILE "$1"; then
    echo "package.json and pnpm-lock.yaml disagree. Run npx $pnpm install and commit pnpm-lock.yaml."
  else
    echo "The packages could not be installed: see above. Removing node_modules and trying again often helps."
  fi
}

install_packages() {
  PATH=$(path_outside)
  need node "Install Node 20 or newer, which brings npm and npx."
  need npx "Install npm 10 or newer, which brings it."
  version=$(node --version)
  major=${version#v}
  major=${major%%.*}
  [ "$major" -ge 20 ] || fail "Node $version is too old. Install Node 20 or newer."

  mkdir -p .cache
  rm -f "$stamp"
  log=.cache/install.$$.log
  say "installing packages; the first time this takes half a minute"
  step python3 -c "$locked" .cache/install.lock npx -y "$pnpm" install --frozen-lockfile \
    --config.confirmModulesPurge=false >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    why=$(why_not_installed "$log")
    rm -f "$log"
    fail "$why"
  }
  rm -f "$log"
  mkdir -p "${stamp%/*}"
  echo "$1" >"$stamp"
}

# The pinned Node came with the packages, but for a system that it is not made for.
choose_node() {
  node=$PWD/node_modules/.bin/node
  "$node" --version >/dev/null 2>&1 && return
  node=$(command -v node)
  version=$("$node" --version)
  major=${version#v}
  [ "${major%%.*}" -ge 24 ] ||
    fail "The Node that is pinned here does not run on this system ($(uname -sm)), and Node $version is too old for the sources. Install Node 24 or newer."
}

need git "Install git, for example with: apt-get install git"
need python3 "Install Python 3, for example with: apt-get install python3"

hash=$(wanted)
if [ ! -x node_modules/.bin/node ] || [ "$(cat "$stamp" 2>/dev/null)" != "$hash" ]; then
  outer=$PATH
  install_packages "$hash"
  PATH=$outer
fi
choose_node
