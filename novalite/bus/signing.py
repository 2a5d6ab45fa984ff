"""Signs what goes over the bus, so that who reaches the broker cannot command the hosts.

A message that is signed carries one text, in which are its destination, version,
method, arguments and context and when it was sent, and beside the text an HMAC
of it. Its reader checks the text as it came and reads nothing else of the
message. An answer is signed together with the signature of what it answers.
"""

import datetime
import hashlib
import hmac

from oslo_serialization import jsonutils

from novalite import errors

#: Both sign with the same keys: an answer must not pass for a question.
_REQUEST, _ANSWER = b'novalite request 1\n', b'novalite answer 1\n'

#: Characters of a key; `openssl rand -hex 32` gives twice as many.
SHORTEST = 32


class Signer:
    """Signs and checks with the keys of ``[rpc] signing_keys``; without keys it does neither.

    Without keys it reads what others have signed, and does not sign its answers. Raises
    CannotStart for a key that could be guessed.
    """

    def __init__(self, conf, runtime):
        self._keys = [key.encode() for key in conf.rpc.signing_keys]
        if any(len(key) < SHORTEST for key in self._keys):
            # Without saying which: the log would know it.
            raise errors.CannotStart(
                f'A key of [rpc] signing_keys has fewer than {SHORTEST} characters.')
        self._accept_unsigned = conf.rpc.accept_unsigned or not self._keys
        self._lifetime = datetime.timedelta(seconds=conf.rpc.signature_lifetime)
        self._runtime = runtime
        self._lock, self._seen = runtime.lock(), {}

    @property
    def signs(self):
        return bool(self._keys)

    # Questions

    def seal(self, target, exchange, ctxt, message):
        """The message, and the signature that its answer must name."""
        text = jsonutils.dumps({
            'to': _address(target, exchange), 'at': self._runtime.now().isoformat(),
            'once': self._runtime.secret(8), 'context': ctxt, 'message': message})
        signature = self._sign(_REQUEST, text)
        return {'method': message['method'], 'args': {}, 'sealed': text,
                'signature': signature}, signature

    def open(self, target, exchange, ctxt, message):
        """(context, message, signature) as they were sent to ``target``; raises Untrusted.

        Each signature is good once; it is None where there was none.
        """
        text, signature = message.get('sealed'), message.get('signature')
        if not isinstance(text, str):
            if not self._accept_unsigned:
                raise errors.Untrusted('It is not signed.')
            return ctxt, message, None
        if self._keys:
            self._check(_REQUEST, text, signature)
        said = jsonutils.loads(text)
        if self._keys:
            self._check_address(said['to'], _address(target, exchange))
            self._check_time(datetime.datetime.fromisoformat(said['at']), signature)
        return said['context'], said['message'], signature

    @staticmethod
    def _check_address(said, ours):
        """A topic's message is for each of its servers; one for a server is for that alone."""
        if said[:2] != ours[:2] or said[2] not in (None, ours[2]):
            raise errors.Untrusted('It was sent to somebody else.')

    def _check_time(self, sent, signature):
        now = self._runtime.now()
        if abs(now - sent) > self._lifetime:
            raise errors.Untrusted(
                f'It was signed {round((now - sent).total_seconds())} s ago; '
                f'[rpc] signature_lifetime is {round(self._lifetime.total_seconds())} s.')
        with self._lock:
            if signature in self._seen:
                raise errors.Untrusted('It has come before.')
            self._seen[signature] = sent + self._lifetime
            # They run out in the order in which they came, or nearly so.
            while self._seen[first := next(iter(self._seen))] < now:
                del self._seen[first]

    # Answers

    def seal_answer(self, question, answer):
        """``answer`` to the message whose signature is ``question``."""
        text = jsonutils.dumps(answer)
        return {'sealed': text, 'signature': self._sign(_ANSWER, f'{question}\n{text}')}

    def open_answer(self, question, answer):
        """The answer; raises Untrusted if it is none to this question."""
        if not (isinstance(answer, dict) and 'sealed' in answer):
            if not self._accept_unsigned:
                raise errors.Untrusted('The answer is not signed.')
            return {'result': answer}
        if self._keys:
            self._check(_ANSWER, f'{question}\n{answer["sealed"]}', answer.get('signature'))
        return jsonutils.loads(answer['sealed'])

    def open_failure(self, exc):
        """What to raise for a failure that came without a signature."""
        if self._accept_unsigned or isinstance(exc, errors.Untrusted):
            return exc
        return errors.Untrusted('The answer is not signed.')

    # Keys

    def _sign(self, purpose, text):
        return _hmac(self._keys[0], purpose, text)

    def _check(self, purpose, text, signature):
        given = str(signature).encode(errors='replace')
        if not any(hmac.compare_digest(_hmac(key, purpose, text).encode(), given)
                   for key in self._keys):
            raise errors.Untrusted('It is not signed with a key of ours.')


def _hmac(key, purpose, text):
    return hmac.digest(key, purpose + text.encode(errors='replace'), hashlib.sha256).hex()


def _address(target, exchange):
    return [target.exchange or exchange, target.topic, target.server]
