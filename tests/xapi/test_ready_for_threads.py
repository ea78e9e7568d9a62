"""The first statements of a process may come in several threads at once."""

import subprocess
import sys

from lms.settings import ROOT

AT_ONCE = """
import sys, threading
sys.setswitchinterval(1e-5)
from lms.xapi.statements import shape
tree = {
    "actor": {"mbox": "mailto:ani@sukabumi.example"},
    "verb": {"id": "https://mooc.example/verbs/done"},
    "object": {"id": "https://mooc.example/modul/1"},
    "context": {"contextActivities": {"parent": [{"id": "https://mooc.example/kursus"}]}},
    "result": {"score": {"raw": 1}},
}
gate = threading.Barrier(16)
def work():
    gate.wait()
    for _ in range(20):
        shape(tree, "statement")
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
"""


def test_no_thread_ends_the_process() -> None:
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr
