#!/usr/bin/env python3
"""Holds the running server to /openapi.json: requests that Schemathesis makes of it, valid ones and others. Nothing may be
answered with 5xx, with a status, a type or a body that is not described; and the server goes on.

    openapi_test.py [--examples N] [--seconds S]     for each operation and kind; all together at most about S
"""
import argparse
import logging
import sys
import time

import hypothesis
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from server_program import CHAT, Server

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODELS = st.sampled_from([CHAT, CHAT, "minilm", None])  # None: what Schemathesis made up
# Here a name that is known would change or fetch models.
CHANGES = ("/api/pull", "/api/create", "/api/copy", "/api/delete")
# Where the number of an answer's tokens stands: few are enough to see its shape.
LENGTHS = {"/api/generate": ("options", "num_predict"), "/api/chat": ("options", "num_predict"), "/v1/chat/completions": ("max_tokens",),
           "/v1/completions": ("max_tokens",), "/v1/responses": ("max_output_tokens",), "/v1/messages": ("max_tokens",),
           "/completion": ("n_predict",), "/infill": ("n_predict",)}
FEW = 3


def name_model(case, model):
    """Puts a model that is here into most requests; otherwise all would be answered with 404."""
    if model is None or case.path in CHANGES:
        return
    if isinstance(case.body, dict):
        case.body["model"] = model
    if isinstance(case.query, dict) and "model" in case.query:
        case.query["model"] = model
    if isinstance(case.path_parameters, dict) and "id" in case.path_parameters:
        case.path_parameters["id"] = model


def is_long(number):
    return number is None or (isinstance(number, int) and not isinstance(number, bool) and (number > FEW or number < 0))


def shorten(case):
    """Lets answers end soon, and leaves alone what is refused anyhow."""
    body = case.body
    if case.path not in LENGTHS or not isinstance(body, dict):
        return
    for name in LENGTHS[case.path][:-1]:
        body = body.setdefault(name, {})
        if not isinstance(body, dict):
            return
    name = LENGTHS[case.path][-1]
    if is_long(body.get(name)):
        body[name] = FEW
    if is_long(case.body.get("max_completion_tokens", 0)):
        case.body["max_completion_tokens"] = FEW
    if is_long(case.body.get("n", 0)):
        case.body["n"] = 2


def try_operation(operation, mode, server, arguments, deadline):
    """The failures, as texts."""
    failures = []
    counts = {}

    @hypothesis.seed(1)
    @hypothesis.settings(max_examples=arguments.examples, deadline=None, database=None, phases=[hypothesis.Phase.generate],
                         suppress_health_check=list(hypothesis.HealthCheck), verbosity=hypothesis.Verbosity.quiet)
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), model=MODELS)
    def run(case, model):
        if time.monotonic() > deadline or len(failures) >= 3:
            return
        name_model(case, model)
        shorten(case)
        response = case.call(base_url=server.url, timeout=120)
        counts[response.status_code] = counts.get(response.status_code, 0) + 1
        try:
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            parts = failure.exceptions if isinstance(failure, FailureGroup) else [failure]
            reasons = "; ".join(f"{part.title}: {part.message}" for part in parts)
            failures.append(f"{operation.method.upper()} {operation.path} {case.query or ''} {case.body!r:.400}\n"
                            f"  {response.status_code} {response.headers.get('Content-Type')}: {response.text[:300]}\n  {reasons[:600]}")

    run()
    return failures, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=45)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    server = Server("--ctx", "64", encoder=True)
    try:
        deadline = time.monotonic() + arguments.seconds
        schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
        failures, answered, n_tried = [], {}, 0
        operations = [result.ok() for result in schema.get_all_operations()]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for operation in operations:
                try:
                    found, counts = try_operation(operation, mode, server, arguments, deadline)
                except hypothesis.errors.Unsatisfiable:
                    continue  # nothing is wrong that could be: it takes no input
                failures += found
                n_tried += bool(counts)  # none where the time was over
                for status, n in counts.items():
                    answered[status] = answered.get(status, 0) + n
                assert server.process.poll() is None, server.log_text()
        print(f"{len(operations)} operations, {n_tried} of {2 * len(operations)} kinds of requests to them tried, "
              f"{sum(answered.values())} requests, answered with {dict(sorted(answered.items()))}")
        print("\n".join(failures))
        assert server.call("GET", "/health")[0] == 200
        assert answered.get(200, 0) > 3 * len(operations) / 2, "too few requests were understood to mean anything"
        return 1 if failures else 0
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
