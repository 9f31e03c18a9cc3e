"""Several threads that look up in the same boundaries, as engine and web do: in a process of its own, for it may die."""

import subprocess
import sys

import pytest

RACE = """
import sys, threading
import numpy as np, shapely
from routing.place import Area, Boundaries, View, locate, locate_one
from routing.vocabulary import AreaKind

ROUNDS, THREADS = 60, 4
draw = np.random.default_rng(1)
around = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)

def island(number):
    reach = 1_000 + 50 * draw.random(len(around))
    x, y = 500_000 + 2_500 * number + reach * np.cos(around), 200_000 + reach * np.sin(around)
    return Area(f"E0400{number:04}", f"Island {number}", AreaKind.PARISH, "E07000001"), shapely.Polygon(np.c_[x, y]).wkb

areas = [island(number) for number in range(12)]
points = np.c_[498_000 + 32_000 * draw.random(60), 198_500 + 3_000 * draw.random(60)]
view = View("E07000001", frozenset({"E07000001"}), 25.0)
expected = [place.state for place in locate(points, Boundaries("v", areas), view)]
wrong = []

def look_up(boundaries, start, how):
    start.wait()
    found = locate(points, boundaries, view) if how else [locate_one(x, y, boundaries, view) for x, y in points]
    if [place.state for place in found] != expected:
        wrong.append(how)

for _ in range(ROUNDS):
    boundaries, start = Boundaries("v", areas), threading.Barrier(THREADS)
    threads = [threading.Thread(target=look_up, args=(boundaries, start, n % 2)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
sys.exit(len(wrong))
"""


@pytest.mark.thorough
def test_look_ups_at_once_neither_kill_the_process_nor_differ():
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
