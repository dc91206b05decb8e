"""A client that speaks HTTP/2 over TLS, politely or not."""
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.events
import h2.settings

JSON = [("content-type", "application/json")]


class Ended(Exception):
    """The server has closed the connection."""


class Connection:
    def __init__(self, port, timeout=20, window=None):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        assert self.socket.selected_alpn_protocol() == "h2"
        configuration = h2.config.H2Configuration(client_side=True, validate_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config=configuration)
        if window is not None:
            self.h2.local_settings = h2.settings.Settings(
                client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.h2.initiate_connection()
        self.answers = {}
        self.ended, self.reset = set(), set()
        self.widens = window is None
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        try:
            self.socket.sendall(self.h2.data_to_send())
        except OSError as error:
            raise Ended() from error

    def begin(self, method, path, body=None, headers=(), end=True):
        """Sends a request, whose stream it returns; flush sends it."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":path", path), (":scheme", "https"), (":authority", "localhost")] + list(headers)
        self.h2.send_headers(stream, head, end_stream=body is None and end)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=end)
        return stream

    def reset_stream(self, stream):
        self.h2.reset_stream(stream)

    def raw(self, data):
        """Bytes that the library would not send."""
        self.flush()
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Ended() from error

    def forget(self, stream):
        """Ends a stream on this side only, so that the library opens as many as it is asked for."""
        self.flush()
        self.h2.reset_stream(stream)
        self.h2.data_to_send()

    def read(self):
        """What the server has sent, at least something."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError as error:
            raise Ended() from error
        if not data:
            raise Ended()
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.answers[event.stream_id] = [int(dict(event.headers)[b":status"]), b""]
            elif isinstance(event, h2.events.DataReceived):
                self.answers[event.stream_id][1] += event.data
                if self.widens and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.reset.add(event.stream_id)
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise Ended()
        self.flush()

    def answer(self, stream):
        self.flush()
        while stream not in self.ended:
            assert stream not in self.reset, "the server has reset the stream"
            self.read()
        return tuple(self.answers[stream])

    def request(self, method, path, body=None, headers=()):
        return self.answer(self.begin(method, path, body, headers))

    def wait_ended(self, seconds=20):
        """Reads until the server has closed the connection."""
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                self.read()
        except Ended:
            return
        raise AssertionError("the connection is still there")
