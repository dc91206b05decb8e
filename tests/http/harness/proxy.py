"""A TCP proxy between the server and its database that can pass, refuse, freeze and cut."""
import contextlib
import selectors
import socket
import threading


class Proxy:
    """Listens on a port of its own from the start; `refuse` closes that port, so that connecting fails at once."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.lock = threading.RLock()
        self.pairs = {}
        self.frozen = False
        self.holds = False  # something has come since it is frozen
        self.listener = None
        self.selector = selectors.DefaultSelector()
        self.wake_receiver, self.wake_sender = socket.socketpair()
        self.selector.register(self.wake_receiver, selectors.EVENT_READ)
        self.ended = False
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def open(self):
        with self.lock:
            if self.listener is None:
                self.listener = socket.socket()
                self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self.listener.bind(("127.0.0.1", self.port))
                self.listener.listen(64)
                self.selector.register(self.listener, selectors.EVENT_READ)
        self._wake()

    def refuse(self):
        """No new connections, and the ones there are end."""
        with self.lock:
            if self.listener is not None:
                self.selector.unregister(self.listener)
                self.listener.close()
                self.listener = None
        self.cut()

    def cut(self):
        """Ends every connection; new ones are let through."""
        with self.lock:
            for end in list(self.pairs):
                self._drop(end)
        self._wake()

    @contextlib.contextmanager
    def freeze(self):
        """Connections stay, and new ones are accepted, but nothing passes, as with a stopped process."""
        with self.lock:
            self.frozen, self.holds = True, False
        try:
            yield
        finally:
            with self.lock:
                self.frozen = False
            self._wake()

    def close(self):
        self.refuse()
        self.ended = True
        self._wake()
        self.thread.join()
        for end in (self.wake_receiver, self.wake_sender):
            end.close()
        self.selector.close()

    def _wake(self):
        self.wake_sender.send(b"x")

    def _drop(self, end):
        other = self.pairs.pop(end, None)
        for one in (end, other):
            if one is not None:
                self.pairs.pop(one, None)
                with contextlib.suppress(KeyError, ValueError):
                    self.selector.unregister(one)
                one.close()

    def _accept(self):
        client, _ = self.listener.accept()
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            client.close()
            return
        self.pairs[client], self.pairs[server] = server, client
        for end in (client, server):
            end.settimeout(5)
            self.selector.register(end, selectors.EVENT_READ)

    def _pass(self, end):
        try:
            data = end.recv(65536)
            if data:
                self.pairs[end].sendall(data)
                return
        except OSError:
            pass
        self._drop(end)

    def _run(self):
        while not self.ended:
            ready = self.selector.select(0.2)
            with self.lock:
                for key, _ in ready:
                    if key.fileobj is self.wake_receiver:
                        self.wake_receiver.recv(4096)
                    elif self.frozen:
                        self.holds = True
                    elif key.fileobj is self.listener:
                        self._accept()
                    elif key.fileobj in self.pairs:
                        self._pass(key.fileobj)
            if self.frozen:
                threading.Event().wait(0.02)  # what waits in the sockets keeps select awake
