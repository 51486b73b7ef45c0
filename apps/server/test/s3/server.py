"""An S3 server that checks signatures: one bucket, and a user who may use it and one who may not.

Prints one line of JSON, and ends when its standard input does.
"""

import json
import sys

from moto import settings
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"

iam = iam_backends[ACCOUNT]["aws"]


def add_user(name, actions):
    iam.create_user("us-east-1", name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(name, "use", policy)
    key = iam.create_access_key(name)
    return {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}


s3_backends[ACCOUNT]["aws"].create_bucket("tributary", "us-east-1")
users = {"may": add_user("may", "s3:*"), "mayNot": add_user("may-not", "s3:GetObject")}
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
host, port = server.get_host_and_port()
print(json.dumps({"endpoint": f"http://{host}:{port}", "bucket": "tributary", **users}), flush=True)
sys.stdin.read()
server.stop()
