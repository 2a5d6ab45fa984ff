"""The bytes of an image, in and out."""

import tempfile

import falcon

from novalite import errors
from novalite.db import images
from novalite.neighbours.images import records


def upload(call, image_id):
    """Take in all the data before anything is written: no image is left half stored."""
    with call.db.read() as connection:
        _check_uploadable(records.owned(call, connection, image_id))
    with tempfile.SpooledTemporaryFile(images.CHUNK) as spool:
        _receive(call, spool)
        spool.seek(0)
        with call.db.write() as connection:
            records.owned(call, connection, image_id)
            chunks = iter(lambda: spool.read(images.CHUNK), b'')
            if not images.store(connection, call.runtime, image_id, chunks):
                raise errors.Conflict(f'Image {image_id} is no longer queued.')


def _check_uploadable(row):
    if row.status != 'queued':
        raise errors.Conflict(
            f'Image status transition from {row.status} to saving is not allowed')
    if not row.disk_format or not row.container_format:
        raise errors.Invalid(
            'Properties disk_format, container_format must be set prior to saving data.')


def _receive(call, spool):
    if (call.req.content_type or '').partition(';')[0] != 'application/octet-stream':
        raise errors.BadMediaType('Unsupported Content-Type; send application/octet-stream.')
    limit = call.conf.neighbours.max_image_size
    # A server that takes chunked bodies says that the stream ends by itself.
    ends = call.req.content_length is None and call.req.env.get('wsgi.input_terminated')
    stream = call.req.stream if ends else call.req.bounded_stream
    while data := stream.read(images.CHUNK):
        spool.write(data)
        if spool.tell() > limit:
            raise errors.TooLarge(f'An image may have {limit} bytes of data.')


def download(call, image_id):
    with call.db.read() as connection:
        row = records.visible(call, connection, image_id)
        first = images.chunk(connection, image_id, 0)
    if row.status == 'deactivated' and not call.admin:
        raise errors.Forbidden('The requested image has been deactivated. '
                               'Image data download is forbidden.')
    if first is None:
        call.resp.status = falcon.HTTP_204
        return
    call.resp.content_type = 'application/octet-stream'
    call.resp.set_header('Content-MD5', row.checksum)
    call.resp.set_stream(_pieces(call.db, image_id, first), row.size)


def _pieces(db, image_id, data):
    """An image's data, each piece in a transaction of its own: clients may be slow."""
    number = 0
    while data is not None:
        yield data
        number += 1
        with db.read() as connection:
            data = images.chunk(connection, image_id, number)
