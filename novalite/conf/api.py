"""Options of the API service."""

from oslo_config import cfg

GROUP = 'api'

OPTS = [
    cfg.HostAddressOpt('listen', default='127.0.0.1', help='The address to listen on.'),
    cfg.PortOpt(
        'port', default=8774, min=0,
        help='The port to listen on; 0 takes one that is free.'),
    cfg.IntOpt('threads', default=16, min=1, help='How many requests are worked on at once.'),
    cfg.StrOpt(
        'public_url',
        help='The address clients reach this API under, without a path: it goes into links and '
             'the catalogue. When it is not set, the Host header of each request is used.'),
    cfg.IntOpt(
        'max_limit', default=1000, mutable=True, min=1,
        help='The most items in one page of a list, whatever `limit` asks for.'),
    cfg.StrOpt(
        'response_validation', default='warn', choices=('error', 'warn', 'ignore'),
        help='What to do with an answer that is not as the API declares it: `error` makes it a '
             '500, `warn` logs it and sends it all the same, `ignore` does not even look.'),
    cfg.IntOpt(
        'max_request_body_size', default=114688, min=1024,
        help='The most bytes a request to the compute, identity and network API may carry. '
             'Images are not limited by it.'),
    cfg.IntOpt(
        'max_header_size', default=65536, min=1024,
        help='The most bytes of the address and the headers of a request; a token is in there. '
             'Another WSGI server than ours has its own limit.'),
    cfg.IntOpt(
        'max_concurrent', default=0, min=0,
        help='How many requests of one project an API process works on at once; more are told to '
             'come back (429). 0 is no limit.'),
    cfg.FloatOpt(
        'max_rate', default=0, min=0,
        help='How many requests a second one project may send to an API process, in the long run: '
             'who was quiet may send ten seconds\' worth at once. 0 is no limit.'),
]
