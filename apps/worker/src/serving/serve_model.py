"""Serves one model over HTTP on a unix socket, in MLflow's scoring protocol, until SIGTERM.

Loads the model by MLflow where its environment has it, and asks MLflow's own scoring code for answers, so that whatever
the model's version of MLflow understands is understood. A model whose loader needs no MLflow is loaded without; its inputs
are then a pandas DataFrame where pandas is there, and a list of rows as dicts where it is not.

Source: MLflow's scoring server: GET /ping, /health, /version, POST /invocations with dataframe_split, dataframe_records,
instances or inputs, and params; CSV where pandas is there.
"""

import argparse
import importlib
import io
import json
import os
import signal
import socket
import socketserver
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler

LARGEST_BODY = 256 << 20
LARGEST_LINE = 1 << 20


class Refused(Exception):
    """What the caller sent cannot be used; the message says why."""


def load(folder):
    """The model and its way to answer, by MLflow if it can be imported."""
    try:
        import mlflow.pyfunc
        from mlflow.pyfunc import scoring_server
    except ImportError as missing:
        print("The environment has no usable MLflow (%s); the model is loaded without it" % missing, flush=True)
        return Plain(folder)
    return ByMlflow(mlflow.pyfunc.load_model(folder), scoring_server, mlflow.__version__)


class ByMlflow:
    def __init__(self, model, scoring_server, version):
        self.version = version
        self.model = model
        self.scoring = scoring_server
        self.schema = model.metadata.get_input_schema()

    def answer(self, body, content_type):
        from mlflow.exceptions import MlflowException

        data = body.decode("utf-8") if content_type.startswith(("application/json", "text/csv")) else body
        try:
            result = self.scoring.invocations(data, content_type, self.model, self.schema)
        except MlflowException as error:
            status = error.get_http_status_code()
            return status, "application/json", error.serialize_as_json()
        return result.status, result.mimetype, result.response


class Plain:
    """A model of the flavor python_function, without MLflow."""

    version = ""

    def __init__(self, folder):
        flavor = read_flavor(os.path.join(folder, "MLmodel"))
        if flavor.get("code"):
            sys.path.insert(0, os.path.join(folder, flavor["code"]))
        module = flavor.get("loader_module")
        if not module:
            raise SystemExit("MLmodel names no loader_module")
        try:
            loader = importlib.import_module(module)
        except ImportError as missing:
            raise SystemExit("The model cannot be loaded: %s. Add it to the model's requirements." % missing)
        self.model = loader._load_pyfunc(os.path.join(folder, flavor.get("data") or ""))

    def answer(self, body, content_type):
        data, params = read_input(body, content_type)
        predict = self.model.predict
        raw = predict(data) if params is None else predict(data, params=params)
        return 200, "application/json", json.dumps({"predictions": plain(raw)})


