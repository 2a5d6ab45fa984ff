"""The OpenAPI document and its page, as they are served."""

import html.parser

import requests

from novalite.api import openapi
from novalite.api.microversion import V


def served(cloud, path):
    return requests.get(f'{cloud.url}/compute{path}', timeout=30)


def test_the_document_of_any_version_is_there_for_everybody(cloud):
    newest = served(cloud, '/openapi.json').json()
    assert (newest['openapi'], newest['info']['version']) == ('3.1.0', '2.104')
    assert newest['servers'] == [{'url': f'{cloud.url}/compute'}]
    old = served(cloud, '/openapi.json?version=2.79').json()
    assert old['info']['version'] == '2.79'
    assert old['paths'] == openapi.document(V(2, 79))['paths']


def test_a_version_that_is_none_is_refused(cloud):
    for path in ('/openapi.json', '/openapi'):
        assert served(cloud, f'{path}?version=x').status_code == 400
        assert served(cloud, f'{path}?version=2.999').status_code == 406


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.elsewhere, self.ids = [], set()

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.ids.add(known.get('id'))
        self.elsewhere += [known[name] for name in ('src', 'href', 'action')
                           if '//' in (known.get(name) or '')]


def test_the_page_shows_every_operation_and_needs_nothing_else(cloud):
    answer = served(cloud, '/openapi?version=2.35')
    assert answer.headers['Content-Type'].startswith('text/html')
    links = Links()
    links.feed(answer.text)
    assert links.elsewhere == []
    assert {operation['operationId'] for methods in openapi.document(V(2, 35))['paths'].values()
            for operation in methods.values()} <= links.ids
