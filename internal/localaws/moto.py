"""Loads moto once, and serves a copy of it, which holds nothing yet, to each connection.

Python takes seconds to load moto, and a moment to fork. A copy listens on a port of its own, which it writes to its
connection, and ends when the other side closes that.
"""

import base64
import contextlib
import copy
import functools
import gc
import io
import json
import os
import select
import signal
import socket
import socketserver
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

import xmltodict
from botocore.session import Session
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import backends
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID, responses, utils
from moto.core.responses import ActionResult, EmptyResult
from moto.core.serialize import XFormedAttributePicker
from moto.core.utils import get_service_model, unix_time_millis
from moto.elbv2 import responses as elbv2_responses
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend
from moto.elbv2.responses import ELBV2Response
from moto.iam.models import IAMBackend
from moto.moto_api._internal import mock_random as random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.exceptions import S3ClientError
from moto.sqs.models import Queue, SQSBackend
from moto.utilities.utils import PARTITION_NAMES

HOST = "127.0.0.1"

# What every stack calls. Other services are loaded by the copy that is asked for them.
SERVICES = [
    "acm",
    "applicationautoscaling",
    "cloudwatch",
    "ec2",
    "ecs",
    "elb",
    "events",
    "iam",
    "logs",
    "route53",
    "s3",
    "servicediscovery",
    "sns",
    "sqs",
    "sts",
    "wafv2",
]


# The services whose models have another name.
MODELS = {"applicationautoscaling": "application-autoscaling", "elb": "elbv2"}

# The services that are called by URLs, not by the names of operations.
REST_SERVICES = ["route53", "s3"]


def share_managed_policies():
    """Loads the policies that AWS manages once. moto loads all of them again for each partition of each account."""
    load = IAMBackend._init_aws_policies
    loaded = []

    def policies(backend):
        if not loaded:
            loaded.extend(load(backend))
        own = [copy.copy(policy) for policy in loaded]
        for policy in own:
            policy.account_id, policy.partition = backend.account_id, backend.partition
        return own

    IAMBackend._init_aws_policies = policies


def answer_faster():
    """Keeps what moto works out again for each request: the list of its services, which of them has a host, their
    methods, their names in AWS's models, where the values of an answer are, which names XML may have, and an RSA key,
    which all certificates share."""
    services = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: services
    dispatcher = DomainDispatcherApplication
    dispatcher.get_backend_for_host = functools.cache(dispatcher.get_backend_for_host)
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    # The URLs of a REST API's operations are the same in all regions.
    urls = responses._get_method_urls
    responses._get_method_urls = lambda service, region: urls(service, "us-east-1")
    names = {name.replace("-", ""): name for name in Session().get_available_services()}
    utils.service_name_from_moto_package_name = lambda package: names.get(package, package)
    # The names under which a value may be found depend on its place in AWS's model and on the class of the object that
    # holds it.
    possible_keys, found = XFormedAttributePicker.get_possible_keys, {}

    def remembered_keys(picker, context):
        place = (type(context.obj), context.shape, context.key)
        if place not in found:
            found[place] = list(dict.fromkeys(possible_keys(picker, context)))
        return found[place]

    XFormedAttributePicker.get_possible_keys = remembered_keys
    xmltodict._validate_name = functools.cache(xmltodict._validate_name)
    keys = functools.cache(rsa.generate_private_key)
    keys(65537, 2048)  # which all copies share
    rsa.generate_private_key = lambda public_exponent, key_size, backend=None: keys(public_exponent, key_size)


def complete_queues():
    """Has moto keep a queue's policy when other attributes change, write JSON without spaces as AWS does, and answer how
    old a queue's oldest message is, in milliseconds: CloudWatch knows that, and the API of SQS does not."""
    change, answer = Queue._set_attributes, SQSBackend.get_queue_attributes
    age = "AgeOfOldestMessage"

    def keep_policy(queue, attributes, now=None):
        policy = getattr(queue, "policy", None)
        change(queue, attributes, now)
        if "Policy" not in attributes:
            queue.policy = policy

    def answer_age(backend, name, attributes):
        found = dict(answer(backend, name, [one for one in attributes if one != age]))
        if found.get("RedrivePolicy"):
            found["RedrivePolicy"] = json.dumps(json.loads(found["RedrivePolicy"]), separators=(",", ":"))
        if age in attributes:
            sent = [message.sent_timestamp for message in backend.get_queue(name)._messages]
            found[age] = int(unix_time_millis() - min(sent)) if sent else 0
        return found

    Queue._set_attributes, SQSBackend.get_queue_attributes = keep_policy, answer_age


