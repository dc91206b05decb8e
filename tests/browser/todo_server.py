"""The Todo application as a process: started on a free port with a database of its own."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 20


def free_port():
    """Below the ports that the kernel gives away: nobody takes it while the server is down."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as probe:
            port = random.randrange(10000, 20000)
            probe.bind(('127.0.0.1', port))
            return port


class TodoServer:
    """Keeps its port and its database over stop() and start()."""

    def __init__(self, executable, folder, settings=()):
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}/'
        self.log_path = os.path.join(folder, 'todo.log')
        config_path = os.path.join(folder, 'todo.conf')
        database = os.path.join(os.path.abspath(folder), 'todos.db')
        with open(config_path, 'w', encoding='utf-8') as config:
            config.write(f"SQLALCHEMY_DATABASE_URI = 'sqlite:///{database}'\n")
        self.command = [executable, 'serve', '--config', config_path,
                        '--host', '127.0.0.1', '--port', str(self.port)]
        for setting in settings:
            self.command += ['--set', setting]
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f'the server has not started:\n{self.log()}')
            time.sleep(0.02)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as log:
            return log.read()

    def _answers(self):
        try:
            with urllib.request.urlopen(self.url, timeout=5) as response:
                return response.status == 200
        except urllib.error.HTTPError:
            return False
        except OSError:
            return False

    def call(self, method, path, body=None):
        """The status and the decoded JSON of an answer, whatever the status."""
        data = None if body is None else json.dumps(body).encode()
        headers = {'Content-Type': 'application/json'}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def add(self, title, completed=False, order=None):
        status, todo = self.call('POST', 'todos/',
                                 {'title': title, 'order': order, 'completed': completed})
        assert status == 200, todo
        return todo

    def todos(self):
        status, todos = self.call('GET', 'todos/')
        assert status == 200, todos
        return todos
