"""The unix socket: connections, one JSON value a line in both directions. Nothing a client does may raise here."""
import json
import os
import selectors
import socket
import time
import traceback

from attempt import Refused

WAIT_SECONDS = 0.005  # how long what is not urgent waits for something to go with
LIMIT = 16 << 20  # bytes in a line, or waiting for a client that does not read; more ends that connection


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.inbox = bytearray()
        self.outbox = bytearray()


class Clients:
    """Accepts everyone who may open the socket, and serves the one that said hello last."""

    def __init__(self, listener, selector, obey, note):
        self.listener = listener
        self.selector = selector
        self.obey = obey  # (verb, request) → what is answered; may raise Refused
        self.note = note  # writes a fault down
        self.worker = None
        self.waiting = {}  # client → when what waits for it is sent at the latest
        selector.register(listener, selectors.EVENT_READ, self.accept)

    def accept(self, _mask):
        try:
            sock, _ = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            time.sleep(0.1)  # out of descriptors: the listener stays readable, which must not keep the loop busy
            raise
        sock.setblocking(False)
        client = Client(sock)
        self.selector.register(sock, selectors.EVENT_READ, lambda mask: self.serve(client, mask))

    def serve(self, client, mask):
        if mask & selectors.EVENT_WRITE:
            self.flush(client)
        if not mask & selectors.EVENT_READ or client.sock.fileno() < 0:
            return
        try:
            received = client.sock.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        client.inbox += received
        *lines, client.inbox = client.inbox.split(b"\n")
        for line in lines:
            self.answer(client, line)
        if not received or len(client.inbox) > LIMIT:
            self.drop(client)

    def answer(self, client, line):
        number = None
        try:
            ask = json.loads(line)
            number = ask["n"]
            verb = ask["do"]
            if verb == "hello":
                self.take_over(client)
            elif client is not self.worker:
                raise Refused("say hello first: only the connection that said it last is served")
            # That it was started is told with its end, if that comes as soon; that it is forgotten, nobody waits for.
            self.tell(client, {"n": number, "ok": self.obey(verb, ask)}, at_once=verb not in ("start", "forget"))
        except Refused as error:
            self.tell(client, {"n": number, "refused": str(error)})
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self.tell(client, {"n": number, "refused": "not a request that is understood here: %r" % error})
        except Exception as error:  # the lines after this one are still to be answered
            self.note(traceback.format_exc())
            self.tell(client, {"n": number, "refused": "the launcher failed: %r" % error})

    def take_over(self, client):
        before, self.worker = self.worker, client
        if before and before is not client:
            self.tell(before, {"event": "replaced"})
            self.drop(before)

    def tell_worker(self, message):
        if self.worker:
            self.tell(self.worker, message)

    def tell(self, client, message, at_once=True):
        client.outbox += json.dumps(message).encode() + b"\n"
        if at_once:
            self.flush(client)
        elif client not in self.waiting:
            self.waiting[client] = time.monotonic() + WAIT_SECONDS

    def patience(self):
        """Seconds until `flush_waiting` has something to do; None for nothing."""
        if not self.waiting:
            return None
        return max(0.0, min(self.waiting.values()) - time.monotonic())

    def flush_waiting(self):
        """Sends what has waited long enough."""
        now = time.monotonic()
        for client in [client for client, due in self.waiting.items() if due <= now]:
            self.flush(client)

    def flush(self, client):
        """Sends what the client takes now. One that went away shows when it is read."""
        self.waiting.pop(client, None)
        if client.sock.fileno() < 0:
            return
        try:
            del client.outbox[: client.sock.send(client.outbox)]
        except BlockingIOError:
            pass
        except OSError:
            client.outbox.clear()
        if len(client.outbox) > LIMIT:
            self.drop(client)
            return
        key = self.selector.get_key(client.sock)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.outbox else 0)
        if key.events != events:
            self.selector.modify(client.sock, events, key.data)

    def drop(self, client):
        if client is self.worker:
            self.worker = None
        self.waiting.pop(client, None)
        if client.sock.fileno() >= 0:
            self.selector.unregister(client.sock)
            client.sock.close()


def listen(path):
    """Listens where nobody does. Raises OSError, or FileExistsError when a launcher answers there."""
    if len(os.fsencode(path)) > 107:
        raise OSError(0, "the path is longer than 107 bytes: choose a shorter folder")
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(path) == 0:
            raise FileExistsError(0, "another launcher listens there")
    if os.path.lexists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.setblocking(False)
    mask = os.umask(0o177)
    listener.bind(path)
    os.umask(mask)
    listener.listen(64)
    return listener
