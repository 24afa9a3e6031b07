"""``localtrack run``: submit scripts, and all that can be asked of runs and done to them.

    submission          submit-script
    run_configuration   what -c names
    listing             list, show
    labels              update, tag, untag
    ending              cancel, wait, delete
    watching            a run's output, until it ends
    trees               what a deletion takes
    logs                monitor-logs, download-logs
    files               files list, files download
    replacing           files that are there already
    metrics             metrics
    search              search
    comparison, code    compare
    export, export_csv, export
    export_json
    reference           which run is meant by -r
    document, table,    a run as the commands return it, and as a table shows it

Each of `_COMMANDS` has the commands that are named behind it here.
"""

from __future__ import annotations

from knack.help_files import helps

from localtrack.cli.command_modules import of_all
from localtrack.cli.run import (
    comparison,
    ending,
    export,
    files,
    labels,
    listing,
    logs,
    metrics,
    search,
    submission,
)

_COMMANDS = (submission, listing, labels, ending, logs, files, metrics, search, comparison, export)

helps["run"] = """
type: group
short-summary: Submit scripts and look at runs
"""

add_commands, add_arguments = of_all(_COMMANDS)
