# Cleans up after a run whose launcher is gone, however it went. Its standard input is a pipe from the launcher: a line means
# that the launcher has cleaned up itself; an end of file without a line means that it died.
# $1: the run's directory; $1/processes has a line "pid start-time" for each process of the run.
trap '' INT TERM HUP
read -r word && exit 0

started() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
living() {
    while read -r pid start; do
        [ -n "$start" ] && [ "$(started "$pid")" = "$start" ] && echo "$pid"
    done < "$1/processes" 2>/dev/null
}

# Processes of the run stop by themselves, within 2 s, because their standard input has closed.
tries=0
while [ $tries -lt 25 ] && [ -n "$(living "$1")" ]; do
    sleep 0.1
    tries=$((tries + 1))
done
for pid in $(living "$1"); do kill -KILL "$pid" 2>/dev/null; done
rm -rf -- "$1"