def take_the_longest_delay():
    """Has moto take the longest deregistration delay that AWS takes, 3600 s."""
    change, delay = ELBv2Backend.modify_target_group_attributes, "deregistration_delay.timeout_seconds"

    def modify(backend, target_group_arn, attributes):
        longest = {delay: "3600"} if attributes.get(delay) == "3600" else {}
        change(backend, target_group_arn, {key: attributes[key] for key in attributes if key not in longest})
        backend.target_groups[target_group_arn].attributes.update(longest)

    ELBv2Backend.modify_target_group_attributes = modify


class SecurityPolicies(dict):
    """Has a policy for each name that may be one: moto knows a half of them. The check of the settings knows all."""

    def __contains__(self, name):
        return name.startswith("ELBSecurityPolicy-")

    def __missing__(self, name):
        return self["ELBSecurityPolicy-TLS13-1-2-2021-06"]


def add_trust_stores():
    """Gives moto trust stores, and has it keep how a listener asks clients for certificates. The authorities of a trust
    store are read when it is made or changed, and are in the location that GetTrustStoreCaCertificatesBundle answers. The
    codes of errors are the API's; their texts are not known."""

    def stores(response):
        backend = response.elbv2_backend
        if not hasattr(backend, "trust_stores"):
            backend.trust_stores = {}
        return backend.trust_stores

    def found(response):
        store = stores(response).get(response._get_param("TrustStoreArn"))
        if store is None:
            raise ELBClientError("TrustStoreNotFound", "One or more trust stores not found")
        return store

    def users(response):
        arn = response._get_param("TrustStoreArn")
        return [
            listener.arn
            for balancer in response.elbv2_backend.load_balancers.values()
            for listener in balancer.listeners.values()
            if getattr(listener, "mutual_authentication", {}).get("TrustStoreArn") == arn
        ]

    def read(response, store):
        bucket, key = (response._get_param("CaCertificatesBundleS3" + part) for part in ("Bucket", "Key"))
        backend = get_backend("s3")[response.current_account][response.partition]
        try:
            file = backend.get_object(bucket, key, response._get_param("CaCertificatesBundleS3ObjectVersion"))
        except S3ClientError:
            file = None
        if file is None:
            message = f"The CA certificates bundle s3://{bucket}/{key} was not found"
            raise ELBClientError("CaCertificatesBundleNotFound", message)
        store["bundle"] = file.value
        store["NumberOfCaCertificates"] = file.value.count(b"-----BEGIN CERTIFICATE-----")
        if store["NumberOfCaCertificates"] == 0:
            message = f"The CA certificates bundle s3://{bucket}/{key} has no certificates"
            raise ELBClientError("InvalidCaCertificatesBundle", message)
        return store

    def create_trust_store(self):
        name = self._get_param("Name")
        if any(store["Name"] == name for store in stores(self).values()):
            raise ELBClientError("DuplicateTrustStoreName", f"A trust store with the name '{name}' already exists")
        store = read(self, {"Name": name, "Status": "ACTIVE", "TotalRevokedEntries": 0})
        unique = random.get_random_hex(16)
        arn = f"arn:{self.partition}:elasticloadbalancing:{self.region}:{self.current_account}:truststore/{name}/{unique}"
        store["TrustStoreArn"] = arn
        stores(self)[arn] = store
        self.elbv2_backend.tagging_service.tag_resource(arn, self._get_param("Tags", []))
        return ActionResult({"TrustStores": [store]})

    def modify_trust_store(self):
        return ActionResult({"TrustStores": [read(self, found(self))]})

    def describe_trust_stores(self):
        arns, names = self._get_param("TrustStoreArns", []), self._get_param("Names", [])
        chosen = [
            store
            for store in stores(self).values()
            if (not arns or store["TrustStoreArn"] in arns) and (not names or store["Name"] in names)
        ]
        if len(chosen) < len(arns) + len(names):
            raise ELBClientError("TrustStoreNotFound", "One or more trust stores not found")
        return ActionResult({"TrustStores": chosen})

    def describe_trust_store_associations(self):
        found(self)
        return ActionResult({"TrustStoreAssociations": [{"ResourceArn": arn} for arn in users(self)]})

    def get_trust_store_ca_certificates_bundle(self):
        bundle = base64.b64encode(found(self)["bundle"]).decode()
        return ActionResult({"Location": "data:application/x-pem-file;base64," + bundle})

    def delete_trust_store(self):
        if users(self):
            message = "The trust store is currently in use by a listener"
            raise ELBClientError("TrustStoreInUse", message)
        stores(self).pop(found(self)["TrustStoreArn"])
        return EmptyResult()

    def keeping(operation):
        def answer(self):
            answered, asked = operation(self), self._get_param("MutualAuthentication")
            if asked:
                for listener in answered.result["Listeners"]:
                    listener.mutual_authentication = asked
            return answered

        return answer

    for operation in (
        create_trust_store,
        modify_trust_store,
        describe_trust_stores,
        describe_trust_store_associations,
        get_trust_store_ca_certificates_bundle,
        delete_trust_store,
    ):
        setattr(ELBV2Response, operation.__name__, operation)
    ELBV2Response.create_listener = keeping(ELBV2Response.create_listener)
    ELBV2Response.modify_listener = keeping(ELBV2Response.modify_listener)


