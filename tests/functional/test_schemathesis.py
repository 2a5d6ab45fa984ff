"""Schemathesis asks what the OpenAPI document allows: the answers are as it says, and never 500."""

import json

import hypothesis
from hypothesis import strategies as st
import pytest
import schemathesis
from schemathesis.core import failures
from schemathesis.specs.openapi import checks

from novalite.api import openapi
from novalite.api.microversion import MAX, MIN, V
from tests.functional import population

#: So often each operation is asked, at each version.
EXAMPLES = 4
#: A 500 is documented nowhere; a 501 is, where it is the answer.
CHECKS = [checks.status_code_conformance, checks.content_type_conformance,
          checks.response_schema_conformance, checks.response_headers_conformance]


@pytest.fixture(scope='module')
def asked():
    with population.populated() as found:
        yield found


def _cases(operation, things):
    """What may be asked of an operation; three times in four of things that there are."""
    there = population.of(operation.path, things)
    known = st.fixed_dictionaries({name: st.sampled_from(there[name]) for name in there})
    return st.tuples(operation.as_strategy(), st.integers(0, 3), known)


@pytest.mark.parametrize('version', [MIN, V(2, 60), MAX], ids=str)
def test_whatever_is_asked_is_answered_as_the_document_says(asked, version):
    cloud, things = asked
    document = json.loads(json.dumps(openapi.document(version)))
    url, headers = f'{cloud.url}/compute', {'X-Auth-Token': cloud.token('admin')}
    wrong = []
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()

        @hypothesis.seed(int(str(version).replace('.', '')))
        @hypothesis.settings(
            max_examples=EXAMPLES, database=None, deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate])
        @hypothesis.given(_cases(operation, things))
        def ask(drawn):
            case, luck, known = drawn
            if luck:
                case.path_parameters = dict(case.path_parameters or {}) | known
            case.validate_response(case.call(base_url=url, headers=headers), checks=CHECKS)
        try:
            ask()
        except* failures.Failure as group:     # also a single one
            wrong += [f'{operation.label}: {failure}' for failure in group.exceptions]
    assert not wrong, '\n\n'.join(wrong)[:20000]
