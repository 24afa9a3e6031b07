"""What conda knows of its environments, if it is on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess

from localtrack.exceptions import UserErrorException

_SECONDS = 300


def exported(name: str) -> str:
    """Return the text of the conda file of an environment that is there.

    Args:
        name: The name that conda knows.

    Raises:
        UserErrorException: conda isn't there, does not answer, or knows no such environment.
    """
    if not isinstance(name, str) or not name or name.startswith("-"):
        raise UserErrorException(f"{name!r} can't be the name of an environment of conda's.")
    conda = os.environ.get("CONDA_EXE") or shutil.which("conda")
    if conda is None:
        raise UserErrorException(
            f"There is no conda on the PATH that could be asked for {name!r}. Export it where conda is (conda env "
            f"export --name {name}), and use Environment.from_conda_specification() with the file."
        )
    command = [conda, "env", "export", "--no-builds", "--name", name]
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, encoding="utf-8", errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserErrorException(f"{conda} can't be asked for {name!r}: {error}", error) from error
    if answer.returncode:
        said = " ".join(answer.stderr.split()) or "it said nothing"
        raise UserErrorException(f"conda can't export {name!r}: {said}. `conda env list` shows what it knows.")
    return answer.stdout
