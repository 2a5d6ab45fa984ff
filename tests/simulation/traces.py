"""A plan that has a little of everything, and a line for each run of it that tells whether two
are the same: ``python -m tests.simulation.traces ORDER SEED...``
"""

import dataclasses
import hashlib
import json
import sys

from novalite.simulation import plan as plans
from novalite.simulation import run

PLAN = '''
for: 15s
cloud:
  apis: 2
  conductors: 2
  racks: [{workers: 2, hosts: 4}]
  timings: {'*': 'uniform(0,1)'}
  options:
    DEFAULT: {sync_power_state_interval: 20, running_deleted_instance_poll_interval: 20}
    conductor: {lease: 10}
workload:
  - {clients: 2, servers: 2, think: 'exponential(1s)', hasty: 0.3, poll: 4s}
  - {tenant: alt_demo, clients: 1, servers: 2, think: 1s, poll: 4s, networks: auto}
faults:
  - {who: 'compute*', then: crash, rate: 120, for: 'uniform(1s,9s)'}
  - {who: 'conductor*', then: crash, nth: [40, 120], of: after commit, for: 2s}
  - {who: 'api*', then: restart, rate: 60}
  - {who: 'compute*', then: stop, at: 11s, for: 2s}
  - {who: 'conductor*', then: freeze, rate: 60, for: 4s}
  - {who: 'compute*', then: partition, rate: 120, for: 'uniform(1s,9s)'}
  - {who: 'conductor*', then: partition, from: database, at: 8s, for: 2s}
  - {who: 'conductor*', then: jump, by: 20s, at: 4s, for: 9s}
  - {who: '*', then: doubt, rate: 240}
  - {who: broker, then: outage, at: 13s, for: 1s}
  - {who: broker, then: lose, share: 0.03}
  - {who: broker, then: duplicate, share: 0.03}
  - {who: broker, then: delay, share: 0.2, by: 300ms}
  - {who: broker, then: reorder, share: 0.05, by: 1s}
  - {who: database, then: outage, at: 6s, for: 1s}
  - {who: database, then: deadlock, share: 0.02}
  - {who: database, then: doubt, share: 0.02}
  - {verb: '*', then: fail, times: 1, rate: 240, for: 9s}
  - {verb: '*', then: stall, times: 1, rate: 120, for: 3s}
  - {verb: '*', then: halt, seconds: 2, times: 1, rate: 120, for: 9s}
  - {verb: '*', then: vanish, times: 1, at: 6s, for: 9s}
'''


def run_of(plan, seed):
    """A line: the seed, the hash of its trace, and that of all it came to; and the result."""
    result = run.run(plan, seed)
    whole = json.dumps(dataclasses.asdict(result) | {'cpu_seconds': 0})
    return f'{seed} {result.trace_hash} {hashlib.sha256(whole.encode()).hexdigest()}', result


if __name__ == '__main__':
    wanted = dataclasses.replace(plans.read(PLAN), order=sys.argv[1])
    for number in sys.argv[2:]:
        print(run_of(wanted, int(number))[0])
