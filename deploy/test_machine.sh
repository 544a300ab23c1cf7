#!/usr/bin/env bash
# Sees to it that this machine can run every test. As root on Debian it installs what is absent;
# elsewhere it says in one line what is missing. Under CI=true anything missing is a failure.
set -euo pipefail

declare -A package=(
  [chromium]=chromium [postgresql]=postgresql [redis-server]=redis-server [clamd]=clamav-daemon
)

is_there() {
  case $1 in
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    postgresql) command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' ;;
    clamd) command -v clamd || test -x /usr/sbin/clamd ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

missing() {
  local name
  for name in chromium postgresql redis-server clamd; do is_there "$name" || echo "$name"; done
}

absent=$(missing)
if [[ -n $absent && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  names=()
  for name in $absent; do names+=("${package[$name]}"); done
  echo "Installing ${names[*]} for the tests ..."
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -qq --no-install-recommends "${names[@]}"; } \
    </dev/null >/dev/null 2>&1 || echo "apt-get could not install them." >&2
  absent=$(missing)
fi
if [[ -n $absent ]]; then
  echo "This machine has no" $absent"; the tests that need them are skipped. Install them for a full run." >&2
  [[ ${CI:-} != true ]] || exit 1
fi
