#!/usr/bin/env bash
# Docker on a Debian machine: see --help.
set -euo pipefail
cd "$(dirname "$0")"
. ./debian-packages.sh

readonly ENGINE_VERSION=25   # the first with start_interval in health checks
readonly COMPOSE_VERSION=2.24 # the first that passes start_interval on and resets lists with !reset
readonly BASE_IMAGE=debian:trixie-slim
readonly LOG=/var/log/dockerd.log PIDFILE=/run/docker.pid

usage() {
    cat << END
usage: docker/install-debian.sh

Makes a Debian machine ready for docker/compose.yaml. Steps that were done before are left out; the others need root:
  1. installs the engine ($ENGINE_VERSION or later), its command line and Compose from Debian, from trixie where the machine's own suite is older
  2. starts the engine: by systemd, or itself where nothing manages services (log: $LOG, process id: $PIDFILE)
  3. gets the base image $BASE_IMAGE: pulled, or made with debootstrap where no image registry answers
END
}

say() { printf 'docker: %s\n' "$*"; }
die() { printf 'docker: %s\n' "$*" >&2; exit 1; }

as_root() { [ "$(id -u)" = 0 ] || die "must be root to $*"; }

engine_version() { timeout 10 docker version --format '{{.Server.Version}}' 2> /dev/null; }
compose_version() { docker compose version --short 2> /dev/null; }
recent() { [ -n "$1" ] && dpkg --compare-versions "${1#v}" ge "$2"; }

# install_recent VERSION PACKAGE...: the first package decides which suite they come from.
install_recent() {
    local version=$1
    shift
    if has_package "$1" "$version"; then
        say "installing $*"
        install "$@"
    else
        say "installing $* from trixie"
        add_trixie
        install "${@/%//trixie}"
    fi
}

install_engine() {
    local packages=()
    # On a machine that has an engine, it may just not run.
    if ! recent "$(engine_version)" $ENGINE_VERSION && ! recent "$(dockerd --version 2> /dev/null | grep -oE '[0-9][0-9.]+' | head -1)" $ENGINE_VERSION; then
        packages+=(docker.io)
    fi
    command -v docker > /dev/null || packages+=(docker-cli)
    if [ ${#packages[@]} -gt 0 ]; then
        as_root install "${packages[@]}"
        apt-get update -qq
        install_recent $ENGINE_VERSION "${packages[@]}"
        install iptables
    fi
    if ! recent "$(compose_version)" $COMPOSE_VERSION; then
        as_root install docker-compose
        apt-get update -qq
        install_recent $COMPOSE_VERSION docker-compose
    fi
    say "command line $(docker version --format '{{.Client.Version}}' 2> /dev/null || true), Compose $(compose_version)"
}

start_engine() {
    local running
    running=$(engine_version || true)
    if [ -n "$running" ]; then
        recent "$running" $ENGINE_VERSION || die "engine $running runs, and $ENGINE_VERSION is wanted: stop it and run this again"
        say "engine $running runs"
        return
    fi
    [ -z "${DOCKER_HOST:-}" ] || die "no engine answers at DOCKER_HOST=$DOCKER_HOST"
    as_root start the engine
    if [ -d /run/systemd/system ]; then
        systemctl start docker || die "systemctl start docker failed: see journalctl -u docker"
    elif ! { [ -s $PIDFILE ] && kill -0 "$(cat $PIDFILE)" 2> /dev/null; }; then
        setsid dockerd --pidfile $PIDFILE > $LOG 2>&1 < /dev/null &
    fi
    local deadline=$((SECONDS + 60))
    until [ -n "$(engine_version)" ]; do
        if [ $SECONDS -ge $deadline ]; then
            [ -d /run/systemd/system ] || tail -n 20 $LOG >&2
            die "the engine does not answer after 60 s"
        fi
        if [ -n "${!:-}" ] && ! kill -0 $! 2> /dev/null; then
            tail -n 20 $LOG >&2
            die "the engine ended: see $LOG"
        fi
        sleep 0.5
    done
    say "started engine $(engine_version)"
}

has_base_image() { docker image inspect $BASE_IMAGE > /dev/null 2>&1; }

# What a registry would give: Debian's minimal system without documentation.
make_base_image() {
    local mirror security
    as_root make a base image
    command -v debootstrap > /dev/null || { apt-get update -qq && install debootstrap; }
    mirror=$(debian_mirror Debian)
    [ -n "$mirror" ] || die "no mirror of Debian among apt's sources: see /etc/apt/sources.list.d"
    security=$(debian_mirror Debian-Security)
    root=$(mktemp -d /var/tmp/machbed-base.XXXXXX)
    trap 'rm -rf --one-file-system "$root"' EXIT
    debootstrap --variant=minbase trixie "$root/system" "$mirror" > "$root/log" 2>&1 ||
        { tail -n 20 "$root/log" >&2; die "debootstrap failed"; }
    rm -rf "$root"/system/var/cache/apt/archives/*.deb "$root"/system/var/lib/apt/lists/* "$root"/system/var/log/* \
        "$root"/system/usr/share/{man,info,locale}/*
    find "$root/system/usr/share/doc" ! -type d ! -name copyright -delete
    {
        printf 'path-exclude /usr/share/%s/*\n' doc man info locale
        printf 'path-include /usr/share/doc/*/copyright\n'
    } > "$root/system/etc/dpkg/dpkg.cfg.d/slim"
    printf 'deb %s trixie main\n' "$mirror" > "$root/system/etc/apt/sources.list"
    [ -z "$security" ] || printf 'deb %s trixie-security main\n' "$security" >> "$root/system/etc/apt/sources.list"
    tar -C "$root/system" --numeric-owner -c . |
        docker import --change 'CMD ["bash"]' --message 'debootstrap --variant=minbase trixie' - $BASE_IMAGE > /dev/null
}

base_image() {
    if has_base_image; then
        say "base image $BASE_IMAGE is here"
    elif timeout 60 docker pull -q $BASE_IMAGE > /dev/null 2>&1; then
        say "pulled $BASE_IMAGE"
    else
        say "no image registry answers: making $BASE_IMAGE with debootstrap"
        make_base_image
        say "made $BASE_IMAGE"
    fi
}

case "${1:-}" in
    '') ;;
    -h | --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
esac
[ -f /etc/debian_version ] || die "this is not Debian: install the engine ($ENGINE_VERSION or later) and Compose ($COMPOSE_VERSION or later) as its maker says"
install_engine
start_engine
base_image
