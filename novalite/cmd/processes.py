"""What the processes of a cloud on this machine take of it, as the kernel tells."""

import os
import pathlib


def of_cloud(state_dir, running):
    """Their process ids: of the all-in-one, or of the daemons that stack.sh started."""
    if running:
        return [running.pid]
    pids = [int(file.read_text()) for file in (state_dir / 'run').glob('novalite-*.pid')]
    return [pid for pid in pids if _proc(pid).exists()]


def cpu_seconds(pids):
    """User and system time that they have used so far."""
    ticks = 0
    for pid in pids:
        # The name of a program may have spaces, so count from behind its parenthesis.
        fields = (_proc(pid) / 'stat').read_text().rpartition(')')[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf('SC_CLK_TCK')


def resident_mb(pids):
    """Memory of all of them; None for none."""
    lines = [line for pid in pids for line in (_proc(pid) / 'status').read_text().splitlines()]
    sizes = [int(line.split()[1]) for line in lines if line.startswith('VmRSS:')]
    return sum(sizes) // 1024 if sizes else None


def _proc(pid):
    return pathlib.Path('/proc', str(pid))
