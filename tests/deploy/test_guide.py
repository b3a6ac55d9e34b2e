"""What is printed to be copied can be copied."""

import io
import subprocess
from pathlib import Path

from rich.console import Console

from deploy.guide import print_guide


def test_the_command_to_try_survives_a_narrow_terminal() -> None:
    terminal = Console(file=io.StringIO(), width=40)
    print_guide(terminal, "http://127.0.0.1:8080", Path("var/credentials.json"))
    assert isinstance(terminal.file, io.StringIO)
    lines = terminal.file.getvalue().splitlines()
    begin = next(number for number, line in enumerate(lines) if "TOKEN=$(" in line)
    command = lines[begin : begin + 5]
    assert all(line.endswith("\\") for line in command[:3])
    assert command[4].endswith("http://127.0.0.1:8080/v1/personas")
    subprocess.run(["bash", "-n"], input="\n".join(command), text=True, check=True)
