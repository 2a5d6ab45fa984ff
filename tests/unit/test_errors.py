"""What is kept of an exception."""

import pytest

from novalite import errors


@pytest.mark.parametrize('text', [
    "{'adminPass': 'hunter2', 'name': 'web'}", 'password=hunter2', '"auth_token": "hunter2"',
    'mysql --password hunter2', '<adminPass>hunter2</adminPass>'])
def test_a_password_in_a_traceback_is_masked(text):
    try:
        raise LookupError(text)
    except LookupError as exc:
        fault = errors.fault(exc)
    assert fault['message'] == 'LookupError'
    assert 'Traceback' in fault['details']
    assert 'hunter2' not in fault['details']
