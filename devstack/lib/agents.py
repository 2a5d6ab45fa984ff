"""Plays the Open vSwitch agents of simulated hosts towards a real Neutron.

    agents.py CLOUD HOST... -- [NEUTRON'S OPTIONS...]

It gives signs of life for each host, which is what Neutron binds ports by, and says of each port
bound to one that it is wired, which is what makes a port ACTIVE and tells compute. No packet flows.
"""

import sys
import time

import openstack
from neutron.agent import rpc
from neutron.common import config
from neutron.conf.agent import common as agent_options
from neutron_lib import context
from neutron_lib.agent import topics
from oslo_config import cfg
import oslo_messaging

PERIOD = 10

cut = sys.argv.index('--')
cloud, hosts, options = sys.argv[1], sys.argv[2:cut], sys.argv[cut + 1:]
config.register_common_config_options()
agent_options.register_agent_state_opts_helper(cfg.CONF)
config.init(options)
config.setup_logging()
admin = openstack.connect(cloud=cloud)
asker = context.get_admin_context_without_session()
states = rpc.PluginReportStateAPI(topics.REPORTS)
plugin = rpc.PluginApi(topics.PLUGIN)


def agent(host):
    return f'ovs-agent-{host}'


def report(host, first):
    states.report_state(asker, {
        'binary': 'neutron-openvswitch-agent', 'agent_type': 'Open vSwitch agent',
        'host': host, 'topic': 'N/A', 'start_flag': first,
        'configurations': {
            'bridge_mappings': {'public': 'br-ex'}, 'tunnel_types': ['vxlan'],
            'tunneling_ip': '127.0.0.1', 'devices': 0}}, use_call=True)


def wire():
    for port in admin.network.ports(status='DOWN'):
        if port.binding_host_id in hosts and port.binding_vif_type == 'ovs':
            plugin.get_device_details(asker, port.id, agent(port.binding_host_id),
                                      port.binding_host_id)
            plugin.update_device_up(asker, port.id, agent(port.binding_host_id),
                                    port.binding_host_id)


def report_all(first):
    for host in hosts:
        report(host, first)


def run():
    """What is not answered is said again."""
    reported = None
    while True:
        try:
            if reported is None or time.monotonic() - reported >= PERIOD:
                report_all(first=reported is None)
                reported = time.monotonic()
            wire()
        except (oslo_messaging.MessagingTimeout, openstack.exceptions.SDKException) as exc:
            print(f'Neutron does not answer ({exc}).', file=sys.stderr)
        time.sleep(0.5)


run()
