"""What a cleaning child needs on any page, loaded and used once before children are forked: they share it.

Importing this module does it; the server of the forks imports it, and nothing else should.
"""

from __future__ import annotations

import gc

from worker.clean import clean
from worker.jobs import pages
from worker.runner import child, heap

__all__ = ["child"]

# Something of each sort, so that models, phrases, selectors and months are read, and a second reader where
# no model is.
PAGE = """<!doctype html><html lang="en"><head><title>The old bridge is closed</title>
<style>.off { display: none }</style></head><body><nav class="menu"><a href="/news">News</a></nav>
<article><h1>The old bridge is closed</h1><p class="byline">By Ann Example, 3 March 2026</p>
<p>The mayor said on Monday that the old bridge over the river will be closed for two years.</p>
<table><tr><td>Length</td><td>90 m</td></tr></table><img src="/bridge.jpg" alt="The bridge">
<p class="related">Read also: <a href="/road">The new road</a></p></article></body></html>"""

heap.give_back()
pages.pack(clean(PAGE, url="https://example.com/bridge").to_dict())
gc.collect()
gc.freeze()  # a collection in a child would write to all of this, and so copy it
