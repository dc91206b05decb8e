"""Does what the tutorial shows, on the database of CALX_TEST_URI: each command of a ```console block, in the order of the
steps, has to print what stands below it. Arguments: the folder of the tutorial, the folder with its files and programs."""
import contextlib
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN_DATABASE = "sqlite:///shop.db"
DATABASE = re.compile(r"\b(?:sqlite|postgresql|mysql)\S*://\S*[^\s:]")
SHOWN_ADDRESS = "http://127.0.0.1:8000/"
TIMEOUT_S = 60


def commands(page):
    """(command, its expected output) of every block."""
    for block in BLOCK.findall(page.read_text()):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, output = part.split("\n", 1)
            while command.endswith("\\"):
                more, output = output.split("\n", 1)
                command = command[:-1] + more
            yield command, output


class Shell:
    """Runs commands in a folder that has the programs, with the test's database, and the address of the server that runs."""

    def __init__(self, programs, stack):
        self.folder, self.stack, self.address = stack.enter_context(tempfile.TemporaryDirectory()), stack, None
        for path in programs.resolve().iterdir():
            os.symlink(path, os.path.join(self.folder, path.name))

    def serve(self, command):
        server = subprocess.Popen([*shlex.split(command), "--port", "0"], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.stack.callback(self.stop, server)
        self.address = next(found.group(0) for found in map(re.compile(r"http://127\.0\.0\.1:\d+/").search, server.stdout)
                            if found)

    @staticmethod
    def stop(server):
        server.send_signal(signal.SIGTERM)
        status = server.wait(TIMEOUT_S)
        assert status == 0, "the server ended with status %d" % status

    def run(self, command, expected):
        shown = command
        command = command.replace(SHOWN_DATABASE, shlex.quote(os.environ["CALX_TEST_URI"]))
        if command.startswith("cc "):
            return
        if command.endswith(" &"):
            self.serve(command[:-2])
            return
        if self.address:
            command = command.replace(SHOWN_ADDRESS, self.address)
        done = subprocess.run(command, shell=True, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=TIMEOUT_S, check=False)
        printed = done.stdout if done.stdout.endswith("\n") or not done.stdout else done.stdout + "\n"
        printed = DATABASE.sub(lambda url: url[0] if url[0] in shown else SHOWN_DATABASE, printed)
        assert printed == expected, "%s, status %d, printed:\n%s\ninstead of:\n%s" % (command, done.returncode, printed, expected)


def main(tutorial, programs):
    ran = 0
    with contextlib.ExitStack() as stack:
        shell = Shell(pathlib.Path(programs), stack)
        for page in sorted(pathlib.Path(tutorial).glob("[0-9]*.md")):
            for command, expected in commands(page):
                print("%s: %s" % (page.name, command), flush=True)
                shell.run(command, expected)
                ran += 1
    assert ran, "the tutorial shows no command"


main(*sys.argv[1:])
