"""Which of the small services around compute are loaded into the API."""

from oslo_config import cfg

GROUP = 'neighbours'

OPTS = [
    cfg.ListOpt(
        'enabled', default=[],
        item_type=cfg.types.String(choices=[
            'identity', 'images', 'networks', 'placement', 'shares', 'volumes']),
        help='Which neighbours the API serves beside compute: identity (Keystone v3), images '
             '(Glance v2), networks (Neutron v2), placement (to read only), shares '
             '(Manila v2), volumes (Cinder v3). Leave out those whose real ones are asked. '
             'Every daemon of a cloud must have the same value.'),
    cfg.IntOpt('token_lifetime', default=86400, min=60,
               help='Seconds that a token of the identity neighbour is good for.'),
    cfg.StrOpt('admin_password', default='secret', secret=True,
               help='The password that `novalite-manage bootstrap` gives to the users it makes.'),
    cfg.IntOpt('max_image_size', default=64 * 1024 * 1024, min=0,
               help='The most bytes of data that the images neighbour keeps for one image.'),
]
