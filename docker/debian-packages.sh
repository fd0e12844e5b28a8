# Packages of Debian, from the machine's own suite or, where that has none recent enough, from trixie. Sourced by scripts that run as root.

# install PACKAGE...: without what is merely recommended; shows apt's words only when it fails.
install() {
    local log
    log=$(mktemp)
    if ! DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$@" > "$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# has_package PACKAGE VERSION: apt would install VERSION or later without being told a suite.
has_package() {
    local candidate
    candidate=$(apt-cache policy "$1" | sed -n 's/^  Candidate: //p')
    [ -n "$candidate" ] && [ "$candidate" != '(none)' ] && dpkg --compare-versions "$candidate" ge "$2"
}

# debian_mirror LABEL: where the machine gets the archive of that label (Debian, Debian-Security) from.
debian_mirror() {
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Identifier: Packages' | awk -v label="$1" '$1 == label { print $2; exit }'
}

# Lets apt take packages of trixie when they are asked for as PACKAGE/trixie or with -t trixie, at a priority that changes nothing else.
add_trixie() {
    local suite mirror sources=''
    if apt-get indextargets --format '$(CODENAME)' | grep -qx trixie; then
        return
    fi
    for suite in Debian:trixie Debian-Security:trixie-security; do
        mirror=$(debian_mirror "${suite%%:*}")
        [ -z "$mirror" ] || sources+="Types: deb
URIs: $mirror
Suites: ${suite##*:}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

"
    done
    [ -n "$sources" ] || { echo "no mirror of Debian among apt's sources: see /etc/apt/sources.list.d" >&2; return 1; }
    printf 'Package: *\nPin: release n=trixie*\nPin-Priority: 50\n' > /etc/apt/preferences.d/machbed-trixie
    printf '%s' "$sources" > /etc/apt/sources.list.d/machbed-trixie.sources
    apt-get update -qq
}