def read_flavor(path):
    """The mapping below flavors.python_function; MLmodel is YAML of a simple kind, and there may be no YAML library."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        import yaml

        return yaml.safe_load(text)["flavors"]["python_function"]
    except ImportError:
        pass
    found, within, inside = {}, False, False
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        key, _, value = line.strip().partition(":")
        if indent == 0:
            within, inside = key == "flavors", False
        elif within and indent == 2:
            inside = key == "python_function"
        elif inside and indent == 4 and value.strip() not in ("", "null"):
            found[key] = value.strip().strip("'\"")
    return found


def read_input(body, content_type):
    """Data and params of a request."""
    kind = content_type.split(";")[0].strip()
    if kind == "text/csv":
        try:
            import pandas
        except ImportError:
            raise Refused("CSV needs pandas, which the model's environment does not have: send JSON")
        return pandas.read_csv(io.BytesIO(body)), None
    if kind != "application/json":
        raise Refused("send application/json or text/csv, not %s" % (kind or "nothing"))
    try:
        given = json.loads(body)
    except ValueError as error:
        raise Refused("the body is not JSON: %s" % error)
    if not isinstance(given, dict):
        raise Refused("send an object with dataframe_split, dataframe_records, instances or inputs")
    params = given.pop("params", None)
    given.pop("signature_name", None)
    if len(given) != 1:
        raise Refused("send exactly one of dataframe_split, dataframe_records, instances and inputs")
    ((form, value),) = given.items()
    if form in ("instances", "inputs"):
        return value, params
    if form == "dataframe_records":
        return to_frame(value, None), params
    if form == "dataframe_split":
        if not isinstance(value, dict) or not isinstance(value.get("data"), list):
            raise Refused("dataframe_split must have columns and data")
        return to_frame(value["data"], value.get("columns")), params
    raise Refused("send dataframe_split, dataframe_records, instances or inputs, not %s" % form)


def to_frame(rows, columns):
    if not isinstance(rows, list):
        raise Refused("the rows must be a list")
    try:
        import pandas
    except ImportError:
        if columns is None:
            return rows
        return [dict(zip(columns, row)) for row in rows]
    return pandas.DataFrame(rows, columns=columns)


def plain(value):
    """A value as JSON knows it."""
    for name in ("to_dict", "tolist"):
        if hasattr(value, name):
            return value.to_dict(orient="records") if name == "to_dict" and hasattr(value, "columns") else value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value.item() if hasattr(value, "item") else value


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "model"
    sys_version = ""
    timeout = 600

    def do_GET(self):
        path = self.path.split("?")[0]
        if path in ("/ping", "/health"):
            return self.say(200, "application/json", "\n")
        if path == "/version":
            return self.say(200, "text/plain", self.server.model.version)
        if path == "/invocations":
            return self.fail(405, "BAD_REQUEST", "use POST")
        return self.fail(404, "ENDPOINT_NOT_FOUND", "there are /invocations, /ping, /health and /version")

    def do_POST(self):
        if self.path.split("?")[0] != "/invocations":
            return self.fail(404, "ENDPOINT_NOT_FOUND", "send requests to /invocations")
        try:
            body = self.read_body()
            status, kind, text = self.server.model.answer(body, self.headers.get("content-type", ""))
            return self.say(status, kind, text)
        except Refused as refused:
            return self.fail(400, "BAD_REQUEST", str(refused))
        except (ConnectionError, socket.timeout):
            self.close_connection = True
        except Exception as error:
            traceback.print_exc()
            return self.fail(500, "INTERNAL_ERROR", "%s: %s" % (type(error).__name__, error))

    def read_body(self):
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return b"".join(self.chunks())
        try:
            size = int(self.headers.get("content-length") or 0)
        except ValueError:
            raise Refused("content-length is not a number")
        self.check_size(size)
        return self.rfile.read(size)

    def chunks(self):
        total = 0
        while True:
            size = int(self.rfile.readline(LARGEST_LINE).split(b";")[0].strip() or b"0", 16)
            if size == 0:
                while self.rfile.readline(LARGEST_LINE).strip():
                    pass
                return
            total += size
            self.check_size(total)
            yield self.rfile.read(size)
            self.rfile.readline(LARGEST_LINE)

    def check_size(self, size):
        if size > LARGEST_BODY:
            self.close_connection = True
            raise Refused("the body is larger than %d bytes: send fewer rows at a time" % LARGEST_BODY)

    def fail(self, status, code, message):
        self.say(status, "application/json", json.dumps({"error_code": code, "message": message}))

    def say(self, status, kind, text):
        body = text if isinstance(text, bytes) else text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return ""

    def log_request(self, code="-", size="-"):
        # Looks at its health come all the time.
        if self.path not in ("/health", "/ping"):
            print("%s %s %s" % (self.command, self.path.split("?")[0], int(code)), flush=True)

    def log_message(self, format, *args):
        print(format % args, file=sys.stderr, flush=True)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    # Requests under way end before the process does.
    daemon_threads = False
    block_on_close = True
    request_queue_size = 512

    def __init__(self, path, model):
        self.model = model
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path, Handler)
        os.chmod(path, 0o600)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            traceback.print_exc()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--socket", required=True)
    given = parser.parse_args()
    # What the model brings is imported, not what lies beside this file.
    sys.path = [each for each in sys.path if each != os.path.dirname(os.path.abspath(__file__))]
    os.environ["MLFLOW_IS_IN_SERVING_ENVIRONMENT"] = "true"
    model = load(given.model)
    server = Server(given.socket, model)

    def stop(*_):
        # A new request must not reach a server that no longer answers.
        if os.path.exists(given.socket):
            os.unlink(given.socket)
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    print("The model is ready", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
