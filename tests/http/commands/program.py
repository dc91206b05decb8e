"""Runs the program and looks at how it ends."""
import subprocess

from harness.server import TODO, clean_environment

SECRET = "s3cret%40/word"
SECRET_PLAIN = "s3cret@/word"


def run(*arguments, folder, environment=None):
    """Ten seconds is what the program has for saying no."""
    return subprocess.run([TODO, *map(str, arguments)], cwd=folder, env=clean_environment(**(environment or {})),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=10)


def assert_fails(done, *names, status=None):
    """A short refusal that names what is wrong, and no secret."""
    assert done.returncode != 0 and done.returncode < 100, done
    assert status is None or done.returncode == status, done
    lines = done.stderr.splitlines()
    assert 1 <= len(lines) <= 3, done.stderr
    for name in names:
        assert str(name) in done.stderr, done.stderr
    for secret in (SECRET, SECRET_PLAIN):
        assert secret not in done.stderr + done.stdout


def assert_works(done):
    assert done.returncode == 0, done
    assert done.stderr == "", done.stderr
    return done.stdout
