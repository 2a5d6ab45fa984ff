"""What fault rules may do."""

from oslo_config import cfg

GROUP = 'faults'

OPTS = [
    cfg.BoolOpt(
        'crashes', default=False,
        help='Whether a rule of [simulated] faults_file may end this process, conductor or '
             'compute worker, in the middle of a step, as kill -9 would. For trying out what '
             'becomes of the step.'),
]
