"""A driver for cinder-volume that keeps no data: volumes of images are made at once, too, and
any number of servers may share one."""

from cinder.tests import fake_driver


class Driver(fake_driver.FakeLoggingVolumeDriver):
    def clone_image(self, context, volume, image_location, image_meta, image_service):
        return {}, True

    def copy_image_to_volume(self, context, volume, image_service, image_id,
                             disable_sparse=False):
        """What a reimaged volume gets."""

    def _update_volume_stats(self):
        super()._update_volume_stats()
        for pool in self._stats['pools']:
            pool['multiattach'] = True
