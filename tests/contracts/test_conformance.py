"""doc/conformance.md is of this API."""

from tests import conformance


def test_the_page_names_every_operation():
    """Where it does not: ``python -m tests.conformance``."""
    text = conformance.PAGE.read_text()
    assert not [operation for _, operation in conformance.ranges()
                if f'| `{operation}` |' not in text]


def test_a_range_is_proven_by_a_success_in_it_only():
    span = (conformance.V(2, 10), conformance.V(2, 20), (200,))
    at = [conformance.V(2, 15)]
    assert conformance.verdict(span, {200: at, 404: at}) == conformance.PROVEN
    assert conformance.verdict(span, {404: at}) == conformance.NOT_PROVEN
    assert conformance.verdict(span, {200: [conformance.V(2, 9)]}) == conformance.UNKNOWN
