"""Golden files: what novalite says, as it said it when somebody last looked, to compare with."""

import difflib
import json
import os
import pathlib
import re

HERE = pathlib.Path(__file__).parent
#: Set this to write the files anew instead; then read what `git diff` shows.
WRITE = 'NOVALITE_WRITE_SAMPLES'

#: What differs from run to run, and what is written in its place.
_MASKS = [(re.compile(pattern, re.MULTILINE), mask) for pattern, mask in (
    (r'[\s\S]*^Traceback [\s\S]*', 'TRACEBACK'),
    (r'^ssh-rsa [\s\S]*', 'PUBLIC KEY'),
    (r"(?<=was told to fail ')\w+", 'VERB'),
    (r'\b(req-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b', r'\1UUID'),
    (r'\b[0-9a-f]{32}\b', 'ID'),
    (r'\br-[0-9a-z]{8}\b', 'r-ID'),
    (r'\btap[0-9a-f]{8}-[0-9a-f]{2}\b', 'tapID'),
    (r'\binstance-[0-9a-f]{8}\b', 'instance-NUMBER'),
    (r'\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', 'TIME'),
    (r'\b([0-9a-f]{2}:){15}[0-9a-f]{2}\b', 'FINGERPRINT'),
    (r'\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b', 'MAC'),
    (r'\b\d+\.\d+\.\d+\.\d+\b', 'ADDRESS'),
    (r'^[0-9a-f]{1,4}(:[0-9a-f]{0,4}){2,7}$', 'ADDRESS'),
    (r'\bh\d+\b', 'HOST'),
)]


def masked(value):
    if isinstance(value, dict):
        return {name: masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, str):
        for pattern, mask in _MASKS:
            value = pattern.sub(mask, value)
    return value


def check(path, value):
    """The value, masked, is what the file says."""
    file = HERE / path
    value = masked(value)
    if os.environ.get(WRITE):
        file.write_text(json.dumps(value, indent=2, sort_keys=True) + '\n')
    assert file.exists(), f'{path} is not written yet: run this test with {WRITE}=1'
    written = file.read_text().splitlines()
    now = json.dumps(value, indent=2, sort_keys=True).splitlines()
    assert now == written, '\n'.join(difflib.unified_diff(written, now, path, 'now', lineterm=''))
