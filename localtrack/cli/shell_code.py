"""What a shell reads at its start, so that it has ``az ml`` and completion. A leaf, because all else is slow."""

from __future__ import annotations

import shlex
import sys

SHELLS = ("bash", "zsh")

_BOTH = """\
# `az ml`, `az login`, `az logout` and `az account set` are localtrack's; all else goes to the Azure CLI.
function _localtrack {
    INTERPRETER -P -m localtrack "$@"
}
\\unalias az 2>/dev/null || :
function az {
    case "${1-}/${2-}" in
        ml/*) shift; _localtrack "$@" ;;
        login/* | logout/* | account/set) _localtrack "$@" ;;
        *) command az "$@" ;;
    esac
}
"""

_BASH = """\
function _localtrack_completion {
    local IFS=$'\\v' taken=1
    if [[ $1 == az ]]; then
        case "${COMP_WORDS[1]}/${COMP_WORDS[2]-}" in
            ml/*) taken=2 ;;
            login/* | logout/* | account/set) ;;
            *) taken=0 ;;
        esac
        if (( COMP_CWORD == 1 || taken == 0 )); then
            COMPREPLY=()
            if [[ -n ${_localtrack_az_before-} ]]; then
                "$_localtrack_az_before" "$@"
            fi
            if (( COMP_CWORD == 1 )); then
                IFS=' '
                COMPREPLY+=($(IFS=$' \\n'; compgen -W 'ml login logout account' -- "$2"))
            fi
            return
        fi
    fi
    COMPREPLY=($(COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT _ARGCOMPLETE=$taken _ARGCOMPLETE_SHELL=bash \\
        _ARGCOMPLETE_COMP_WORDBREAKS=$COMP_WORDBREAKS _ARGCOMPLETE_SUPPRESS_SPACE=1 _ARGCOMPLETE_IFS=$'\\v' \\
        _localtrack 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null))
}
if [[ $(complete -p az 2>/dev/null) =~ ' -F '([^ ]+) && ${BASH_REMATCH[1]} != _localtrack_completion ]]; then
    _localtrack_az_before=${BASH_REMATCH[1]}
fi
complete -o default -o bashdefault -F _localtrack_completion localtrack az
export -f az _localtrack  # for scripts that bash runs
"""

_ZSH = """\
function _localtrack_completion {
    local taken=1 line
    local -a found
    if [[ ${words[1]} == az ]]; then
        case "${words[2]}/${words[3]-}" in
            ml/*) taken=2 ;;
            login/* | logout/* | account/set) ;;
            *) taken=0 ;;
        esac
        if (( CURRENT == 2 || taken == 0 )); then
            if [[ -n ${_localtrack_az_before-} ]]; then
                ${=_localtrack_az_before}
            elif (( CURRENT > 2 )); then
                _files
            fi
            (( CURRENT > 2 )) || compadd ml login logout account
            return
        fi
    fi
    line="${(j: :)words[1,CURRENT-1]} $PREFIX"
    found=(${(ps:\\v:)"$(COMP_LINE=$line COMP_POINT=${#line} _ARGCOMPLETE=$taken _ARGCOMPLETE_SUPPRESS_SPACE=1 \\
        _ARGCOMPLETE_IFS=$'\\v' _localtrack 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null)"})
    if (( ${#found} )); then
        compadd -a found
    else
        _files
    fi
}
if (( ${+functions[compdef]} )); then  # otherwise there is no completion: this comes before compinit
    if [[ ${_comps[az]-_localtrack_completion} != _localtrack_completion ]]; then
        _localtrack_az_before=${_comps[az]}
    fi
    compdef _localtrack_completion localtrack az
fi
"""


def shell_code(shell: str) -> str:
    """Return what a shell has to evaluate.

    Args:
        shell: One of `SHELLS`.
    """
    # -P: the working folder's modules must not be taken for Python's.
    both = _BOTH.replace("INTERPRETER", shlex.quote(sys.executable))
    return both + (_BASH if shell == "bash" else _ZSH)