def read_models():
    """Reads AWS's models of the services, which every copy needs."""
    for service in SERVICES:
        get_service_model(MODELS.get(service, service))
    for service in REST_SERVICES:
        responses._get_method_urls(service, "")


def create_app(service):
    """Returns the application of a service, without the checks for who develops it."""
    app = create_backend_app(service)
    app.debug = False
    return app


def load():
    share_managed_policies()
    answer_faster()
    complete_queues()
    take_the_longest_delay()
    elbv2_responses.SSL_POLICIES = SecurityPolicies(elbv2_responses.SSL_POLICIES)
    add_trust_stores()
    application = DomainDispatcherApplication(create_app)
    for service in SERVICES:
        application.app_instances[service] = create_app(service)
    read_models()
    for partition in PARTITION_NAMES:
        get_backend("iam")[DEFAULT_ACCOUNT_ID][partition]
    return application


class Answer(ServerHandler):
    """Writes an answer that does not end the connection."""

    http_version = "1.1"


class Handler(WSGIRequestHandler):
    """Answers the requests of a connection, one after the other. Python's own server and moto's close the connection
    after each, which takes a good part of the time of a request. All clients are Go's, which say how long a body is."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is sent as a whole
    disable_nagle_algorithm = True

    def handle(self):
        self.close_connection = False
        with contextlib.suppress(ConnectionError):  # the client has gone away
            while not self.close_connection:
                self.handle_one_request()

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            environ = {**self.get_environ(), "RAW_URI": self.path}
            answer = Answer(io.BytesIO(body), self.wfile, self.get_stderr(), environ)
            answer.request_handler = self
            answer.run(self.server.get_app())
            self.wfile.flush()

    def log_message(self, *args):
        """Keeps silent about requests: whoever sends one sees its answer."""


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Has a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128


def serve(application, connection):
    """Is a copy, until it is killed."""
    server = Server((HOST, 0), Handler)
    server.set_app(application)
    os.environ["MOTO_PORT"] = str(server.server_port)
    connection.sendall(b"%d\n" % server.server_port)
    connection.close()
    server.serve_forever()


def watch(application, connection):
    """Starts a copy, and ends after it. The connection's other side then knows that nothing of it runs any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ended, held = os.pipe()  # the copy holds the other end for as long as it runs
    copy = os.fork()
    if copy == 0:
        serve(application, connection)
    os.close(held)
    select.select([connection, ended], [], [])
    os.kill(copy, signal.SIGKILL)
    os.waitpid(copy, 0)
    os._exit(0)


def main():
    application = load()
    # What is loaded stays: collecting it would only copy its memory into each process.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the watchers
    listener = socket.create_server((HOST, 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            watch(application, connection)
        connection.close()


main()
