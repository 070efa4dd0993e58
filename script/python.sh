# The scripts in this folder source this file. It finds the project, even through a symbolic link, and a Python.

project=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd -P)

# These variables of the shell belong to its own virtual environment or to another project.
unset DJANGO_SETTINGS_MODULE PYTHONHOME PYTHONPATH PYTHONPLATLIBDIR VIRTUAL_ENV

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Prints the first Python that is new enough: the project's own, or one of the machine.
find_python() {
    for python in "$project/.venv/bin/python" python3 python3.13 python3.12 python3.11 \
        python3.14 python3.15 python3.16 python3.17 python3.18 python3.19 python3.20 python; do
        if is_new_enough "$python"; then
            printf '%s' "$python"
            return
        fi
    done
    echo "scoreboard: no Python 3.11 or newer was found. Install it (Debian, Ubuntu: apt install python3 python3-venv)." >&2
    exit 1
}

# run REQUIREMENTS MODULE ARGUMENTS...: replaces this shell by the module, in the project's virtual environment.
run() {
    python=$(find_python)
    PYTHONPATH="$project" exec "$python" -P -m scoreboard_project.launcher.virtualenv "$@"
}
