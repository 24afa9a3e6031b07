"""The exit codes beside 0 (done) and 1 (an error)."""

WRONG_USAGE = 2

NOT_COMPLETED = 3  # a run that was waited for
INTERRUPTED = 130  # by Ctrl-C: 128 and the number of the signal, as shells have it

EXIT_CODE = "exit_code"  # where in `CLI.data` a command puts the one that goes with its result
