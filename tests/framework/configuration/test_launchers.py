"""What a launcher sends to the processes that do its jobs."""

from __future__ import annotations

import copyreg
import pickle

from hydra.core.plugins import Plugins
from hydra.core.singleton import Singleton

from framework.configuration import launchers


def test_a_process_that_is_sent_jobs_keeps_the_plugins_that_it_has_found():
    get_state = Singleton.get_state
    with launchers._plugins_stay():
        sent = pickle.dumps(Singleton.get_state()["instances"][Plugins])
        assert pickle.loads(sent) is Plugins.instance()
    assert Singleton.get_state is get_state
    assert Plugins not in get_state()["instances"]
    assert Plugins not in copyreg.dispatch_table
